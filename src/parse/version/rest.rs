//! Version ordering of Conan, R and Haskell.

use std::cmp::Ordering;

/// Numbers separated by dots and hyphens: of two with a common prefix the longer one is later.
pub(super) fn numbers(text: &str) -> Option<Vec<u64>> {
    text.trim().split(['.', '-']).map(|part| part.parse().ok()).collect()
}

/// Compares two versions as Conan does: numbers numerically, anything else as text, a pre-release before its
/// release.
pub(super) fn conan(a: &str, b: &str) -> Option<Ordering> {
    let parts = |text: &str| -> Option<(Vec<String>, Option<Vec<String>>)> {
        let text = text.trim().split('+').next().unwrap_or_default().to_ascii_lowercase();
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return None; // A branch, or a day of the recipe.
        }
        let (core, pre) = text.split_once('-').map_or((&*text, None), |(core, pre)| (core, Some(pre)));
        let split = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        let mut core = split(core);
        while core.len() > 1 && core.last().is_some_and(|last| last == "0") {
            core.pop();
        }
        Some((core, pre.map(split)))
    };
    let compare = |a: &[String], b: &[String]| {
        for (a, b) in a.iter().zip(b) {
            let order = match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => mixed(a, b),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        a.len().cmp(&b.len())
    };
    let ((a, a_pre), (b, b_pre)) = (parts(a)?, parts(b)?);
    let by_pre = || match (&a_pre, &b_pre) {
        (None, None) => Ordering::Equal,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(a), Some(b)) => compare(a, b),
    };
    Some(compare(&a, &b).then_with(by_pre))
}

/// `1t` and `1`: the number first, then the letters.
fn mixed(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        (text[..end].parse::<u64>().ok(), text[end..].to_owned())
    };
    parts(a).cmp(&parts(b))
}
