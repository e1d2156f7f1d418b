//! Literals required by a regex.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Literals of one set.
const MAX_LITERALS: usize = 16;
/// Bytes of one literal; a part of a longer one is as good.
const MAX_LENGTH: usize = 48;
/// Minimum length of a useful literal.
pub const MIN_LENGTH: usize = 3;

type Set = Vec<String>;

/// The best set of literals, in lower case and of at least [`MIN_LENGTH`] bytes, of which each
/// match of `hir` has one whatever its case. Sets of which each literal has one of `keywords` in
/// it are best.
#[must_use]
pub fn required(hir: &Hir, keywords: &[String]) -> Option<Set> {
    let Needs { exact, mut best } = needs(hir, keywords);
    prefer(&mut best, exact, keywords);
    best
}

/// True if each of `literals` has one of `keywords` in it, so that a text with one of the literals
/// has a keyword.
#[must_use]
pub fn imply(literals: &[String], keywords: &[String]) -> bool {
    keywords.is_empty()
        || literals.iter().all(|literal| keywords.iter().any(|keyword| literal.contains(keyword.as_str())))
}

/// What is known of the matches of an expression.
#[derive(Default)]
struct Needs {
    /// All matches in lower case, if they are few.
    exact: Option<Set>,
    /// The best set of which each match has one.
    best: Option<Set>,
}

fn needs(hir: &Hir, keywords: &[String]) -> Needs {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Needs { exact: Some(vec![String::new()]), best: None },
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) if text.is_ascii() => {
                let mut exact = text.to_ascii_lowercase();
                if exact.len() <= MAX_LENGTH {
                    return Needs { exact: Some(vec![exact]), best: None };
                }
                exact.truncate(MAX_LENGTH);
                Needs { exact: None, best: Some(vec![exact]) }
            }
            _ => Needs::default(),
        },
        HirKind::Class(class) => Needs { exact: members(class), best: None },
        HirKind::Capture(capture) => needs(&capture.sub, keywords),
        HirKind::Repetition(repetition) => {
            let Needs { exact, mut best } = needs(&repetition.sub, keywords);
            match (repetition.min, repetition.max) {
                (0, Some(1)) => Needs {
                    exact: exact
                        .map(|mut set| {
                            set.push(String::new());
                            set
                        })
                        .and_then(unique),
                    best: None,
                },
                (0, _) => Needs::default(),
                (1, Some(1)) => Needs { exact, best },
                (least, most) => {
                    if Some(least) == most
                        && least <= MAX_LENGTH as u32
                        && let Some(set) = &exact
                    {
                        let power = (1..least).try_fold(set.clone(), |all, _| joined(&all, set));
                        if power.is_some() {
                            return Needs { exact: power, best };
                        }
                    }
                    prefer(&mut best, exact, keywords);
                    Needs { exact: None, best }
                }
            }
        }
        HirKind::Concat(parts) => concat(parts, keywords),
        HirKind::Alternation(branches) => {
            let (mut exact, mut best) = (Some(Vec::new()), Some(Vec::new()));
            for branch in branches {
                let Needs { exact: all, best: mut some } = needs(branch, keywords);
                exact = exact.zip(all.clone()).and_then(|(mut set, all)| {
                    set.extend(all);
                    unique(set)
                });
                prefer(&mut some, all, keywords);
                best = best.zip(some).and_then(|(mut set, some)| {
                    set.extend(some);
                    unique(set)
                });
                if exact.is_none() && best.is_none() {
                    break;
                }
            }
            Needs { exact, best }
        }
    }
}

/// Neighbours that have few matches make longer literals together.
fn concat(parts: &[Hir], keywords: &[String]) -> Needs {
    let mut best = None;
    let mut run = vec![String::new()];
    let mut whole = true;
    for part in parts {
        let Needs { exact, best: some } = needs(part, keywords);
        prefer(&mut best, some, keywords);
        match exact {
            Some(set) => match joined(&run, &set) {
                Some(longer) => run = longer,
                None => {
                    prefer(&mut best, Some(std::mem::replace(&mut run, set)), keywords);
                    whole = false;
                }
            },
            None => {
                prefer(&mut best, Some(std::mem::replace(&mut run, vec![String::new()])), keywords);
                whole = false;
            }
        }
    }
    if whole {
        return Needs { exact: Some(run), best };
    }
    prefer(&mut best, Some(run), keywords);
    Needs { exact: None, best }
}

/// Every one of `heads` with every one of `tails`, if these are not too many.
fn joined(heads: &Set, tails: &Set) -> Option<Set> {
    let fits = heads.len() * tails.len() <= MAX_LITERALS;
    let longest = |set: &Set| set.iter().map(String::len).max().unwrap_or(0);
    if !fits || longest(heads) + longest(tails) > MAX_LENGTH {
        return None;
    }
    unique(heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect())
}

fn unique(mut set: Set) -> Option<Set> {
    set.sort_unstable();
    set.dedup();
    (set.len() <= MAX_LITERALS).then_some(set)
}

/// Puts `other` in the place of `best` if it leads to matches better.
fn prefer(best: &mut Option<Set>, other: Option<Set>, keywords: &[String]) {
    let worth = |set: &Set| {
        let shortest = set.iter().map(String::len).min().unwrap_or(0);
        (imply(set, keywords), shortest.min(8), MAX_LITERALS.saturating_sub(set.len()), shortest)
    };
    let helps = |set: &Set| !set.is_empty() && set.iter().all(|text| text.len() >= MIN_LENGTH);
    if let Some(other) = other.filter(helps)
        && best.as_ref().is_none_or(|best| worth(&other) > worth(best))
    {
        *best = Some(other);
    }
}

/// The characters of a small class in lower case; none if it is large or goes beyond ASCII.
fn members(class: &Class) -> Option<Set> {
    let mut set = Vec::new();
    let mut add = |start: u32, end: u32| -> Option<()> {
        for code in start..=end.min(start + 128) {
            let c = u8::try_from(code).ok().filter(u8::is_ascii)?;
            let text = char::from(c.to_ascii_lowercase()).to_string();
            if !set.contains(&text) {
                set.push(text);
            }
            if set.len() > 4 {
                return None;
            }
        }
        Some(())
    };
    match class {
        Class::Bytes(class) => {
            class.iter().try_for_each(|range| add(range.start().into(), range.end().into()))?
        }
        Class::Unicode(class) => {
            class.iter().try_for_each(|range| add(range.start().into(), range.end().into()))?
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::required;
    use crate::engine::foreign::syntax_config;
    use regex_automata::util::syntax;

    #[track_caller]
    fn check(expression: &str, keywords: &[&str], wanted: &[&str]) {
        let keywords: Vec<String> = keywords.iter().map(|keyword| (*keyword).to_owned()).collect();
        let hir = syntax::parse_with(expression, &syntax_config()).unwrap();
        assert_eq!(required(&hir, &keywords).unwrap_or_default(), wanted, "{expression}");
    }

    #[test]
    fn literals_are_found_whatever_their_case() {
        check("acme_[a-z]{9}", &[], &["acme_"]);
        check("(?i)acme_[a-z]{9}", &[], &["acme_"]);
        check("(?i)[a-z.]{0,9}(?:acme|wile)(?:[ \t]{0,3})=", &[], &["acme", "wile"]);
        check(
            "(?i)ac(?:me|id)[-_]?key",
            &[],
            &["acid-key", "acid_key", "acidkey", "acme-key", "acme_key", "acmekey"],
        );
        check("a{3}b", &[], &["aaab"]);
        check("(abc)+x", &[], &["abc"]);
        check(r"\bkey\b", &[], &["key"]);
    }

    #[test]
    fn sets_with_keywords_are_preferred() {
        check("long_literal[a-z]+acme", &[], &["long_literal"]);
        check("long_literal[a-z]+acme", &["acme"], &["acme"]);
        check("(?:acme|wile)[0-9]+=secret", &["acme"], &["=secret"]);
        check("(?:acme|wile)[0-9]+=secret", &["acme", "wile"], &["acme", "wile"]);
    }

    #[test]
    fn what_has_no_literal_has_none() {
        for expression in
            ["[a-z0-9]{32}", "(acme)?[0-9]{9}", "(acme)*", "acme|[a-z]{9}", "ab", "é{3}", "", "(?:a|bcd)x"]
        {
            check(expression, &[], &[]);
        }
    }
}
