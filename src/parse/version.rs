//! Version ordering in ecosystems other than Cargo.

mod maven;
mod rest;

use std::cmp::Ordering;

use crate::parse::lockfile::Ecosystem;

/// Compares two versions as `ecosystem` does; `None` if one is invalid there.
#[must_use]
pub fn compare(ecosystem: Ecosystem, a: &str, b: &str) -> Option<Ordering> {
    match ecosystem {
        Ecosystem::Npm
        | Ecosystem::Go
        | Ecosystem::SwiftUrl
        | Ecosystem::Hex
        | Ecosystem::GitHubActions
        | Ecosystem::Julia => Some(semver(a)?.cmp_precedence(&semver(b)?)),
        // The build number after the plus orders re-published packages.
        Ecosystem::Pub => Some(semver(a)?.cmp(&semver(b)?)),
        Ecosystem::NuGet => Some(nuget(a)?.cmp(&nuget(b)?)),
        Ecosystem::Maven => maven::compare(a, b),
        Ecosystem::PyPi => Some(python(a)?.cmp(&python(b)?)),
        Ecosystem::ConanCenter => rest::conan(a, b),
        Ecosystem::Cran | Ecosystem::Hackage => Some(rest::numbers(a)?.cmp(&rest::numbers(b)?)),
        Ecosystem::RubyGems | Ecosystem::CocoaPods => Some(compare_parts(&gem(a)?, &gem(b)?)),
        Ecosystem::Packagist => Some(compare_parts(&composer(a)?, &composer(b)?)),
    }
}

/// A semantic version; missing parts are zero.
fn semver(text: &str) -> Option<semver::Version> {
    let text = text.trim();
    let text = text.strip_prefix(['v', '=']).unwrap_or(text);
    if let Ok(version) = semver::Version::parse(text) {
        return Some(version);
    }
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, rest) = text.split_at(end);
    let missing = 2_usize.checked_sub(core.matches('.').count())?;
    semver::Version::parse(&format!("{core}{}{rest}", ".0".repeat(missing))).ok()
}

/// Up to four numbers, and the pre-release, ignoring case.
fn nuget(text: &str) -> Option<([u64; 4], semver::Prerelease)> {
    let lower = text.trim().to_ascii_lowercase();
    let text = lower.split('+').next().unwrap_or(&lower);
    let (core, pre) = text.split_once('-').unwrap_or((text, ""));
    let mut numbers = [0; 4];
    for (at, part) in core.split('.').enumerate() {
        *numbers.get_mut(at)? = part.parse().ok()?;
    }
    Some((numbers, semver::Prerelease::new(pre).ok()?))
}

/// The sort key of Python versions, see PEP 440.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Python {
    epoch: u64,
    release: Vec<u64>,
    /// Development releases of a final one come before everything else of it.
    pre: (i8, u64),
    post: Option<u64>,
    /// Development releases come before their target.
    dev: (u8, u64),
    local: Vec<(u8, u64, String)>,
}

fn python(text: &str) -> Option<Python> {
    let lower = text.trim().to_ascii_lowercase();
    let text = lower.strip_prefix('v').unwrap_or(&lower);
    let (text, local) = text.split_once('+').map_or((text, None), |(text, local)| (text, Some(local)));
    let (epoch, text) = match text.split_once('!') {
        Some((epoch, rest)) => (epoch.parse().ok()?, rest),
        None => (0, text),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, mut rest) = text.split_at(end);
    let mut release = Vec::new();
    for number in numbers.trim_end_matches('.').split('.') {
        release.push(number.parse().ok()?);
    }
    while release.len() > 1 && release.last() == Some(&0) {
        release.pop();
    }
    let (mut pre, mut post, mut dev) = (None, None, None);
    while !rest.is_empty() {
        rest = rest.trim_start_matches(['.', '-', '_']);
        let word_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(word_end);
        let tail = tail.trim_start_matches(['.', '-', '_']);
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let number = if digits == 0 { 0 } else { tail[..digits].parse().ok()? };
        match word {
            "a" | "alpha" => pre = Some((0, number)),
            "b" | "beta" => pre = Some((1, number)),
            "rc" | "c" | "pre" | "preview" => pre = Some((2, number)),
            "post" | "rev" | "r" | "" if digits > 0 || !word.is_empty() => post = Some(number),
            "dev" => dev = Some(number),
            _ => return None,
        }
        rest = &tail[digits..];
    }
    let local = local.into_iter().flat_map(|local| local.split(['.', '-', '_']));
    Some(Python {
        epoch,
        release,
        pre: pre.unwrap_or(if post.is_none() && dev.is_some() { (-1, 0) } else { (3, 0) }),
        post,
        dev: dev.map_or((1, 0), |number| (0, number)),
        local: local
            .map(|part| match part.parse() {
                Ok(number) => (1, number, String::new()),
                Err(_) => (0, 0, part.to_owned()),
            })
            .collect(),
    })
}

/// A part of a version: a number, or a word that sorts before or after the end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Word(i8, String),
    Number(u64),
}

fn parts(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    for piece in text.split(['.', '-', '_', '+']).filter(|piece| !piece.is_empty()) {
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let digit = first.is_ascii_digit();
            if !first.is_ascii_alphanumeric() {
                return None;
            }
            let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
            parts.push(&rest[..end]);
            rest = &rest[end..];
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// Words sort before the end: `1.0.a` is before `1.0`.
fn gem(text: &str) -> Option<Vec<Part>> {
    let of = |part: &&str| part.parse().map_or_else(|_| Part::Word(-1, (*part).to_owned()), Part::Number);
    Some(parts(text.trim())?.iter().map(of).collect())
}

/// `dev`, `alpha`, `beta` and `rc` sort before the end, `p` and `patch` after it.
fn composer(text: &str) -> Option<Vec<Part>> {
    let lower = text.trim().to_ascii_lowercase();
    let lower = lower.strip_prefix('v').unwrap_or(&lower);
    if !lower.starts_with(|c: char| c.is_ascii_digit()) {
        return None; // A branch has no place in the order.
    }
    let rank = |word: &str| match word {
        "dev" => Some(-5),
        "a" | "alpha" => Some(-4),
        "b" | "beta" => Some(-3),
        "rc" => Some(-2),
        "pl" | "p" | "patch" => Some(1),
        _ => None,
    };
    let of = |part: &&str| match part.parse() {
        Ok(number) => Some(Part::Number(number)),
        Err(_) => rank(part).map(|rank| Part::Word(rank, String::new())),
    };
    // Composer pads versions to four numbers before comparing.
    let end = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let (core, rest) = lower.split_at(end);
    let missing = 3_usize.saturating_sub(core.trim_end_matches('.').matches('.').count());
    parts(&format!("{}{}-{rest}", core.trim_end_matches('.'), ".0".repeat(missing)))?.iter().map(of).collect()
}

/// Compares part by part; missing parts are zero.
fn compare_parts(a: &[Part], b: &[Part]) -> Ordering {
    let end = Part::Number(0);
    for at in 0..a.len().max(b.len()) {
        let (a, b) = (a.get(at).unwrap_or(&end), b.get(at).unwrap_or(&end));
        let order = match (a, b) {
            (Part::Number(a), Part::Number(b)) => a.cmp(b),
            (Part::Word(a, x), Part::Word(b, y)) => (a, x).cmp(&(b, y)),
            (Part::Word(rank, _), Part::Number(_)) => rank.cmp(&0),
            (Part::Number(_), Part::Word(rank, _)) => 0.cmp(rank),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::compare;
    use crate::parse::lockfile::Ecosystem::{self, ConanCenter, Cran, Go, Npm, Packagist, PyPi, RubyGems};

    /// Each comes before the next.
    fn ordered(ecosystem: Ecosystem, versions: &str) {
        let versions: Vec<&str> = versions.split_whitespace().collect();
        for (at, a) in versions.iter().enumerate() {
            for (other, b) in versions.iter().enumerate() {
                assert_eq!(compare(ecosystem, a, b), Some(at.cmp(&other)), "{a} {b}");
            }
        }
    }

    #[test]
    fn each_ecosystem_has_its_order() {
        ordered(Npm, "0.9.0 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-rc.1 1.0.0 1.2.0 1.10.0");
        ordered(Go, "v0.0.0-20200101000000-abc v0.0.0-20210101000000-abc v0.0.1 v1.0.0+incompatible v1.0.1");
        ordered(
            PyPi,
            "1.0.dev1 1.0a1.dev2 1.0a1 1.0b2 1.0rc1 1.0 1.0+abc 1.0+5 1.0.post1.dev1 1.0.post1 1.0.1 1.1.dev1 1.1 2!0.1",
        );
        ordered(RubyGems, "1.0.a 1.0.b2 1.0.rc1 1.0 1.0.1 1.2 1.10");
        ordered(ConanCenter, "1.0-rc1 1.0 1.0.1 1.1.1s 1.1.1t 1.2 1.10");
        ordered(Cran, "1.0 1.0-1 1.0.2 1.2 1.10");
        ordered(Packagist, "1.0-dev 1.0-alpha1 1.0-beta 1.0-RC1 1.0-RC2 1.0 1.0-p1 1.0.1 1.1");
    }

    #[test]
    fn spellings_of_the_same() {
        for (ecosystem, a, b) in [
            (PyPi, "1.0", "v1.0.0"),
            (PyPi, "1.0-1", "1.0.post1"),
            (PyPi, "1.0.RC1", "1rc1"),
            (Npm, "1", "v1.0.0"),
            (Packagist, "v1.0", "1.0.0.0"),
        ] {
            assert_eq!(compare(ecosystem, a, b), Some(Ordering::Equal), "{a} {b}");
        }
        assert_eq!(compare(Packagist, "dev-main", "1.0"), None);
        assert_eq!(
            (compare(PyPi, "x", "1"), compare(Npm, "1.2.3.4", "1"), compare(RubyGems, "", "1")),
            (None, None, None)
        );
    }
}
