//! Numbers for people: counts with the right ending, bytes, durations.

use std::time::Duration;

use crate::model::text::escaped;
use crate::model::{Database, Problem, SkipReason};

/// `1 file`, `2 files`, `1,234 files`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `count` with a comma every three digits.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `812 bytes`, `3.2 MB`: decimal units, one digit behind the point below ten.
pub(super) fn bytes(count: u64) -> String {
    if count < 1000 {
        return counted(count, "byte", "bytes");
    }
    let mut value = count as f64;
    let mut unit = "";
    // The next unit is taken where rounding would print 1000.
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if !unit.is_empty() && value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// `1,234 advisories of RustSec, the newest of 2024-01-30, from the cache, as of 2024-01-31 (2 days old)`: an
/// answer is as good as the day of its database. Not escaped.
pub(super) fn database(database: &Database) -> String {
    let Database { name, origin, advisories, newest, date, age } = database;
    let mut out = format!("{} of {name}", counted(*advisories as u64, "advisory", "advisories"));
    if !newest.is_empty() {
        out.push_str(&format!(", the newest of {newest}"));
    }
    out.push_str(&format!(", from {origin}"));
    if let Some(date) = date {
        out.push_str(&format!(", as of {date}"));
    }
    match age {
        None => {}
        Some(0) => out.push_str(" (today)"),
        Some(days) => out.push_str(&format!(" ({} old)", counted(*days, "day", "days"))),
    }
    out
}

/// `38 ms`, `1.24 s`, `2 min 5 s`.
pub(super) fn duration(elapsed: Duration) -> String {
    let millis = elapsed.as_millis();
    if millis == 0 {
        "under 1 ms".to_owned()
    } else if millis < 1000 {
        format!("{millis} ms")
    } else if millis < 59_995 {
        format!("{:.2} s", elapsed.as_secs_f64())
    } else {
        let seconds = (millis + 500) / 1000;
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// `1 symbolic link`, `3 binary`.
pub(super) fn skipped(count: u64, reason: SkipReason) -> String {
    let one = match reason {
        SkipReason::Symlink => "symbolic link",
        SkipReason::Submodule => "submodule",
        SkipReason::LfsPointer => "LFS pointer",
        SkipReason::Special => "special file",
        SkipReason::NestedRepository => "nested repository",
        SkipReason::Shallow => "commit at the boundary of a shallow clone",
        SkipReason::Promised => "object left with the remote",
        SkipReason::Missing => "missing object",
        SkipReason::Binary
        | SkipReason::TooLarge
        | SkipReason::Excluded
        | SkipReason::Unreadable
        | SkipReason::Undecoded => reason.words(),
    };
    counted(count, one, reason.words())
}

/// `path: message`, escaped.
pub(crate) fn problem(problem: &Problem) -> String {
    let path = problem.path.as_ref().map(|path| format!("{}: ", path.shown())).unwrap_or_default();
    format!("{path}{}", escaped(&problem.message))
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `text` with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// `text` with a capital at the start; for imperatives and the like, not for what may begin with
/// a name such as npm.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// `text`, of at most `most` characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most - 1) {
        Some((at, c)) if at + c.len_utf8() < text.len() => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bytes, counted, cut, duration, listed, number, sentence, skipped};
    use crate::model::SkipReason;

    #[test]
    fn counts() {
        assert_eq!(counted(0, "file", "files"), "0 files");
        assert_eq!(counted(1, "file", "files"), "1 file");
        assert_eq!(number(999), "999");
        assert_eq!(number(1000), "1,000");
        assert_eq!(number(12_345_678), "12,345,678");
        assert_eq!(skipped(1, SkipReason::Symlink), "1 symbolic link");
        assert_eq!(skipped(2, SkipReason::Symlink), "2 symbolic links");
        assert_eq!(skipped(1, SkipReason::Binary), "1 binary");
    }

    #[test]
    fn sizes() {
        let cases = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (9949, "9.9 kB"),
            (9950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (3_210_000, "3.2 MB"),
            (48_000_000_000, "48 GB"),
            (u64::MAX, "18 EB"),
        ];
        for (count, text) in cases {
            assert_eq!(bytes(count), text, "{count}");
        }
    }

    #[test]
    fn times() {
        let cases = [
            (0, "under 1 ms"),
            (38, "38 ms"),
            (999, "999 ms"),
            (1240, "1.24 s"),
            (59_994, "59.99 s"),
            (59_995, "1 min 0 s"),
            (125_000, "2 min 5 s"),
        ];
        for (millis, text) in cases {
            assert_eq!(duration(Duration::from_millis(millis)), text, "{millis}");
        }
    }

    #[test]
    fn lists() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(listed(&parts[..1]), "a");
        assert_eq!(listed(&parts[..2]), "a and b");
        assert_eq!(listed(&parts), "a, b and c");
    }

    #[test]
    fn sentences_end() {
        assert_eq!(sentence("revoke it "), "revoke it.");
        assert_eq!(sentence("Why?"), "Why?");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn descriptions_are_cut_between_characters() {
        assert_eq!(cut("éé", 2), "éé");
        assert_eq!(cut("ééé", 2), "é…");
    }
}
