//! `.gitleaksignore`: a location per line, `commit:file:rule:line` or `file:rule:line`.

use super::{ForeignReport, Format, Record, commit, rule};

/// True if `text` consists of such lines.
pub(super) fn looks_like_it(text: &str) -> bool {
    let mut lines = entries(text).peekable();
    lines.peek().is_some() && lines.all(|(_, line)| record(line).is_some())
}

pub(super) fn read(text: &str) -> ForeignReport {
    let mut report = ForeignReport { format: Format::GitleaksIgnore, records: Vec::new(), odd: Vec::new() };
    for (number, line) in entries(text) {
        report.push(number, record(line));
    }
    report
}

/// The relevant lines, with their numbers.
fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn record(line: &str) -> Option<Record> {
    let (rest, number) = line.rsplit_once(':')?;
    let (place, name) = rest.rsplit_once(':')?;
    if name.is_empty() || place.is_empty() {
        return None;
    }
    // A name may contain a colon, so a commit is recognised by its length.
    let of_commit = place.split_once(':').filter(|(id, _)| matches!(id.len(), 40 | 64));
    let with_commit = of_commit.and_then(|(id, path)| Some((commit(Some(id))?, path)));
    let (commit, path) = match with_commit {
        Some((id, path)) => (Some(id), path),
        None => (None, place),
    };
    Some(Record {
        rule: rule(Some(name)),
        path: Some(path.as_bytes().to_vec()),
        line: Some(number.parse().ok().filter(|line| *line > 0)?),
        commit,
        ..Record::default()
    })
}
