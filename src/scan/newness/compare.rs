//! How often something was there and how often it is there now, and which of the places is the new one.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Family, Finding, RepoPath};

/// What a finding is about: what makes it the same before and after a change.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::scan) enum About {
    /// The check and the secret. Not the fingerprint, which does not tell weak passwords apart.
    Secret(&'static str, Vec<u8>),
    /// The check and, of what is not about a secret, its message; without it if it is about a file as a
    /// whole, for then it says what that file had at the time. Of an advisory its id and the package.
    Other(&'static str, String),
}

impl About {
    pub(in crate::scan) fn of(finding: &Finding) -> Self {
        if let Some(secret) = &finding.secret {
            return Self::Secret(finding.check, secret.expose().to_vec());
        }
        let message = match &finding.advice {
            Some(advice) => format!("{} {}", advice.id.as_deref().unwrap_or_default(), advice.package),
            None if finding.family == Family::Secret && finding.place.span.is_empty() => String::new(),
            None => finding.message.clone(),
        };
        Self::Other(finding.check, message)
    }
}

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
    /// Which side of the change it is from.
    pub(super) side: usize,
    /// True if there is nothing at its path any more.
    pub(super) gone: bool,
}

/// What was found in earlier texts.
pub(in crate::scan) type Olds = HashMap<About, Vec<Old>>;

/// Where something is now.
#[derive(Default)]
pub(super) struct Group {
    /// Each place with the findings there, by text and number. They are several if there are several texts
    /// at one path, the sides of a conflict.
    places: BTreeMap<(Spot, usize), Vec<(usize, usize)>>,
}

/// What was found in texts, by what it is about.
pub(super) fn groups<'a>(texts: impl Iterator<Item = &'a [Finding]>) -> HashMap<About, Group> {
    let mut groups: HashMap<About, Group> = HashMap::new();
    for (text, findings) in texts.enumerate() {
        let mut times: HashMap<(About, Spot), usize> = HashMap::new();
        for (number, finding) in findings.iter().enumerate() {
            let (about, spot) = (About::of(finding), Spot::of(finding));
            let time = times.entry((about.clone(), spot.clone())).or_default();
            let places = &mut groups.entry(about).or_default().places;
            places.entry((spot, *time)).or_default().push((text, number));
            *time += 1;
        }
    }
    groups
}

/// Places that are compared together, with their path if that is compared, too.
type Part<'g> = (Option<&'g RepoPath>, Vec<&'g (Spot, usize)>);

impl Group {
    /// The places by what they are compared with: all together for a secret, else each path for itself.
    fn parts(&self, about: &About) -> Vec<Part<'_>> {
        match about {
            About::Secret(..) => vec![(None, self.places.keys().collect())],
            About::Other(..) => {
                let mut parts: BTreeMap<&RepoPath, Vec<&(Spot, usize)>> = BTreeMap::new();
                for place in self.places.keys() {
                    parts.entry(&place.0.path).or_default().push(place);
                }
                parts.into_iter().map(|(path, places)| (Some(path), places)).collect()
            }
        }
    }

    /// True if it was there as often as it is now.
    pub(super) fn is_known(&self, about: &About, old: &Olds) -> bool {
        self.parts(about).iter().all(|(path, places)| places.len() <= most(&relevant(about, *path, old)))
    }

    /// The findings, by text and number, that are new.
    pub(super) fn brought(&self, about: &About, old: &Olds) -> Vec<(usize, usize)> {
        let mut new = Vec::new();
        for (path, places) in self.parts(about) {
            let extra = extra(&places, &relevant(about, path, old));
            new.extend(extra.into_iter().filter_map(|place| self.places.get(place)).flatten().copied());
        }
        new
    }
}

/// What of `old` a place is compared with: of what is no secret only what was at the same path, or at one
/// that is gone.
fn relevant<'o>(about: &About, path: Option<&RepoPath>, old: &'o Olds) -> Vec<&'o Old> {
    let there = |one: &Old| path.is_none_or(|path| one.gone || one.spot.path == *path);
    old.get(about).into_iter().flatten().filter(|one| there(one)).collect()
}

/// How often it was there, on the side that had most of it.
fn most(old: &[&Old]) -> usize {
    let mut sides: BTreeMap<usize, usize> = BTreeMap::new();
    old.iter().for_each(|one| *sides.entry(one.side).or_default() += 1);
    sides.into_values().max().unwrap_or_default()
}

/// The most comparisons of places with places.
const COMPARED_MAX: usize = 1 << 20;

/// Which of `places` are there in excess of `old`: on lines that were not there, and best in files that did
/// not have it.
fn extra<'p>(places: &[&'p (Spot, usize)], old: &[&Old]) -> Vec<&'p (Spot, usize)> {
    let Some(count) = places.len().checked_sub(most(old)).filter(|count| *count > 0) else {
        return Vec::new();
    };
    // A merge has from each side what that side has; nothing of it is its own.
    let mut sides: BTreeMap<(&Spot, usize), usize> = BTreeMap::new();
    old.iter().for_each(|one| *sides.entry((&one.spot, one.side)).or_default() += 1);
    let mut left: BTreeMap<&Spot, usize> = BTreeMap::new();
    for ((spot, _), times) in sides {
        let most = left.entry(spot).or_default();
        *most = times.max(*most);
    }
    let mut places: Vec<&(Spot, usize)> = places.to_vec();
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
        if old.iter().all(|one| one.side == 0) {
            matched(|one, other| one.path == other.path);
        }
    }
    places.truncate(count);
    places
}

/// Takes one of what is left, if there is any.
fn take_one(left: &mut usize) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}
