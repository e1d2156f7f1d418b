//! The places of one secret before they are one finding: each with what it is worth there.

use std::cmp::Reverse;

use crate::model::{Finding, History, Place};

/// The places of one secret, or of one other fault. Each is a finding of its own: severity, message and proofs
/// are those of that place.
pub(in crate::scan) struct Group {
    /// At least one: those of today, then the history in the order of its commits.
    pub(in crate::scan) places: Vec<Finding>,
    /// That of the finding, whichever of the places come to be in it: baselines have it.
    fingerprint: String,
    history: Option<Box<History>>,
}

impl Group {
    /// The places in their order, and how they live in the history.
    pub(in crate::scan) fn new(places: Vec<Finding>, history: Option<Box<History>>) -> Self {
        let fingerprint = places.first().map(|first| first.fingerprint.clone()).unwrap_or_default();
        Self { places, fingerprint, history }
    }

    /// The number of the gravest place of those that are `wanted`: the most severe one; of those that are as
    /// severe one of today, for it can be mended first; then the surest one, and the first. 0 if none is.
    pub(in crate::scan) fn gravest(&self, wanted: &dyn Fn(usize) -> bool) -> usize {
        let weight = |number: &usize| {
            self.places.get(*number).map(|finding| {
                let today = finding.place.origin.is_none();
                (finding.severity, today, finding.confidence, Reverse(*number))
            })
        };
        (0..self.places.len()).filter(|number| wanted(*number)).max_by_key(weight).unwrap_or(0)
    }

    /// One finding of the places that are `wanted`, by number: it is what it is at the gravest of them, which
    /// comes first. None if none is wanted.
    pub(in crate::scan) fn into_finding(self, wanted: &dyn Fn(usize) -> bool) -> Option<Finding> {
        let gravest = self.gravest(wanted);
        let Self { places, fingerprint, history } = self;
        let mut finding = None;
        let mut also: Vec<Place> = Vec::new();
        let mut earlier: Option<Place> = None;
        for (number, place) in places.into_iter().enumerate().filter(|(number, _)| wanted(*number)) {
            if number == gravest {
                earlier = also.iter().find(|place| place.origin.is_some()).cloned();
                finding = Some(place);
            } else {
                also.push(place.place);
            }
        }
        let mut finding = finding?;
        let first = earlier.filter(|_| finding.place.origin.is_some()).map(Box::new);
        finding.history = history.map(|history| Box::new(History { first, ..*history }));
        Some(Finding { also, fingerprint, ..finding })
    }
}
