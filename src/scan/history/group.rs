//! The places of one secret before they are merged into a finding, each with its check and severity.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::practice;
use crate::model::{Finding, History, Identity, Name, Nearby, Place, Secret};

/// The places of one secret or other issue. Each is a finding with its own check, severity, message and proofs.
pub(in crate::scan) struct Group {
    /// At least one: current places, then the history in commit order.
    pub(in crate::scan) places: Vec<Finding>,
    history: Option<Box<History>>,
}

impl Group {
    /// The sorted places, and their presence in the history.
    pub(in crate::scan) const fn new(places: Vec<Finding>, history: Option<Box<History>>) -> Self {
        Self { places, history }
    }

    /// True if the places violate a practice.
    pub(in crate::scan) fn is_practice(&self) -> bool {
        self.places.first().is_some_and(|place| matches!(place.identity, Identity::Practice { .. }))
    }

    /// The `wanted` places, by index, of each check.
    pub(in crate::scan) fn by_check(
        &self,
        wanted: &dyn Fn(usize) -> bool,
    ) -> BTreeMap<&Name, Vec<(usize, &Finding)>> {
        let mut parts: BTreeMap<&Name, Vec<(usize, &Finding)>> = BTreeMap::new();
        for (number, place) in self.places.iter().enumerate().filter(|(number, _)| wanted(*number)) {
            parts.entry(&place.check).or_default().push((number, place));
        }
        parts
    }

    /// The fingerprint under `check`: that of its first place, whichever places end up in the finding. Baselines use
    /// it.
    pub(in crate::scan) fn fingerprint(&self, check: &str) -> &str {
        let first = self.places.iter().find(|place| place.check == check);
        first.map_or("", |first| &first.fingerprint)
    }

    /// Merges the `wanted` places into a finding, with the index of its place. The most specific check leads; severity
    /// and confidence are the highest of all checks, and the others are named. None if no place is wanted.
    pub(in crate::scan) fn finding(&self, wanted: &dyn Fn(usize) -> bool) -> Option<(usize, Finding)> {
        if self.is_practice() {
            return self.practice(wanted);
        }
        let mut parts: Vec<(u8, usize, Finding)> = Vec::new();
        for (check, places) in self.by_check(wanted) {
            let rank = places.iter().map(|(_, place)| place.rank).max()?;
            let (number, gravest) = *places.iter().max_by_key(|(number, place)| weight(*number, place))?;
            let is_part = |number: usize| places.binary_search_by_key(&number, |(other, _)| *other).is_ok();
            let mut part = self.at(number, gravest, &is_part);
            self.fingerprint(check).clone_into(&mut part.fingerprint);
            parts.push((rank, number, part));
        }
        parts.sort_by_key(|(rank, number, part)| Reverse((*rank, weight(*number, part))));
        let (_, number, lead) = parts.first()?;
        let number = *number;
        let mut finding = self.at(number, lead, wanted);
        for (.., part) in parts.iter().skip(1) {
            let more = match part.severity > finding.severity {
                true => format!(", as {}", part.severity),
                false => String::new(),
            };
            finding.proofs.push(format!("also reported by `{}`{more}", part.check));
            finding.severity = finding.severity.max(part.severity);
            finding.confidence = finding.confidence.max(part.confidence);
        }
        let lost = finding.lost.iter().filter(|lost| parts.iter().all(|(.., part)| part.check != **lost));
        finding.proofs.extend(lost.map(|check| format!("also reported by `{check}`")));
        if parts.len() > 1 {
            finding.parts = parts.into_iter().map(|(.., part)| part).collect();
        }
        Some((number, finding))
    }

    /// Merges the `wanted` places of a practice into a finding at the most severe one, each as a part.
    fn practice(&self, wanted: &dyn Fn(usize) -> bool) -> Option<(usize, Finding)> {
        let places = || self.places.iter().enumerate().filter(|(number, _)| wanted(*number));
        let (number, gravest) = places().max_by_key(|(number, place)| weight(*number, place))?;
        let mut finding = self.at(number, gravest, wanted);
        let parts: Vec<Finding> = places().map(|(_, place)| place.clone()).collect();
        if parts.len() > 1 {
            finding.message = practice::summary(&parts);
            finding.parts = parts;
        }
        Some((number, finding))
    }

    /// The finding at the place with this index, with the other `wanted` ones as further places.
    fn at(&self, number: usize, finding: &Finding, wanted: &dyn Fn(usize) -> bool) -> Finding {
        let others = self.places.iter().enumerate().filter(|(other, _)| *other != number && wanted(*other));
        let is_historic = |place: &&Place| place.origin.is_some();
        let earlier = others.clone().take_while(|(other, _)| *other < number).map(|(_, other)| &other.place);
        let first = earlier.filter(is_historic).find(|_| is_historic(&&finding.place)).cloned().map(Box::new);
        let history = self.history.as_deref().cloned();
        let nearby = nearby(self.places.iter().enumerate().filter_map(|(other, place)| {
            (other == number || wanted(other) && place.check == finding.check).then_some(place)
        }));
        let mut lost: Vec<Name> =
            finding.lost.iter().chain(others.clone().flat_map(|(_, other)| &other.lost)).cloned().collect();
        lost.retain(|check| *check != finding.check);
        lost.sort_unstable();
        lost.dedup();
        Finding {
            lost,
            also: others.map(|(_, other)| other.place.clone()).collect(),
            history: history.map(|history| Box::new(History { first, ..history })),
            nearby,
            ..finding.clone()
        }
    }
}

/// Companion values near any of the places, deduplicated.
fn nearby<'a>(places: impl Iterator<Item = &'a Finding>) -> Option<Arc<Nearby>> {
    let mut all: Option<Nearby> = None;
    for nearby in places.filter_map(|place| place.nearby.as_deref()) {
        let all = all.get_or_insert_default();
        for (name, found) in nearby {
            let known = all.entry(name).or_default();
            let new: Vec<Secret> = found.iter().filter(|one| !known.contains(one)).cloned().collect();
            known.extend(new);
        }
    }
    all.map(Arc::new)
}

/// Ranks places: the most severe, then current ones (they can be fixed first), then by confidence, then the first.
fn weight(number: usize, finding: &Finding) -> impl Ord + use<> {
    (finding.severity, finding.place.origin.is_none(), finding.confidence, Reverse(number))
}
