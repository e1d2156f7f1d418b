//! Dates as people write them.

use jiff::civil::Date;

/// The names of months, by their first three letters.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// A date, or a span of time: it lasts until the end of its last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// Its last day.
    pub last: Date,
    /// As it is written.
    pub text: String,
}

impl When {
    /// Its end, in seconds since 1970.
    #[must_use]
    pub fn end(&self) -> i64 {
        let start =
            self.last.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second());
        start + DAY
    }
}

/// The day of a time, `2026-01-31`.
#[must_use]
pub fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// The date that `text`, in lower case, starts with, but for marks and blanks: `2025-08-11`, `august 11, 2025`, `11 august 2025`,
/// `december 2024`, `q2 2026`. A month is its last day.
#[must_use]
pub fn read(text: &str) -> Option<When> {
    let trimmed = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = trimmed
        .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '/' && c != '.')
        .filter(|word| !word.is_empty())
        .take(3)
        .collect();
    let number = |word: &str| -> Option<i16> { word.trim_end_matches(['.', ',']).parse().ok() };
    let month = |word: &str| -> Option<i8> {
        let is_word = word.len() >= 3
            && word.is_char_boundary(3)
            && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.');
        let at = MONTHS.iter().position(|month| is_word && word.starts_with(month))?;
        i8::try_from(at + 1).ok()
    };
    let year = |word: &str| number(word).filter(|year| (2000..2100).contains(year));
    let ordinal = |word: &str| -> Option<i8> {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.' || c == ',');
        digits.parse().ok().filter(|day| (1..=31).contains(day))
    };
    let written = |count: usize| {
        words.get(..count).map(|words| words.join(" ").trim_end_matches('.').to_owned()).unwrap_or_default()
    };
    let last_of = |year: i16, month: i8| Date::new(year, month, 1).ok().map(Date::last_of_month);
    let (last, count) = match words.as_slice() {
        [iso, ..] if iso.len() >= 10 && matches!(iso.as_bytes().get(4), Some(b'-' | b'/' | b'.')) => {
            let parts: Vec<&str> = iso.split(['-', '/', '.']).collect();
            let [y, m, d, ..] = parts.as_slice() else { return None };
            (Date::new(year(y)?, m.parse().ok()?, d.get(..2).unwrap_or(d).parse().ok()?).ok()?, 1)
        }
        [iso, ..] if iso.len() == 7 && iso.as_bytes().get(4) == Some(&b'-') => {
            let (y, m) = iso.split_once('-')?;
            (last_of(year(y)?, m.parse().ok()?)?, 1)
        }
        [first, second, third, ..] if month(first).is_some() && year(third).is_some() => {
            (Date::new(year(third)?, month(first)?, ordinal(second)?).ok()?, 3)
        }
        [first, second, third, ..] if month(second).is_some() && year(third).is_some() => {
            (Date::new(year(third)?, month(second)?, ordinal(first)?).ok()?, 3)
        }
        [first, second, ..] if month(first).is_some() => (last_of(year(second)?, month(first)?)?, 2),
        [first, second, ..] if first.len() == 2 && first.starts_with('q') => {
            let quarter: i8 = first[1..].parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
            (last_of(year(second)?, quarter * 3)?, 2)
        }
        _ => return None,
    };
    Some(When { last, text: written(count) })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn dates_are_read() {
        for (text, last) in [
            (": 2025-08-11", "2025-08-11"),
            ("** august 11, 2025", "2025-08-11"),
            ("11 august 2025", "2025-08-11"),
            (" december 2024", "2024-12-31"),
            ("q2 2026", "2026-06-30"),
            ("2026-02", "2026-02-28"),
            ("march 3rd, 2026", "2026-03-03"),
            ("2025/08/11", "2025-08-11"),
        ] {
            assert_eq!(read(text).map(|when| when.last.to_string()).as_deref(), Some(last), "{text}");
        }
        for text in ["after 1.0", "quarterly", "auto-updated", "may be", "1.2.3", "2026"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
