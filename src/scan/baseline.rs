//! Baselines: accepted findings, even if they have moved.

pub mod matching;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::model::{
    Error, Family, Meta, Name, Outcome, Problem, RepoPath, Report, Unchecked, fingerprint, text,
};
use crate::parse::baseline::{self as file, Entry, Told};
use crate::scan::suggest::did_you_mean;
use crate::scan::suppression::{Matcher, Origin, Suppression, has_expired};

/// What [`Suppressed::by`](crate::model::Suppressed::by) says of findings in a baseline.
pub const BY: &str = "baseline";
/// The notice about entries without a severity.
pub(super) const UNLIMITED: &str = "some entries have no severity and accept findings of any severity; \
     `bartizan baseline update` adds it";
/// Most mistakes listed per file.
const MAX_MISTAKES: usize = 20;
/// The input from which the id of a key is derived.
const KEY_ID: &[u8] = b"id of the key";

/// A parsed baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The display name of the file.
    pub file: RepoPath,
    /// The entries with their lines, sorted, one per fingerprint.
    pub entries: Vec<(usize, Entry)>,
    /// Oddities of the file.
    pub notices: Vec<Problem>,
    /// True if unused entries are reported; false in a scan of a part of the repository.
    pub expected: bool,
}

/// Which unmatched entries a scan can call unused.
#[derive(Clone, Debug, Default)]
pub struct Extent<'a> {
    /// The checks that ran completely.
    pub done: BTreeSet<&'a str>,
    /// True if the history was scanned too.
    pub history: bool,
}

impl<'a> Extent<'a> {
    /// The extent of the scan behind `report`.
    #[must_use]
    pub fn of(report: &'a Report) -> Self {
        // Findings in some lock files say nothing about unchecked ones.
        let missed = report
            .not_checked
            .iter()
            .any(|file| matches!(file.why, Unchecked::NoDatabase | Unchecked::NotRead));
        let is_half = |meta: &Meta<Name>, outcome: &Outcome| {
            missed && meta.family == Family::Dependency && matches!(outcome, Outcome::Found(_))
        };
        let done = report.checks.iter().filter(|(meta, outcome)| is_done(outcome) && !is_half(meta, outcome));
        Self { done: done.map(|(meta, _)| &*meta.id).collect(), history: report.coverage.history.is_some() }
    }
}

/// True if the check ran completely.
#[must_use]
pub const fn is_done(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::NotChecked(_) | Outcome::Failed(_))
}

/// The id of the user's fingerprint key.
#[must_use]
pub fn key_id(key: Option<&[u8]>) -> Option<String> {
    // A few digits: enough to distinguish two keys.
    let print = fingerprint::fingerprint(Some(key?), &[KEY_ID]);
    let digits: String = print.chars().skip("b1:".len()).take(8).collect();
    Some(format!("k1:{digits}"))
}

impl Baseline {
    /// Parses `text`, the content of the file `name`, for a scan with this key.
    ///
    /// # Errors
    /// The mistakes, one per line.
    pub fn read(text: &str, name: &str, key: Option<&[u8]>) -> Result<Self, Error> {
        let document = file::parse(text).map_err(|mistakes| wrong(name, mistakes))?;
        if let Some(mistake) = key_mistake(document.key.as_deref(), key_id(key).as_deref()) {
            return Err(wrong(name, vec![mistake]));
        }
        let file = RepoPath::from(name);
        let odd = |odd: Told| Problem {
            path: Some(file.clone()),
            message: format!("line {}: {}", odd.line, odd.message),
        };
        let notices = document.oddities.into_iter().map(odd).collect();
        Ok(Self { file, entries: document.entries, notices, expected: true })
    }

    /// Checks that each entry names an existing check; `known` is sorted.
    ///
    /// # Errors
    /// The unknown ones, one per line.
    pub fn checks_exist(&self, known: &[&str]) -> Result<(), Error> {
        let unknown = self.entries.iter().filter_map(|(line, entry)| {
            Some(Told { line: *line, message: unknown_check(&entry.check, known)? })
        });
        let mistakes: Vec<Told> = unknown.take(MAX_MISTAKES).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(wrong(&self.file.shown(), mistakes)) }
    }

    /// Its suppressions; `extent` decides which can be called unused.
    pub(super) fn suppressions(&self, extent: &Extent<'_>) -> impl Iterator<Item = Suppression> {
        let is_covered = self.covered(extent);
        self.entries.iter().map(move |(line, entry)| Suppression {
            matcher: Matcher::Fingerprint {
                check: entry.check.clone(),
                fingerprint: entry.fingerprint.clone(),
                severity: entry.severity,
            },
            reason: Some(entry.reason.clone()),
            expires: entry.expires,
            origin: Origin {
                by: BY,
                file: self.file.clone(),
                line: *line,
                expected: self.expected && is_covered(entry),
            },
            used: false,
        })
    }

    /// Entries that have expired on this day.
    pub fn expired(&self, today: Option<Date>) -> impl Iterator<Item = &(usize, Entry)> {
        self.entries.iter().filter(move |(_, entry)| has_expired(entry.expires, today))
    }

    /// Unused entries: a full scan would have matched them. None if the baseline covers the history and the scan did
    /// not.
    #[must_use]
    pub fn stale(&self, found: &BTreeSet<&str>, extent: &Extent<'_>) -> Vec<&(usize, Entry)> {
        let is_covered = self.covered(extent);
        let is_stale = |entry: &Entry| is_covered(entry) && !found.contains(entry.fingerprint.as_str());
        self.entries.iter().filter(|(_, entry)| is_stale(entry)).collect()
    }

    /// Whether a scan of this extent would find what an entry accepts.
    fn covered(&self, extent: &Extent<'_>) -> impl Fn(&Entry) -> bool {
        let seen = extent.history || !self.entries.iter().any(|(_, entry)| entry.history);
        move |entry| seen && extent.done.contains(entry.check.as_str())
    }
}

fn wrong(name: &str, mistakes: Vec<Told>) -> Error {
    let line = |mistake: Told| format!("{name}: line {}: {}", mistake.line, mistake.message);
    Error::Config(mistakes.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn unknown_check(id: &str, known: &[&str]) -> Option<String> {
    if known.binary_search(&id).is_ok() {
        return None;
    }
    let mut help = did_you_mean(id, known.iter().copied());
    if help.is_empty() {
        "; if it is a rule of a file, pass that file with --rules, or remove the line".clone_into(&mut help);
    }
    let id: String = id.chars().take(80).collect();
    Some(format!("unknown check `{}`{help}", text::escaped(&id)))
}

/// The mistake if a baseline was made with a different key than the scan's fingerprints.
fn key_mistake(made: Option<&str>, here: Option<&str>) -> Option<Told> {
    let message = match (made, here) {
        (made, here) if made == here => return None,
        (Some(made), None) => {
            format!("its fingerprints use a key ({made}); set BARTIZAN_FINGERPRINT_KEY to that key")
        }
        (None, _) => {
            "its fingerprints use no key; unset BARTIZAN_FINGERPRINT_KEY, or create the baseline again"
                .to_owned()
        }
        (Some(made), Some(here)) => format!(
            "its fingerprints use the key {made}, but BARTIZAN_FINGERPRINT_KEY is {here}; set it to the other key"
        ),
    };
    Some(Told { line: 1, message })
}
