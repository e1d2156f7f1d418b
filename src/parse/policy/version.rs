//! Versions in prose: of a release, and ranges of supported ones.

use super::words;

/// How many numbers of a version are compared.
const NUMBERS: usize = 4;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Its numbers; missing ones are 0.
    pub numbers: [u64; NUMBERS],
    /// How many numbers were written.
    pub count: usize,
    /// True for a pre-release: `-beta.1`, `.dev0`, `-SNAPSHOT`.
    pub is_early: bool,
}

impl Version {
    /// Parses `1.2.3`, `v1.2`, `1.2.3-beta.1`, `1.2.3+build`; nothing else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (numbers, count, end) = numbers(text)?;
        let rest = &text[end..];
        let is_early = match rest.chars().next() {
            None | Some('+') => false,
            Some('-' | '_' | '.') | Some('a'..='z' | 'A'..='Z') => {
                let rest = rest.trim_start_matches(['-', '_', '.']).to_ascii_lowercase();
                let known = [
                    "alpha", "beta", "rc", "pre", "dev", "snapshot", "a", "b", "c", "canary", "next",
                    "nightly",
                ];
                let word = words::first(&rest);
                let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
                if ["final", "release", "ga", "post", "rev", "p", "r", "lts"].contains(&word) {
                    false
                } else if known.contains(&word) || rest.starts_with(|c: char| c.is_ascii_digit()) {
                    true
                } else if count >= 2 && rest.len() <= 12 {
                    // An unknown suffix may be a pre-release.
                    true
                } else {
                    return None;
                }
            }
            Some(_) => return None,
        };
        Some(Self { numbers, count, is_early })
    }

    /// The version in a tag, and its prefix: `v1.2.3`, `tauri-cli-v1.6.4`, `@scope/pkg@1.0.0`.
    #[must_use]
    pub fn of_tag(name: &str) -> Option<(&str, Self)> {
        if let Some(version) = Self::read(name) {
            return Some(("", version));
        }
        name.match_indices(['@', '/', '-', '_'])
            .filter(|(at, _)| *at > 0)
            .find_map(|(at, _)| Some((&name[..at], Self::read(&name[at + 1..])?)))
    }

    /// The numbers as written: `1.2.3`.
    #[must_use]
    pub fn shown(&self) -> String {
        let numbers = &self.numbers[..self.count.clamp(1, NUMBERS)];
        numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
    }
}

/// The numbers at the start of `text`, their count, and their end.
fn numbers(text: &str) -> Option<([u64; NUMBERS], usize, usize)> {
    let mut numbers = [0; NUMBERS];
    let (mut count, mut at) = (0, 0);
    loop {
        let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 9 || count == NUMBERS {
            return None;
        }
        numbers[count] = text[at..at + digits].parse().ok()?;
        count += 1;
        at += digits;
        let behind = text.as_bytes().get(at + 1);
        if text.as_bytes().get(at) != Some(&b'.') || !behind.is_some_and(u8::is_ascii_digit) {
            return Some((numbers, count, at));
        }
        at += 1;
    }
}

/// A range of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first version in it.
    pub low: [u64; NUMBERS],
    /// The first version after it; `None` if unbounded.
    pub high: Option<[u64; NUMBERS]>,
}

impl Range {
    /// True if it contains `version`.
    #[must_use]
    pub fn holds(&self, version: &Version) -> bool {
        version.numbers >= self.low && self.high.is_none_or(|high| version.numbers < high)
    }

    /// All versions with this prefix.
    fn below(numbers: &[u64]) -> Self {
        let mut low = [0; NUMBERS];
        low[..numbers.len()].copy_from_slice(numbers);
        Self { low, high: next(numbers) }
    }
}

/// The end of the range with this prefix.
fn next(numbers: &[u64]) -> Option<[u64; NUMBERS]> {
    let (last, front) = numbers.split_last()?;
    let mut high = [0; NUMBERS];
    high[..front.len()].copy_from_slice(front);
    high[front.len()] = last.checked_add(1)?;
    Some(high)
}

/// The versions in a table cell or list item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// These ranges.
    Ranges(Vec<Range>),
    /// The latest release, possibly of a release line.
    Latest(Option<Range>),
    /// All others.
    Others,
    /// All versions.
    Any,
    /// A branch.
    Branch(String),
}

/// Words for the latest release, and for everything older.
const LATEST: [&str; 12] = [
    "latest",
    "newest",
    "most recent",
    "current release",
    "current version",
    "current",
    "最新",
    "última",
    "ultima",
    "neueste",
    "dernière",
    "latest release",
];
const OTHERS: [&str; 14] = [
    "older",
    "previous",
    "other",
    "others",
    "earlier",
    "everything else",
    "anything else",
    "the rest",
    "all other",
    "prior",
    "legacy",
    "old",
    "anteriores",
    "ältere",
];
/// Common branch names.
const BRANCHES: [&str; 7] = ["main", "master", "develop", "trunk", "dev", "development", "head"];
/// Phrases that change the meaning.
const NOT_NOW: [&str; 14] = [
    "planned",
    "plan",
    "upcoming",
    "future",
    "will",
    "not yet",
    "soon",
    "tbd",
    "users should",
    "if configured",
    "unreleased",
    "in development",
    "when",
    "once",
];

/// The versions that `text` names; `is_code` if it is set as code, like branch names.
#[must_use]
pub fn named(text: &str, is_code: bool) -> Option<Named> {
    let lower = words::lower(text.trim());
    let lower = lower.trim();
    if lower.is_empty() || lower.len() > 120 || words::any(lower, &NOT_NOW).is_some() {
        return None;
    }
    let bare = lower.trim_matches(['*', '`', ' ']);
    if ["*", "all", "any", "all versions", "x", "every version"].contains(&bare) || lower == "*" {
        return Some(Named::Any);
    }
    let (ranges, strange) = ranges(lower)?;
    let range = ranges.first().cloned();
    if words::any(lower, &LATEST).is_some() || lower.contains("最新") {
        let is_below =
            lower.starts_with('<') || lower.contains("older than") || lower.contains("before the latest");
        return Some(if is_below { Named::Others } else { Named::Latest(range) });
    }
    if !ranges.is_empty() {
        // Prose about versions does not name one.
        return (strange <= 4).then_some(Named::Ranges(ranges));
    }
    if words::any(lower, &OTHERS).is_some() {
        return Some(Named::Others);
    }
    let word = bare.trim_end_matches(" branch").trim_end_matches(" (head)").trim_matches(['`', ' ']);
    let is_name = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte));
    if is_name && !word.is_empty() && (is_code || BRANCHES.contains(&word)) {
        let start = lower.find(word)?;
        let shown = text.trim().get(start..start + word.len())?;
        return Some(Named::Branch(shown.to_owned()));
    }
    None
}

/// A token of such a text.
#[derive(Debug, PartialEq)]
enum Token<'a> {
    Operator(&'a str),
    /// The numbers of a version, and whether `x` follows.
    Version(Vec<u64>, bool),
    /// Between two versions.
    To,
    /// And later, or earlier ones.
    Above,
    Below,
    Word,
}

/// The ranges in `text`, and the number of other words. `None` if a version is malformed.
fn ranges(text: &str) -> Option<(Vec<Range>, usize)> {
    let tokens = tokens(text)?;
    let strange = tokens.iter().filter(|token| **token == Token::Word).count();
    let tokens: Vec<&Token<'_>> = tokens.iter().filter(|token| **token != Token::Word).collect();
    let mut ranges: Vec<Range> = Vec::new();
    let mut at = 0;
    // The last range is open-ended, and may be closed by what follows.
    let mut is_open = false;
    while at < tokens.len() {
        let range = match (tokens[at], tokens.get(at + 1), tokens.get(at + 2)) {
            (Token::Operator(operator), Some(Token::Version(numbers, _)), _) => {
                at += 2;
                let below = Range::below(numbers);
                match *operator {
                    "<" => Range { low: [0; NUMBERS], high: Some(below.low) },
                    "<=" | "≤" => Range { low: [0; NUMBERS], high: below.high },
                    ">" => {
                        let mut low = below.low;
                        low[NUMBERS - 1] += 1;
                        Range { low, high: None }
                    }
                    ">=" | "≥" => Range { low: below.low, high: None },
                    "^" => Range { low: below.low, high: next(&numbers[..1]) },
                    "~" => Range { low: below.low, high: next(&numbers[..numbers.len().min(2)]) },
                    _ => below,
                }
            }
            (Token::Version(from, _), Some(Token::To), Some(Token::Version(to, _))) => {
                at += 3;
                Range { low: Range::below(from).low, high: Range::below(to).high }
            }
            (Token::Version(numbers, _), Some(Token::Above), _) => {
                at += 2;
                Range { low: Range::below(numbers).low, high: None }
            }
            (Token::Version(numbers, _), Some(Token::Below), _) => {
                at += 2;
                Range { low: [0; NUMBERS], high: Range::below(numbers).high }
            }
            (Token::Version(numbers, _), ..) => {
                at += 1;
                Range::below(numbers)
            }
            _ => {
                at += 1;
                continue;
            }
        };
        match ranges.last_mut() {
            Some(last) if is_open && range.low == [0; NUMBERS] && range.high.is_some() => {
                last.high = range.high
            }
            _ => ranges.push(range.clone()),
        }
        is_open = range.high.is_none();
    }
    Some((ranges, strange))
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    const ABOVE: [&str; 12] = [
        "and above",
        "or above",
        "and later",
        "or later",
        "and newer",
        "or newer",
        "and up",
        "or higher",
        "and higher",
        "onwards",
        "or greater",
        "and onwards",
    ];
    const BELOW: [&str; 8] = [
        "and below",
        "or below",
        "and earlier",
        "or earlier",
        "and older",
        "or older",
        "and lower",
        "or lower",
    ];
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let operator = ["<=", ">=", "<", ">", "≤", "≥", "^", "~"].iter().find(|one| rest.starts_with(**one));
        if let Some(operator) = operator {
            tokens.push(Token::Operator(operator));
            rest = &rest[operator.len()..];
            continue;
        }
        if let Some(phrase) = ABOVE.iter().find(|phrase| rest.starts_with(**phrase)) {
            tokens.push(Token::Above);
            rest = &rest[phrase.len()..];
            continue;
        }
        if let Some(phrase) = BELOW.iter().find(|phrase| rest.starts_with(**phrase)) {
            tokens.push(Token::Below);
            rest = &rest[phrase.len()..];
            continue;
        }
        let is_version =
            first.is_ascii_digit() || first == 'v' && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        if is_version {
            let (numbers, is_line, length) = version(rest)?;
            tokens.push(Token::Version(numbers, is_line));
            rest = &rest[length..];
            if rest.starts_with('+') {
                tokens.push(Token::Above);
                rest = &rest[1..];
            }
            continue;
        }
        if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let word = &rest[..end];
            const NOISE: [&str; 16] = [
                "version", "versions", "release", "releases", "series", "line", "lts", "stable", "and", "or",
                "the", "branch", "tag", "tags", "in", "only",
            ];
            if ["to", "through", "until"].contains(&word) {
                tokens.push(Token::To);
            } else if !NOISE.contains(&word) {
                tokens.push(Token::Word);
            }
            rest = &rest[end..];
            continue;
        }
        if ['-', '–', '—'].contains(&first) && matches!(tokens.last(), Some(Token::Version(..))) {
            tokens.push(Token::To);
        }
        rest = &rest[first.len_utf8()..];
    }
    Some(tokens)
}

/// The version at the start of `text`: its numbers, whether `x` follows, and its length, including a pre-release
/// suffix.
fn version(text: &str) -> Option<(Vec<u64>, bool, usize)> {
    let start = usize::from(text.starts_with('v'));
    let (all, count, end) = numbers(&text[start..])?;
    let mut numbers = all[..count].to_vec();
    let mut at = start + end;
    let mut is_line = false;
    while let Some(rest) = text.get(at..).filter(|rest| rest.starts_with(".x") || rest.starts_with(".*")) {
        if rest[2..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        is_line = true;
        at += 2;
    }
    if let Some(tail) = text.get(at..)
        && tail.starts_with('-')
    {
        let length =
            tail[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(tail.len() - 1);
        let is_word = tail[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        if is_word && tail[1..1 + length] != *"x" {
            at += 1 + length;
        }
    }
    // `1.2.3` is one release, `1.2` a release line; a fourth number changes nothing.
    numbers.truncate(NUMBERS);
    Some((numbers, is_line, at))
}

/// Whether a cell means supported; `None` if it does not say.
#[must_use]
pub fn mark(text: &str) -> Option<bool> {
    const NO: [&str; 24] = [
        ":x:",
        "❌",
        "✗",
        "✘",
        "✖",
        "🚫",
        "⛔",
        ":no_entry:",
        "no",
        "not",
        "unsupported",
        "end of life",
        "eol",
        "end-of-life",
        "deprecated",
        "unmaintained",
        "never",
        "none",
        "nein",
        "não",
        "non",
        "不支持",
        "不再支持",
        ":negative_squared_cross_mark:",
    ];
    const YES: [&str; 27] = [
        ":white_check_mark:",
        ":heavy_check_mark:",
        ":ballot_box_with_check:",
        ":check_mark:",
        "✅",
        "✔",
        "✓",
        "☑",
        "🟢",
        ":green_circle:",
        "yes",
        "supported",
        "active",
        "actively",
        "current",
        "maintained",
        "security fixes",
        "security updates",
        "security support",
        "lts",
        "sí",
        "oui",
        "ja",
        "sim",
        "支持",
        "支持中",
        "fixes",
    ];
    let lower = words::lower(text);
    if words::any(&lower, &NOT_NOW).is_some() {
        return None;
    }
    if words::any(&lower, &NO).is_some() || lower.contains("不再") || lower.trim() == "x" {
        return Some(false);
    }
    (words::any(&lower, &YES).is_some() || lower.trim() == "y" || lower.contains("支持")).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(cell: &str, version: &str) -> bool {
        let version = Version::read(version).expect("a version");
        match named(cell, false) {
            Some(Named::Ranges(ranges)) => ranges.iter().any(|range| range.holds(&version)),
            other => panic!("{cell}: {other:?}"),
        }
    }

    #[test]
    fn cells_name_versions() {
        for (cell, inside, outside) in [
            ("1.0.x", "1.0.7", "1.1.0"),
            ("0.x.x", "0.6.43", "1.0.0"),
            ("v1.x", "1.9.0", "2.0.0"),
            ("2.9", "2.9.1", "2.10.0"),
            ("5.1.10", "5.1.10", "5.1.11"),
            (">= 1.6", "2.0.0", "1.5.9"),
            (">= 1.28.17-beta", "1.28.17", "1.28.16"),
            ("> 1.0", "1.0.1", "1.0.0"),
            ("<2.1", "2.0.9", "2.1.0"),
            ("< v1.x", "0.9.0", "1.0.0"),
            ("<= 1.2", "1.2.9", "1.3.0"),
            ("1.0+", "3.0.0", "0.9.0"),
            ("1.x and above", "2.0.0", "0.1.0"),
            ("1.2 and below", "1.2.3", "1.3.0"),
            ("1.0 - 1.5", "1.5.9", "1.6.0"),
            ("1.2.x, 1.3.x", "1.3.0", "1.4.0"),
            (">= 1.0, < 2.0", "1.9.0", "2.0.0"),
            ("Ailloy 3.x", "3.1.0", "4.0.0"),
            ("26.5.x", "26.5.1", "26.6.0"),
        ] {
            assert!(holds(cell, inside), "{cell} holds {inside}");
            assert!(!holds(cell, outside), "{cell} does not hold {outside}");
        }
    }

    #[test]
    fn cells_name_other_things() {
        assert_eq!(named("Latest", false), Some(Named::Latest(None)));
        assert!(matches!(named("Latest release in 8.x", false), Some(Named::Latest(Some(_)))));
        assert_eq!(named("<latest", false), Some(Named::Others));
        assert_eq!(named("All other releases", false), Some(Named::Others));
        assert_eq!(named("*", false), Some(Named::Any));
        assert_eq!(named("main", false), Some(Named::Branch("main".to_owned())));
        assert_eq!(named("AIONOS (HEAD)", true), Some(Named::Branch("AIONOS".to_owned())));
        assert_eq!(named("Planned: 2.x", false), None);
        assert_eq!(named("Critical", false), None);
    }

    #[test]
    fn marks() {
        for yes in [
            ":white_check_mark:",
            "✅ Active development",
            "Yes",
            "✓ Current",
            "Security fixes only",
            "支持中",
        ] {
            assert_eq!(mark(yes), Some(true), "{yes}");
        }
        for no in [":x:", "❌ No longer supported", "No", "✗", "Not supported", "不再支持", "End of life"]
        {
            assert_eq!(mark(no), Some(false), "{no}");
        }
        assert_eq!((mark("2024-12-31"), mark("Planned"), mark("TBD")), (None, None, None));
    }

    #[test]
    fn versions_are_read() {
        let read = |text: &str| Version::read(text).map(|version| (version.shown(), version.is_early));
        let is = |text: &str, shown: &str, early: bool| {
            assert_eq!(read(text), Some((shown.to_owned(), early)), "{text}")
        };
        is("v1.2.3", "1.2.3", false);
        is("2.1.8-beta.0", "2.1.8", true);
        is("1.0.0.dev3", "1.0.0", true);
        is("1.0.0-SNAPSHOT", "1.0.0", true);
        is("1.2.0rc1", "1.2.0", true);
        is("0.7.6.2", "0.7.6.2", false);
        is("1.2.3+4", "1.2.3", false);
        assert_eq!((read("main"), read("x1"), read("1.2.3.4.5")), (None, None, None));
    }

    #[test]
    fn tags_name_releases() {
        let is = |name: &str, prefix: &str, shown: &str| {
            let (found, version) = Version::of_tag(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((found, version.shown().as_str()), (prefix, shown), "{name}");
        };
        is("v1.2.3", "", "1.2.3");
        is("V1", "", "1");
        is("v/0.23.43", "v", "0.23.43");
        is("tauri-cli-v1.6.4", "tauri-cli", "1.6.4");
        is("pinia@2.2.4", "pinia", "2.2.4");
        is("@scope/pkg@1.0.0", "@scope/pkg", "1.0.0");
        is("release-1.2.3-beta.1", "release", "1.2.3");
        assert!(Version::of_tag("stable").is_none() && Version::of_tag("latest").is_none());
    }
}
