//! How a file changes, in the form that `diff -u` has, safe for a terminal.

use crate::model::text;

/// Lines that are shown around those that change.
const CONTEXT: usize = 3;

/// A line as it goes from the old text to the new one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Kept,
    Gone,
    New,
}

/// The pieces of a difference, each with lines around it. The lines that change are few: what is the same at both
/// ends is passed over, and the rest is compared line by line.
pub(super) fn hunks(old: &[String], new: &[String]) -> Vec<String> {
    let steps = steps(old, new);
    let changed: Vec<usize> =
        steps.iter().enumerate().filter(|(_, step)| **step != Line::Kept).map(|(at, _)| at).collect();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for at in changed {
        let (start, end) = (at.saturating_sub(CONTEXT), (at + CONTEXT + 1).min(steps.len()));
        match ranges.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => ranges.push((start, end)),
        }
    }
    ranges.into_iter().map(|(start, end)| hunk(&steps, start, end, old, new)).collect()
}

fn hunk(steps: &[Line], start: usize, end: usize, old: &[String], new: &[String]) -> String {
    let count = |part: &[Line], not: Line| part.iter().filter(|step| **step != not).count();
    let (mut from, mut to) = (count(&steps[..start], Line::New), count(&steps[..start], Line::Gone));
    let part = &steps[start..end];
    let (was, is) = (count(part, Line::New), count(part, Line::Gone));
    let first = |at: usize, count: usize| if count == 0 { at } else { at + 1 };
    let mut out = format!("@@ -{},{was} +{},{is} @@\n", first(from, was), first(to, is));
    for step in part {
        let (sign, line) = match step {
            Line::Kept => (' ', &new[to]),
            Line::Gone => ('-', &old[from]),
            Line::New => ('+', &new[to]),
        };
        from += usize::from(*step != Line::New);
        to += usize::from(*step != Line::Gone);
        let shown = text::escaped(line.trim_end_matches(['\r', '\n']));
        out.push_str(&format!("{sign}{shown}\n"));
        if !line.ends_with('\n') {
            out.push_str("\\ No newline at end of file\n");
        }
    }
    out
}

/// How the lines of `old` become those of `new`. Each old line that is kept is the next one that is equal: edits put
/// lines in or change single ones.
fn steps(old: &[String], new: &[String]) -> Vec<Line> {
    /// Lines within which an old line is looked for again.
    const REACH: usize = 64;
    let mut steps = Vec::new();
    let (mut from, mut to) = (0, 0);
    while from < old.len() || to < new.len() {
        if from < old.len() && to < new.len() && old[from] == new[to] {
            steps.push(Line::Kept);
            (from, to) = (from + 1, to + 1);
            continue;
        }
        let ahead = |line: Option<&String>, lines: &[String]| {
            line.and_then(|line| lines.iter().take(REACH).position(|one| one == line))
        };
        let (in_new, in_old) =
            (ahead(old.get(from), &new[to..]), ahead(new.get(to), old.get(from..).unwrap_or_default()));
        match (in_new, in_old) {
            (Some(count), other) if other.is_none_or(|other| count <= other) => {
                steps.extend(std::iter::repeat_n(Line::New, count));
                to += count;
            }
            (_, Some(count)) => {
                steps.extend(std::iter::repeat_n(Line::Gone, count));
                from += count;
            }
            (None, None) | (Some(_), None) => {
                if from < old.len() {
                    steps.push(Line::Gone);
                    from += 1;
                }
                if to < new.len() {
                    steps.push(Line::New);
                    to += 1;
                }
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::hunks;

    fn shown(old: &str, new: &str) -> String {
        let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
        hunks(&lines(old), &lines(new)).concat()
    }

    #[test]
    fn lines_that_are_put_in_and_changed() {
        assert_eq!(shown("a\nb\n", "a\nx\nb\n"), "@@ -1,2 +1,3 @@\n a\n+x\n b\n");
        assert_eq!(shown("a\nb\nc\n", "a\nB\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        let old: String = (0..30).map(|line| format!("{line}\n")).collect();
        let new = old.replace("3\n", "3\nx\n").replace("28\n", "y\n");
        let text = shown(&old, &new);
        assert_eq!(text.matches("@@ -").count(), 3, "{text}");
        assert_eq!(shown("", "a"), "@@ -0,0 +1,1 @@\n+a\n\\ No newline at end of file\n");
        assert_eq!(shown("a\n", "a\n"), "");
    }
}
