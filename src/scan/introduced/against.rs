//! Compares current files and their history with a base.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::compare::{Location, Old, OldFindings, groups, was_there};
use super::{Look, Sorted, Weigh, Whole, secret_at};
use crate::engine::repository::policy::SecretAt;
use crate::model::{Blob, Finding, Identity, Problem, RepoPath, TextKind};
use crate::scan::Settings;
use crate::scan::history::outermost;
use crate::scan::suppress::Weight;
use crate::source::{Item, Source};

/// Most problems of the base reported.
const NOTICES_MAX: usize = 20;

/// The two sides of a comparison.
pub(in crate::scan) struct Base<'a> {
    /// The files of the base.
    pub(in crate::scan) base: &'a dyn Source,
    /// What was scanned.
    pub(in crate::scan) sources: &'a [&'a dyn Source],
    pub(in crate::scan) settings: &'a Settings,
    pub(in crate::scan) look: Look<'a>,
    pub(in crate::scan) weigh: Weigh<'a>,
}

/// Keeps as new in `sorted` what the base lacks: in current files each place beyond those of the base; in the history
/// the secrets that the base lacks or has less severely. The base is scanned only as far as needed.
pub(in crate::scan) fn against(mut sorted: Sorted, base: &Base<'_>) -> Sorted {
    let (history, today): (Vec<Finding>, Vec<Finding>) =
        std::mem::take(&mut sorted.new).into_iter().partition(|finding| finding.place.origin.is_some());
    let is_blob =
        |finding: &Finding| finding.place.origin.as_ref().is_some_and(|origin| origin.kind == TextKind::Blob);
    // A message has no other place; removed findings are reported if they are secrets.
    let (history, messages): (Vec<Finding>, Vec<Finding>) = history.into_iter().partition(is_blob);
    let (history, others): (Vec<Finding>, Vec<Finding>) =
        history.into_iter().partition(|finding| finding.secret().is_some());
    let mut known = Known::of(&today, &history, base);
    sorted.before.extend(others);
    let mut now = Sorted { new: today, ..Sorted::default() };
    now.keep_new(&known.earlier, base.weigh);
    let mut new_findings: HashMap<Identity, Weight> = HashMap::new();
    for finding in &now.new {
        let weight = (base.weigh)(finding);
        let gravest = new_findings.entry(finding.identity.clone()).or_insert(weight);
        *gravest = weight.max(*gravest);
    }
    let (old, passing): (Vec<Finding>, Vec<Finding>) = history.into_iter().partition(|finding| {
        let about = &finding.identity;
        let weight = (base.weigh)(finding);
        // New secrets include their other places in the commits, except more severe earlier ones.
        let goes_with = new_findings.get(about).is_some_and(|gravest| weight <= *gravest);
        !goes_with && was_there(about, weight, &known.earlier)
    });
    sorted.before.extend(old);
    sorted.add(now);
    sorted.new.extend(messages.into_iter().chain(passing));
    sorted.notices.append(&mut known.notices);
    sorted
}

/// Findings in files of the base, and problems.
type Seen = (Vec<(Finding, Weight)>, Vec<Problem>);

/// The part of the findings that the base has.
#[derive(Default)]
struct Known {
    earlier: OldFindings,
    /// Its secrets, as far as scanned.
    secrets: Vec<SecretAt>,
    notices: Vec<Problem>,
}

impl Known {
    fn of(today: &[Finding], history: &[Finding], base: &Base<'_>) -> Self {
        let groups = groups(std::iter::once(today), base.weigh);
        let mut known = Self::default();
        if today.is_empty() && history.is_empty() {
            return known;
        }
        let wanted: HashSet<Identity> =
            groups.keys().cloned().chain(history.iter().map(|one| one.identity.clone())).collect();
        // Most are where they were.
        let here: BTreeSet<RepoPath> = today.iter().map(|finding| outermost(&finding.place.path)).collect();
        let look = |path: RepoPath| {
            let mut bytes = Vec::new();
            let file = base.base.file(&path)?;
            file.and_then(|mut file| file.read_to_end(&mut bytes)).ok()?;
            let found = (base.look)(&Blob { path: &path, bytes: &bytes, tracked: true });
            Some((path, found))
        };
        let same: Vec<(RepoPath, Vec<(Finding, Weight)>)> = here.into_par_iter().filter_map(look).collect();
        let mut looked = BTreeSet::new();
        for (path, found) in same {
            known.secrets.extend(found.iter().filter_map(|(finding, weight)| secret_at(finding, *weight)));
            known.add(found, &wanted, &|_| false);
            looked.insert(path);
        }
        let is_known = groups.iter().all(|(about, group)| group.is_known(about, &known.earlier));
        let is_known =
            is_known && history.iter().all(|one| was_there(&one.identity, (base.weigh)(one), &known.earlier));
        if !is_known {
            known.rest(today, &wanted, &looked, base);
        }
        known
    }

    /// Scans the rest of the base, without the files in `looked`.
    fn rest(
        &mut self,
        today: &[Finding],
        wanted: &HashSet<Identity>,
        looked: &BTreeSet<RepoPath>,
        base: &Base<'_>,
    ) {
        let files = Whole::new(base.settings);
        // Only these need all files.
        let whole = today.iter().any(|finding| finding.secret().is_none());
        let found: Mutex<Seen> = Mutex::default();
        let secrets: Mutex<Vec<SecretAt>> = Mutex::new(std::mem::take(&mut self.secrets));
        let keep = |mut seen: Vec<(Finding, Weight)>| {
            let here = seen.iter().filter_map(|(finding, weight)| secret_at(finding, *weight));
            secrets.lock().unwrap_or_else(PoisonError::into_inner).extend(here);
            seen.retain(|(finding, _)| wanted.contains(&finding.identity));
            if !seen.is_empty() {
                found.lock().unwrap_or_else(PoisonError::into_inner).0.append(&mut seen);
            }
        };
        let visit = |item: Item<'_>| {
            if whole {
                files.see(&item);
            }
            match item {
                Item::Blob(blob) if !looked.contains(blob.path) => {
                    keep((base.look)(&blob));
                }
                Item::Large(large) if !looked.contains(large.path) => {
                    let mut bytes = Vec::new();
                    // Unreadable files count as absent.
                    if large.content.read_to_end(&mut bytes).is_ok() {
                        keep((base.look)(&Blob { path: large.path, bytes: &bytes, tracked: true }));
                    }
                }
                Item::Problem(problem) => {
                    found.lock().unwrap_or_else(PoisonError::into_inner).1.push(problem);
                }
                Item::Blob(_)
                | Item::Historic(..)
                | Item::Tip(_)
                | Item::Large(_)
                | Item::Skipped(..)
                | Item::Stored(_) => {}
            }
        };
        let read = base.base.each(&visit);
        let (found, mut problems) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        problems.extend(read.err().map(|error| Problem { path: None, message: error.to_string() }));
        let gone: Mutex<HashMap<RepoPath, bool>> = Mutex::default();
        let is_gone = |path: &RepoPath| {
            let mut gone = gone.lock().unwrap_or_else(PoisonError::into_inner);
            *gone.entry(path.clone()).or_insert_with(|| {
                let path = outermost(path);
                !base.sources.iter().any(|source| source.file(&path).is_some())
            })
        };
        self.add(found, wanted, &is_gone);
        if whole {
            let secrets = secrets.into_inner().unwrap_or_else(PoisonError::into_inner);
            let secrets = base.settings.looks_for_secrets().then_some(secrets.as_slice());
            let (earlier, more) = files.finish(base.base, secrets, &is_gone);
            for (about, mut places) in earlier {
                self.earlier.entry(about).or_default().append(&mut places);
            }
            problems.extend(more);
        }
        problems.sort();
        problems.dedup();
        problems.truncate(NOTICES_MAX);
        self.notices.extend(problems.into_iter().map(|problem| Problem {
            message: format!("in the base {}: {}", base.base.scope(), problem.message),
            path: problem.path,
        }));
    }

    fn add(
        &mut self,
        found: Vec<(Finding, Weight)>,
        wanted: &HashSet<Identity>,
        gone: &dyn Fn(&RepoPath) -> bool,
    ) {
        for (finding, weight) in found {
            if wanted.contains(&finding.identity) {
                let is_secret = finding.secret().is_some();
                let gone = !is_secret && gone(&finding.place.path);
                let one = Old { spot: Location::of(&finding), weight, side: 0, gone };
                self.earlier.entry(finding.identity).or_default().push(one);
            }
        }
    }
}
