//! Companion values near a credential: the id of a key pair, an account number.

use std::collections::BTreeMap;

use super::registry;
use crate::engine::request::{Companion, Request};
use crate::engine::{Check, Engine, Hit, pattern};
use crate::model::{Nearby, Secret, Span};

/// Bytes before and after a credential that are searched.
const REACH: usize = 2048;
/// Most values kept per kind.
const MOST: usize = 3;

/// The companion values that `request` needs for `hit` in `text`, nearest first. `hits` are those of the same text,
/// unless the hit is encoded.
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

/// True for the check of this built-in rule: a user rule may have the same id.
fn is_of(check: &Check, id: &str) -> bool {
    let own = check.rule().zip(registry::rule(id));
    own.is_some_and(|(rule, built_in)| std::ptr::eq(rule, built_in))
}

/// Matches of the pattern around `secret`; the group `value` is used if present.
fn matching(companion: &Companion, text: &[u8], secret: Span) -> Vec<Span> {
    // Compiled when the pack was read.
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
