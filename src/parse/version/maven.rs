//! Maven version ordering: tokens with the separator before them, as in the POM reference.

use std::cmp::Ordering;

/// A token of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Number(u64),
    /// A word in lower case.
    Word(String),
}

impl Token {
    fn is_null(&self) -> bool {
        match self {
            Self::Number(number) => *number == 0,
            Self::Word(word) => matches!(word.as_str(), "" | "final" | "ga" | "release"),
        }
    }
}

/// Compares two versions; `None` if one is empty or has blanks or a number that is too long.
pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (tokens(a)?, tokens(b)?);
    for at in 0..a.len().max(b.len()) {
        let padding = |other: &(bool, Token)| match other.0 {
            true => (true, Token::Word(String::new())),
            false => (false, Token::Number(0)),
        };
        let order = match (a.get(at), b.get(at)) {
            (Some(a), Some(b)) => order(a, b),
            (Some(a), None) => order(a, &padding(a)),
            (None, Some(b)) => order(&padding(b), b),
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// Compares tokens, each with whether a hyphen precedes it.
fn order(a: &(bool, Token), b: &(bool, Token)) -> Ordering {
    match (&a.1, &b.1) {
        (Token::Number(x), Token::Number(y)) if a.0 == b.0 => x.cmp(y),
        // After a hyphen a number sorts lower than after a dot.
        (Token::Number(_), Token::Number(_)) => b.0.cmp(&a.0),
        (Token::Word(x), Token::Word(y)) => rank(x).cmp(&rank(y)),
        (Token::Word(word), Token::Number(0)) if b.0 && rank(word) == rank("") => Ordering::Equal,
        (Token::Number(0), Token::Word(word)) if a.0 && rank(word) == rank("") => Ordering::Equal,
        (Token::Word(_), Token::Number(_)) => Ordering::Less,
        (Token::Number(_), Token::Word(_)) => Ordering::Greater,
    }
}

/// Pre-release qualifiers sort before the release, others after it, alphabetically.
fn rank(word: &str) -> (i8, &str) {
    match word {
        "alpha" => (-5, ""),
        "beta" => (-4, ""),
        "milestone" => (-3, ""),
        "rc" | "cr" => (-2, ""),
        "snapshot" => (-1, ""),
        "" | "final" | "ga" | "release" => (0, ""),
        "sp" => (1, ""),
        other => (2, other),
    }
}

fn tokens(text: &str) -> Option<Vec<(bool, Token)>> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let mut all: Vec<(bool, Token)> = Vec::new();
    let (mut rest, mut hyphen) = (text.as_str(), false);
    loop {
        let digit = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| matches!(c, '.' | '-' | '_') || c.is_ascii_digit() != digit);
        let (piece, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let number = behind.starts_with(|c: char| c.is_ascii_digit());
        let token = match piece {
            "" => Token::Number(0),
            piece if digit => Token::Number(piece.parse().ok()?),
            "a" if number => Token::Word("alpha".to_owned()),
            "b" if number => Token::Word("beta".to_owned()),
            "m" if number => Token::Word("milestone".to_owned()),
            piece => Token::Word(piece.to_owned()),
        };
        all.push((hyphen, token));
        if behind.is_empty() {
            break;
        }
        // A transition between digits and letters is like a hyphen.
        let separator = behind.starts_with(['.', '-', '_']);
        hyphen = !behind.starts_with('.');
        rest = if separator { &behind[1..] } else { behind };
    }
    trim(&mut all);
    Some(all)
}

/// Removes insignificant tokens at the end and before each hyphen.
fn trim(all: &mut Vec<(bool, Token)>) {
    let mut kept: Vec<(bool, Token)> = Vec::with_capacity(all.len());
    for token in all.drain(..) {
        if token.0 {
            while kept.len() > 1 && kept.last().is_some_and(|(_, token)| token.is_null()) {
                kept.pop();
            }
        }
        kept.push(token);
    }
    while kept.len() > 1 && kept.last().is_some_and(|(_, token)| token.is_null()) {
        kept.pop();
    }
    *all = kept;
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::compare;

    #[test]
    fn the_order_of_the_reference() {
        for pair in [
            "1 < 1.1",
            "1-snapshot < 1",
            "1 < 1-sp",
            "1-foo2 < 1-foo10",
            "1.foo = 1-foo",
            "1-foo < 1-1",
            "1-1 < 1.1",
            "1.ga = 1-ga",
            "1-ga = 1-0",
            "1-0 = 1.0",
            "1.0 = 1",
            "1-sp < 1.0-x",
            "1-a1 = 1-alpha-1",
            "1.0-alpha-1 < 1.0-beta-1",
            "1.0-rc1 < 1.0",
            "1.0.0.Final = 1.0.0",
            "2.9.10.8 < 2.10",
            "1.0-SNAPSHOT < 1.0",
            "30.0-jre < 31.1-jre",
        ] {
            let (a, rest) = pair.split_once(' ').unwrap();
            let (sign, b) = rest.split_once(' ').unwrap();
            let wanted = if sign == "<" { Ordering::Less } else { Ordering::Equal };
            assert_eq!(compare(a, b), Some(wanted), "{pair}");
            assert_eq!(compare(b, a), Some(wanted.reverse()), "{pair} backwards");
        }
        for none in ["", " ", "1 0", "99999999999999999999999"] {
            assert_eq!(compare(none, "1"), None, "{none}");
        }
    }
}
