//! How often something was there and how often it is there now, how grave, and which of the places is the
//! new one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Weigh;
use crate::model::{Finding, Identity, RepoPath};
use crate::scan::suppress::Weight;

/// A place, as far as it can be told again after lines were moved.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::scan) struct Spot {
    path: RepoPath,
    /// The line, with what is secret in it masked.
    line: String,
}

impl Spot {
    pub(in crate::scan) fn of(finding: &Finding) -> Self {
        let line = finding.place.snippet.as_ref().map(|snippet| snippet.text.trim().to_owned());
        Self { path: finding.place.path.clone(), line: line.unwrap_or_default() }
    }
}

/// A place in an earlier text.
#[derive(Clone)]
pub(in crate::scan) struct Old {
    pub(super) spot: Spot,
    /// What it counted for there.
    pub(super) weight: Weight,
    /// Which side of the change it is from.
    pub(super) side: usize,
    /// True if there is nothing at its path any more.
    pub(super) gone: bool,
}

/// What was found in earlier texts.
pub(in crate::scan) type Olds = HashMap<Identity, Vec<Old>>;

/// Where something is now.
#[derive(Default)]
pub(super) struct Group {
    places: BTreeMap<(Spot, usize), Here>,
}

/// What is at a place.
#[derive(Default)]
struct Here {
    /// The findings there, by text and number. They are several if there are several texts at one path, the
    /// sides of a conflict.
    findings: Vec<(usize, usize)>,
    /// What the gravest of them counts for.
    weight: Weight,
}

/// What was found in texts, by what it is about.
pub(super) fn groups<'a>(
    texts: impl Iterator<Item = &'a [Finding]>,
    weigh: Weigh<'_>,
) -> HashMap<Identity, Group> {
    let mut groups: HashMap<Identity, Group> = HashMap::new();
    for (text, findings) in texts.enumerate() {
        let mut times: HashMap<(Identity, Spot), usize> = HashMap::new();
        for (number, finding) in findings.iter().enumerate() {
            let (about, spot) = (finding.identity.clone(), Spot::of(finding));
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

/// A place with what it counts for.
type Placed<'g> = (&'g (Spot, usize), Weight);

/// Places that are compared together, with their path if that is compared, too.
type Part<'g> = (Option<&'g RepoPath>, Vec<Placed<'g>>);

impl Group {
    /// The places by what they are compared with: all together for a secret, else each path for itself.
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

    /// True if it was there as often as it is now, and as grave.
    pub(super) fn is_known(&self, about: &Identity, old: &Olds) -> bool {
        self.parts(about).iter().all(|(path, places)| {
            let old = relevant(about, *path, old);
            weights(places).into_iter().all(|weight| at_least(places, weight) <= most(&old, weight))
        })
    }

    /// The findings, by text and number, that are new.
    pub(super) fn brought(&self, about: &Identity, old: &Olds) -> Vec<(usize, usize)> {
        let mut new = Vec::new();
        for (path, places) in self.parts(about) {
            let extra = extra(&places, &relevant(about, path, old));
            let here = extra.into_iter().filter_map(|place| self.places.get(place));
            new.extend(here.flat_map(|here| &here.findings).copied());
        }
        new
    }
}

/// True if `old` has it, at least as grave as `weight`.
pub(super) fn was_there(about: &Identity, weight: Weight, old: &Olds) -> bool {
    old.get(about).is_some_and(|old| old.iter().any(|one| one.weight >= weight))
}

/// What of `old` a place is compared with: of what is no secret only what was at the same path, or at one
/// that is gone.
fn relevant<'o>(about: &Identity, path: Option<&RepoPath>, old: &'o Olds) -> Vec<&'o Old> {
    let there = |one: &Old| path.is_none_or(|path| one.gone || one.spot.path == *path);
    old.get(about).into_iter().flatten().filter(|one| there(one)).collect()
}

/// What the places count for, the most first.
fn weights(places: &[Placed<'_>]) -> Vec<Weight> {
    let all: BTreeSet<Weight> = places.iter().map(|(_, weight)| *weight).collect();
    all.into_iter().rev().collect()
}

/// How many of `places` count for at least as much.
fn at_least(places: &[Placed<'_>], weight: Weight) -> usize {
    places.iter().filter(|(_, other)| *other >= weight).count()
}

/// How often it was there, at least as grave, on the side that had most of it.
fn most(old: &[&Old], weight: Weight) -> usize {
    let mut sides: BTreeMap<usize, usize> = BTreeMap::new();
    old.iter().filter(|one| one.weight >= weight).for_each(|one| *sides.entry(one.side).or_default() += 1);
    sides.into_values().max().unwrap_or_default()
}

/// The most comparisons of places with places.
const COMPARED_MAX: usize = 1 << 20;

/// Which of `places` are there in excess of `old`: on lines that were not there, and best in files that did
/// not have it. Each place is compared with what was there at least as grave; the gravest come first, so that
/// what becomes graver is in excess, and what becomes less grave is not.
fn extra<'p>(places: &[Placed<'p>], old: &[&Old]) -> Vec<&'p (Spot, usize)> {
    let mut new: Vec<&(Spot, usize)> = Vec::new();
    let mut used: BTreeMap<&Spot, usize> = BTreeMap::new();
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
        // Any of the others was there before, too, at one of the places that are left.
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

/// How often each spot was there. A merge has from each side what that side has; nothing of it is its own.
fn times<'o>(old: &[&'o Old]) -> BTreeMap<&'o Spot, usize> {
    let mut sides: BTreeMap<(&Spot, usize), usize> = BTreeMap::new();
    old.iter().for_each(|one| *sides.entry((&one.spot, one.side)).or_default() += 1);
    let mut left: BTreeMap<&Spot, usize> = BTreeMap::new();
    for ((spot, _), times) in sides {
        let most = left.entry(spot).or_default();
        *most = times.max(*most);
    }
    left
}

/// Those of `places` that are not found again in what is `left`, from which the others are taken.
fn unmatched<'p>(
    mut places: Vec<&'p (Spot, usize)>,
    left: &mut BTreeMap<&Spot, usize>,
    is_one_side: bool,
) -> Vec<&'p (Spot, usize)> {
    places.retain(|place| !left.get_mut(&place.0).is_some_and(take_one));
    // What is left to compare is little, or made to be much: then any place will do.
    if places.len().saturating_mul(left.len()) <= COMPARED_MAX {
        let mut matched = |same: fn(&Spot, &Spot) -> bool| {
            places.retain(|place| {
                !left.iter_mut().any(|(spot, times)| same(spot, &place.0) && take_one(times))
            });
        };
        // A file that was moved keeps its name more often than not.
        matched(|one, other| one.line == other.line && one.path.file_name() == other.path.file_name());
        matched(|one, other| one.line == other.line);
        if is_one_side {
            matched(|one, other| one.path == other.path);
        }
    }
    places
}

/// Takes one of what is left, if there is any.
fn take_one(left: &mut usize) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}
