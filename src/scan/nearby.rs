//! What stands near a credential that it is used with: the id of a key pair, the number of an account.

use std::collections::BTreeMap;

use super::registry;
use crate::engine::request::{Companion, Request};
use crate::engine::{Check, Engine, Hit, pattern};
use crate::model::{Nearby, Secret, Span};

/// Bytes before and behind a credential that are looked at.
const REACH: usize = 2048;
/// How many of a kind are kept.
const MOST: usize = 3;

/// What `request` needs besides `hit` in `text`, the nearest first. `hits` are those of the same text, unless the hit
/// stands in something encoded.
pub(super) fn of(request: &Request, hit: &Hit, text: &[u8], engine: &Engine, hits: &[Hit]) -> Nearby {
    let Some(secret) = hit.secret else { return Nearby::new() };
    let mut nearby = BTreeMap::new();
    for companion in request.companions {
        let mut spans = match companion.rule.is_empty() {
            true => matching(companion, text, secret),
            false => hits
                .iter()
                .filter(|other| is_of(&engine.checks()[usize::from(other.check)], companion.rule))
                .filter_map(|other| other.secret)
                .filter(|span| span.end <= text.len())
                .collect(),
        };
        spans.retain(|span| !span.overlaps(secret) && distance(*span, secret) <= REACH);
        spans.sort_by_key(|span| (distance(*span, secret), span.start));
        let mut found: Vec<Secret> = Vec::new();
        for span in spans {
            let one = Secret::new(&text[span.range()]);
            if found.len() < MOST && !found.contains(&one) {
                found.push(one);
            }
        }
        nearby.insert(companion.name, found);
    }
    nearby
}

/// True for the check of this built-in rule: one of the user's own may be called the same, and match what it likes.
fn is_of(check: &Check, id: &str) -> bool {
    let own = check.rule().zip(registry::rule(id));
    own.is_some_and(|(rule, built_in)| std::ptr::eq(rule, built_in))
}

/// Where the pattern matches around `secret`; the group `value` is what counts, where there is one.
fn matching(companion: &Companion, text: &[u8], secret: Span) -> Vec<Span> {
    // It was compiled when the pack was read.
    let Ok(regex) = pattern::compile(companion.pattern) else { return Vec::new() };
    let from = secret.start.saturating_sub(REACH);
    let window = &text[from..text.len().min(secret.end + REACH)];
    let group = regex.group_info().to_index(regex_automata::PatternID::ZERO, "value").unwrap_or(0);
    regex
        .captures_iter(window)
        .filter_map(|captures| captures.get_group(group))
        .map(|span| Span::new(from + span.start, from + span.end))
        .collect()
}

/// Bytes between two spans that do not overlap.
fn distance(one: Span, other: Span) -> usize {
    if one.start >= other.end { one.start - other.end } else { other.start.saturating_sub(one.end) }
}
