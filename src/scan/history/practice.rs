//! The message for several places that violate a practice.

use std::collections::BTreeMap;

use crate::model::{Finding, Identity};

/// Most items named.
const ITEMS: usize = 6;

/// `24 actions are not pinned to a commit: actions (12), docker (3) and 4 more`.
pub(super) fn summary(places: &[Finding]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut what = "";
    for place in places {
        if let Identity::Practice { item, many, .. } = &place.identity {
            *counts.entry(item).or_default() += 1;
            what = many;
        }
    }
    let mut items: Vec<(&str, usize)> = counts.into_iter().filter(|(item, _)| !item.is_empty()).collect();
    items.sort_by_key(|(item, count)| (std::cmp::Reverse(*count), *item));
    let more = items.len().saturating_sub(ITEMS);
    let named = items.iter().take(ITEMS).map(|(item, count)| match count {
        1 => (*item).to_owned(),
        _ => format!("{item} ({count})"),
    });
    let named: Vec<String> = named.collect();
    let list = match (named.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", named.join(", ")),
        (false, _) => format!(": {} and {more} more", named.join(", ")),
    };
    format!("{} {what}{list}", places.len())
}
