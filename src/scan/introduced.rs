//! Decides which findings are new, by comparing content with what a change replaced.
//!
//! A finding is not new if the removed or replaced text contains the same secret at least as often and as severely.
//! Moving, splitting or editing text therefore introduces nothing; a further copy does, as do a secret that returns,
//! one that moves to a more severe place, and one that is no longer suppressed. Without a secret, messages are
//! compared.

mod against;
mod compare;
mod untrue;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::analyses::Analyses;
use super::{Settings, Silent};
use crate::engine::repository::policy::SecretAt;
use crate::model::{Blob, Finding, Identity, ObjectId, Origin, Problem, RepoPath, SkipReason};
use crate::scan::suppress::{self, MarksByText, Policy, Weight};
use crate::source::{Earlier, Item, Source};
pub(super) use against::{Base, against};
use compare::{Group, Location, Old, OldFindings, groups};
pub(super) use untrue::changed;

/// Limits for the earlier texts compared per change: number and bytes.
const TEXTS_MAX: usize = 10_000;
const BYTES_MAX: usize = 512 << 20;
/// Earlier texts scanned before testing whether that is enough.
const AT_ONCE: usize = 64;

/// A text with its findings.
pub(super) struct Text {
    /// The index of its source.
    pub(super) source: usize,
    /// Its path, that of the outermost file of an archive.
    pub(super) path: RepoPath,
    /// Its place in the history.
    pub(super) origin: Option<Origin>,
    /// In the order of the text.
    pub(super) findings: Vec<Finding>,
}

/// Findings by whether they are new.
#[derive(Default)]
pub(super) struct Sorted {
    /// New ones.
    pub(super) new: Vec<Finding>,
    /// Earlier ones.
    pub(super) before: Vec<Finding>,
    /// Findings that could not be compared and so count as new.
    pub(super) notices: Vec<Problem>,
}

impl Sorted {
    /// Adds findings sorted elsewhere.
    pub(super) fn add(&mut self, mut other: Self) {
        self.new.append(&mut other.new);
        self.before.append(&mut other.before);
        self.notices.append(&mut other.notices);
    }

    /// Keeps as new what did not occur as often before.
    fn keep_new(&mut self, old: &OldFindings, weigh: Weigh<'_>) {
        let groups = groups(std::iter::once(self.new.as_slice()), weigh);
        let new: HashSet<usize> = all_new(&groups, old).into_iter().map(|(_, number)| number).collect();
        let (mut kept, mut known) = (Vec::new(), Vec::new());
        for (number, finding) in std::mem::take(&mut self.new).into_iter().enumerate() {
            if new.contains(&number) { kept.push(finding) } else { known.push(finding) }
        }
        self.new = kept;
        self.before.append(&mut known);
    }

    /// Adds later versions of new secrets: they contain them too, and must be purged with them. More severe ones
    /// existed before.
    fn keep_later(&mut self, weigh: Weigh<'_>) {
        let mut first: HashMap<_, (u64, Weight)> = HashMap::new();
        for (finding, rank) in self.new.iter().filter_map(|finding| Some((finding, rank(finding)?))) {
            let weight = weigh(finding);
            let (earliest, gravest) = first.entry(finding.subject()).or_insert((rank, weight));
            *earliest = rank.min(*earliest);
            *gravest = weight.max(*gravest);
        }
        let is_later = |finding: &Finding| {
            let rank = rank(finding).filter(|_| !first.is_empty());
            rank.and_then(|rank| Some((rank, first.get(&finding.subject())?)))
                .is_some_and(|(rank, (first, gravest))| rank > *first && weigh(finding) <= *gravest)
        };
        let (later, before) = std::mem::take(&mut self.before).into_iter().partition(is_later);
        self.before = before;
        self.new.extend::<Vec<_>>(later);
    }
}

/// The notice that not everything was compared.
fn cut() -> Problem {
    let message = "a change removes or replaces too many files to compare them all; some findings may not \
                   be new";
    Problem { path: None, message: message.to_owned() }
}

/// Separates `findings` about whole files: the same checks run over the replaced files.
pub(super) fn whole(
    findings: Vec<Finding>,
    sources: &[&dyn Source],
    settings: &Settings,
    weigh: Weigh<'_>,
) -> Sorted {
    let mut sorted = Sorted { new: findings, ..Sorted::default() };
    for source in sources {
        let Some(before) = source.before().filter(|_| !sorted.new.is_empty()) else { continue };
        let gone = source.gone();
        let files = Whole::new(settings);
        // Unreadable files count as absent.
        let _ = before.each(&|item| files.see(&item));
        let old = files.finish(&*before, None, &|path| gone.contains(path)).0;
        sorted.keep_new(&old, weigh);
    }
    sorted
}

/// A secret of a current file, for checking claims; none if suppressed or not a secret.
pub(super) fn secret_at(finding: &Finding, weight: Weight) -> Option<SecretAt> {
    let (severity, _) = weight.zip(finding.secret())?;
    let (path, span) = (finding.place.path.clone(), finding.place.span);
    let title = finding.message.clone();
    Some(SecretAt { path, span, title, confidence: finding.confidence, severity })
}

/// The analyses, over earlier files.
struct Whole<'a> {
    settings: &'a Settings,
    analyses: Analyses<'a>,
    marks: Mutex<MarksByText>,
}

impl<'a> Whole<'a> {
    fn new(settings: &'a Settings) -> Self {
        Self { settings, marks: Mutex::default(), analyses: Analyses::new(settings) }
    }

    fn see(&self, item: &Item<'_>) {
        match item {
            Item::Blob(blob) => {
                self.analyses.see(blob);
                let marks = suppress::marks(blob.bytes, 0..blob.bytes.len(), &[], false);
                if !marks.is_empty() {
                    let mut all = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
                    all.insert((blob.path.clone(), None), marks);
                }
            }
            Item::Skipped(path, reason) => self.analyses.skipped(path, *reason),
            Item::Large(large) if large.origin.is_none() && !large.is_stored => {
                self.analyses.skipped(large.path, SkipReason::TooLarge);
            }
            Item::Historic(..) | Item::Tip(_) | Item::Large(_) | Item::Problem(_) | Item::Stored(_) => {}
        }
    }

    /// Their findings in the files of `source`, some of which are `gone`, and their problems. `secrets` are those found
    /// there, if secret checks run.
    fn finish(
        self,
        source: &dyn Source,
        secrets: Option<&[SecretAt]>,
        gone: &dyn Fn(&RepoPath) -> bool,
    ) -> (OldFindings, Vec<Problem>) {
        let verdict = self.analyses.evaluate(&[source], secrets, None, &Silent);
        let marks = self.marks.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut policy = Policy::new(&marks, &self.settings.ignores, self.settings.today());
        policy.extend(verdict.suppressions);
        let mut old = OldFindings::new();
        for finding in &verdict.findings {
            let (spot, weight) = (Location::of(finding), policy.weight(finding));
            let one = Old { spot, weight, side: 0, gone: gone(&finding.place.path) };
            old.entry(finding.identity.clone()).or_default().push(one);
        }
        (old, verdict.problems)
    }
}

/// Finds and weighs what the scan would find in an earlier text.
pub(super) type Look<'a> = &'a (dyn Fn(&Blob<'_>) -> Vec<(Finding, Weight)> + Sync);
/// Weighs a finding at its current place.
pub(super) type Weigh<'a> = &'a (dyn Fn(&Finding) -> Weight + Sync);

/// Separates the findings in `texts` of the `sources`.
pub(super) fn sorted(texts: Vec<Text>, sources: &[&dyn Source], look: Look<'_>, weigh: Weigh<'_>) -> Sorted {
    // Each text with its introducing changes, and each change with its texts.
    let changes: Vec<_> = texts
        .iter()
        .map(|text| sources.get(text.source)?.changes(&text.path, text.origin.as_ref()))
        .collect();
    let mut new_findings: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (at, (text, changes)) in texts.iter().zip(&changes).enumerate() {
        for change in changes.iter().flatten() {
            new_findings.entry((text.source, change.number)).or_default().push(at);
        }
    }
    let known = Known { look, weigh, texts: Mutex::default() };
    let verdicts: Vec<_> = new_findings
        .into_par_iter()
        .filter_map(|((source, change), at)| {
            let these: Vec<&Text> = at.iter().map(|at| &texts[*at]).collect();
            let (new, cut) = known.evaluate(source, *sources.get(source)?, change, &these);
            let new: HashSet<(usize, usize)> =
                new.into_iter().map(|(text, finding)| (at[text], finding)).collect();
            Some(((source, change), new, cut))
        })
        .collect();
    let mut sorted = Sorted::default();
    sorted.notices.extend(verdicts.iter().any(|(_, _, cut)| *cut).then(cut));
    let new: HashMap<_, _> = verdicts.into_iter().map(|(change, new, _)| (change, new)).collect();
    for (at, (text, changes)) in texts.into_iter().zip(changes).enumerate() {
        for (number, mut finding) in text.findings.into_iter().enumerate() {
            let is_new = |change: usize| {
                new.get(&(text.source, change)).is_some_and(|new| new.contains(&(at, number)))
            };
            match &changes {
                None => sorted.new.push(finding),
                Some(changes) => match changes.iter().find(|change| is_new(change.number)) {
                    None => sorted.before.push(finding),
                    Some(first) => {
                        // The text may be older than the change that made it relevant.
                        if let Some(origin) = &mut finding.place.origin
                            && first.commit.is_some()
                        {
                            origin.commit.clone_from(&first.commit);
                        }
                        sorted.new.push(finding);
                    }
                },
            }
        }
    }
    sorted.keep_later(weigh);
    sorted
}

/// The position of the commit in the source; none outside the history.
fn rank(finding: &Finding) -> Option<u64> {
    finding.place.origin.as_ref()?.commit.as_ref().map(|commit| commit.rank)
}

/// The number of identities in `before` that are not in `new`.
pub(super) fn count<'a>(
    before: impl IntoIterator<Item = &'a Finding>,
    new: impl IntoIterator<Item = &'a Finding>,
) -> usize {
    let new: HashSet<_> = new.into_iter().map(Finding::subject).collect();
    let before = before.into_iter().map(Finding::subject);
    before.filter(|subject| !new.contains(subject)).collect::<HashSet<_>>().len()
}

/// Findings in earlier texts, each scanned once.
struct Known<'a> {
    look: Look<'a>,
    weigh: Weigh<'a>,
    texts: Mutex<HashMap<(usize, ObjectId, RepoPath), Seen>>,
}

/// The findings in a text.
type Seen = Arc<[(Identity, Location, Weight)]>;

impl Known<'_> {
    /// The findings, by text and index, introduced by the `change` of `source`, and whether some could not be compared.
    fn evaluate(
        &self,
        number: usize,
        source: &dyn Source,
        change: usize,
        texts: &[&Text],
    ) -> (Vec<(usize, usize)>, bool) {
        let found = texts.iter().map(|text| text.findings.as_slice());
        let groups = groups(found, self.weigh);
        let mut earlier = source.earlier(change);
        let paths: BTreeSet<&RepoPath> = texts.iter().map(|text| &text.path).collect();
        // The most likely candidates first.
        earlier.sort_by_cached_key(|one| (!paths.contains(&one.path), !one.gone, one.path.clone(), one.side));
        let same = earlier.partition_point(|one| paths.contains(&one.path));
        let cut = earlier.len() > TEXTS_MAX;
        earlier.truncate(TEXTS_MAX);
        let (first, rest) = earlier.split_at(same.min(earlier.len()));
        let mut old = OldFindings::new();
        let mut bytes = 0;
        for part in std::iter::once(first).chain(rest.chunks(AT_ONCE)) {
            let seen: Vec<_> = part.par_iter().map(|one| (one, self.seen(number, source, one))).collect();
            for (one, (seen, size)) in seen {
                bytes += size;
                let Earlier { side, gone, .. } = *one;
                for (about, spot, weight) in seen.iter().filter(|(about, ..)| groups.contains_key(about)) {
                    let one = Old { spot: spot.clone(), weight: *weight, side, gone };
                    old.entry(about.clone()).or_default().push(one);
                }
            }
            if groups.iter().all(|(about, group)| group.is_known(about, &old)) {
                return (Vec::new(), false);
            }
            if bytes > BYTES_MAX {
                return (all_new(&groups, &old), true);
            }
        }
        (all_new(&groups, &old), cut)
    }

    /// The findings of an earlier text, and its size if it was just scanned.
    fn seen(&self, number: usize, source: &dyn Source, earlier: &Earlier) -> (Seen, usize) {
        let key = (number, earlier.object, earlier.path.clone());
        let known = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = known().get(&key) {
            return (Arc::clone(seen), 0);
        }
        // Texts no longer readable count as absent.
        let Some(bytes) = source.content(earlier.object) else { return (Arc::new([]), 0) };
        let found = (self.look)(&Blob { path: &earlier.path, bytes: &bytes, tracked: true });
        let seen: Seen = found
            .iter()
            .map(|(finding, weight)| (finding.identity.clone(), Location::of(finding), *weight))
            .collect();
        known().insert(key, Arc::clone(&seen));
        (seen, bytes.len())
    }
}

fn all_new(groups: &HashMap<Identity, Group>, old: &OldFindings) -> Vec<(usize, usize)> {
    groups.iter().flat_map(|(about, group)| group.new_findings(about, old)).collect()
}
