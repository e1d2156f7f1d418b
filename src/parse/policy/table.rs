//! Tables drawn with characters.

/// A line with its offset.
pub(super) type Line<'a> = (usize, &'a str);

/// A cell: its offset, and its text.
pub(super) type Cell<'a> = (usize, &'a str);

/// True for the first line of a table.
pub(super) fn is_border(line: &str) -> bool {
    let is_grid = line.starts_with("+-") && line.ends_with('+') || line.starts_with(['┌', '┏', '╔']);
    let is_simple =
        line.starts_with("==") && line.contains("= =") && line.bytes().all(|b| matches!(b, b'=' | b' '));
    is_grid || is_simple
}

/// The rows of a table with cells between bars, the header first. Cells of several lines become several rows.
pub(super) fn boxed<'a>(lines: &[Line<'a>]) -> Vec<Vec<Cell<'a>>> {
    const BARS: [char; 4] = ['|', '│', '┃', '║'];
    let mut rows = Vec::new();
    for (start, line) in lines {
        let trimmed = line.trim();
        if !trimmed.starts_with(BARS) || !trimmed.ends_with(BARS) {
            continue;
        }
        let mut cells: Vec<Cell<'a>> = Vec::new();
        let mut at = 0;
        for part in line.split(BARS) {
            let bar = line[at + part.len()..].chars().next().map_or(0, char::len_utf8);
            let cell = part.trim();
            cells.push((start + at + (part.len() - part.trim_start().len()), cell));
            at += part.len() + bar;
        }
        // Nothing is outside of the first and the last bar.
        if cells.len() > 2 {
            cells.pop();
            cells.remove(0);
            rows.push(cells);
        }
    }
    rows
}

/// The rows of a table with columns below lines of `=`.
pub(super) fn simple<'a>(lines: &[Line<'a>]) -> Vec<Vec<Cell<'a>>> {
    let Some((_, border)) = lines.first() else { return Vec::new() };
    let mut columns = Vec::new();
    for (at, byte) in border.bytes().enumerate() {
        if byte == b'=' && (at == 0 || border.as_bytes()[at - 1] != b'=') {
            columns.push(at);
        }
    }
    let mut rows = Vec::new();
    for (start, line) in lines.iter().filter(|(_, line)| !line.trim().is_empty() && !is_border(line.trim())) {
        let cells = columns.iter().enumerate().map(|(number, from)| {
            let to = columns.get(number + 1).copied().unwrap_or(line.len()).min(line.len());
            let cell = line.get((*from).min(to)..to).unwrap_or_default();
            (start + from + (cell.len() - cell.trim_start().len()), cell.trim())
        });
        rows.push(cells.collect());
    }
    rows
}
