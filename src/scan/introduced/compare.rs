//! Compares occurrences before and after, by number and severity, and picks the new places.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Weigh;
use crate::model::{Finding, Identity, RepoPath};
use crate::scan::suppress::Weight;

/// A place that can be recognised after lines have moved.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::scan) struct Location {
    path: RepoPath,
    /// The line, with secrets masked.
    line: String,
}

impl Location {
    pub(in crate::scan) fn of(finding: &Finding) -> Self {
        let line = finding.place.snippet.as_ref().map(|snippet| snippet.text.trim().to_owned());
        Self { path: finding.place.path.clone(), line: line.unwrap_or_default() }
    }
}

/// A place in an earlier text.
#[derive(Clone)]
pub(in crate::scan) struct Old {
    pub(super) spot: Location,
    /// Its weight there.
    pub(super) weight: Weight,
    /// The side of the change.
    pub(super) side: usize,
    /// True if its path no longer exists.
    pub(super) gone: bool,
}

/// Occurrences in earlier texts.
pub(in crate::scan) type OldFindings = HashMap<Identity, Vec<Old>>;

/// A current place.
#[derive(Default)]
pub(super) struct Group {
    places: BTreeMap<(Location, usize), Here>,
}

/// The findings at a place.
#[derive(Default)]
struct Here {
    /// The findings there, by text and index; several if a path has several texts, as in a conflict.
    findings: Vec<(usize, usize)>,
    /// The weight of the most severe one.
    weight: Weight,
}

/// Findings in texts, by identity.
pub(super) fn groups<'a>(
    texts: impl Iterator<Item = &'a [Finding]>,
    weigh: Weigh<'_>,
) -> HashMap<Identity, Group> {
    let mut groups: HashMap<Identity, Group> = HashMap::new();
    for (text, findings) in texts.enumerate() {
        let mut times: HashMap<(Identity, Location), usize> = HashMap::new();
        for (number, finding) in findings.iter().enumerate() {
            let (about, spot) = (finding.identity.clone(), Location::of(finding));
            let time = times.entry((about.clone(), spot.clone())).or_default();
            let places = &mut groups.entry(about).or_default().places;
            let here = places.entry((spot, *time)).or_default();
            here.findings.push((text, number));
            here.weight = here.weight.max(weigh(finding));
            *time += 1;
        }
    }
    groups
}

/// A place with its weight.
type Placed<'g> = (&'g (Location, usize), Weight);

/// Places compared together, with their path if it matters.
type Part<'g> = (Option<&'g RepoPath>, Vec<Placed<'g>>);

impl Group {
    /// Groups places for comparison: all together for a secret, otherwise per path.
    fn parts(&self, about: &Identity) -> Vec<Part<'_>> {
        let places = self.places.iter().map(|(place, here)| (place, here.weight));
        match about {
            Identity::Secret(_) => vec![(None, places.collect())],
            Identity::Package { .. } | Identity::Practice { .. } | Identity::Fault { .. } => {
                let mut parts: BTreeMap<&RepoPath, Vec<Placed<'_>>> = BTreeMap::new();
                for place in places {
                    parts.entry(&place.0.0.path).or_default().push(place);
                }
                parts.into_iter().map(|(path, places)| (Some(path), places)).collect()
            }
        }
    }

    /// True if it occurred at least as often and as severely before.
    pub(super) fn is_known(&self, about: &Identity, old: &OldFindings) -> bool {
        self.parts(about).iter().all(|(path, places)| {
            let old = relevant(about, *path, old);
            weights(places).into_iter().all(|weight| at_least(places, weight) <= most(&old, weight))
        })
    }

    /// The new findings, by text and index.
    pub(super) fn new_findings(&self, about: &Identity, old: &OldFindings) -> Vec<(usize, usize)> {
        let mut new = Vec::new();
        for (path, places) in self.parts(about) {
            let extra = extra(&places, &relevant(about, path, old));
            let here = extra.into_iter().filter_map(|place| self.places.get(place));
            new.extend(here.flat_map(|here| &here.findings).copied());
        }
        new
    }
}

/// True if `old` has it with at least `weight`.
pub(super) fn was_there(about: &Identity, weight: Weight, old: &OldFindings) -> bool {
    old.get(about).is_some_and(|old| old.iter().any(|one| one.weight >= weight))
}

/// The part of `old` a place is compared with: for non-secrets, only the same path or removed ones.
fn relevant<'o>(about: &Identity, path: Option<&RepoPath>, old: &'o OldFindings) -> Vec<&'o Old> {
    let there = |one: &Old| path.is_none_or(|path| one.gone || one.spot.path == *path);
    old.get(about).into_iter().flatten().filter(|one| there(one)).collect()
}

/// The weights of the places, highest first.
fn weights(places: &[Placed<'_>]) -> Vec<Weight> {
    let all: BTreeSet<Weight> = places.iter().map(|(_, weight)| *weight).collect();
    all.into_iter().rev().collect()
}

/// The number of `places` with at least this weight.
fn at_least(places: &[Placed<'_>], weight: Weight) -> usize {
    places.iter().filter(|(_, other)| *other >= weight).count()
}

/// The number of earlier occurrences with at least this weight, on the side with the most.
fn most(old: &[&Old], weight: Weight) -> usize {
    let mut sides: BTreeMap<usize, usize> = BTreeMap::new();
    old.iter().filter(|one| one.weight >= weight).for_each(|one| *sides.entry(one.side).or_default() += 1);
    sides.into_values().max().unwrap_or_default()
}

/// Most comparisons between places.
const COMPARED_MAX: usize = 1 << 20;

/// The `places` in excess of `old`, preferably on new lines and in files that did not have it. The most severe come
/// first, so that a place that becomes more severe is in excess, and one that becomes less severe is not.
fn extra<'p>(places: &[Placed<'p>], old: &[&Old]) -> Vec<&'p (Location, usize)> {
    let mut new: Vec<&(Location, usize)> = Vec::new();
    let mut used: BTreeMap<&Location, usize> = BTreeMap::new();
    for weight in weights(places) {
        let excess = at_least(places, weight).saturating_sub(most(old, weight)).saturating_sub(new.len());
        let same = places.iter().filter(|(_, other)| *other == weight).map(|(place, _)| *place);
        let old: Vec<&Old> = old.iter().copied().filter(|one| one.weight >= weight).collect();
        let mut left = times(&old);
        for (spot, times) in &used {
            left.entry(*spot).and_modify(|left| *left = left.saturating_sub(*times));
        }
        let all = left.clone();
        let mut rest = unmatched(same.collect(), &mut left, old.iter().all(|one| one.side == 0));
        // All others existed before, at one of the remaining places.
        let others = rest.split_off(excess.min(rest.len()));
        for _ in others {
            let _ = left.values_mut().any(take_one);
        }
        new.append(&mut rest);
        for (spot, times) in all {
            *used.entry(spot).or_default() += times - left.get(spot).copied().unwrap_or_default();
        }
    }
    new
}

/// The occurrences of each spot. A merge has everything from one of its sides.
fn times<'o>(old: &[&'o Old]) -> BTreeMap<&'o Location, usize> {
    let mut sides: BTreeMap<(&Location, usize), usize> = BTreeMap::new();
    old.iter().for_each(|one| *sides.entry((&one.spot, one.side)).or_default() += 1);
    let mut left: BTreeMap<&Location, usize> = BTreeMap::new();
    for ((spot, _), times) in sides {
        let most = left.entry(spot).or_default();
        *most = times.max(*most);
    }
    left
}

/// The `places` without a match in `left`, from which matches are removed.
fn unmatched<'p>(
    mut places: Vec<&'p (Location, usize)>,
    left: &mut BTreeMap<&Location, usize>,
    is_one_side: bool,
) -> Vec<&'p (Location, usize)> {
    places.retain(|place| !left.get_mut(&place.0).is_some_and(take_one));
    // The rest is small, or crafted to be large: any place will do.
    if places.len().saturating_mul(left.len()) <= COMPARED_MAX {
        let mut matched = |same: fn(&Location, &Location) -> bool| {
            places.retain(|place| {
                !left.iter_mut().any(|(spot, times)| same(spot, &place.0) && take_one(times))
            });
        };
        // A moved file usually keeps its name.
        matched(|one, other| one.line == other.line && one.path.file_name() == other.path.file_name());
        matched(|one, other| one.line == other.line);
        if is_one_side {
            matched(|one, other| one.path == other.path);
        }
    }
    places
}

/// Takes one of the rest, if any.
fn take_one(left: &mut usize) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}
