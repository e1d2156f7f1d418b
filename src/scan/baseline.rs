//! What a baseline silences: findings that somebody has accepted, wherever they have moved to.

pub mod matching;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::model::{
    Error, Family, Meta, Name, Outcome, Problem, RepoPath, Report, Unchecked, fingerprint, text,
};
use crate::parse::baseline::{self as file, Entry, Told};
use crate::scan::suggest::did_you_mean;
use crate::scan::suppression::{Matcher, Origin, Suppression, has_expired};

/// What [`Suppressed::by`](crate::model::Suppressed::by) says of what a baseline silences.
pub const BY: &str = "baseline";
/// What is told of entries without a severity.
pub(super) const UNLIMITED: &str = "some entries do not say how severe what they accept was, and accept it however severe it becomes; \
     `bartizan baseline update` writes it down";
/// Mistakes of a file that are listed.
const MAX_MISTAKES: usize = 20;
/// What the id of a key is made from, under that key.
const KEY_ID: &[u8] = b"id of the key";

/// A baseline that was read, and what is to be asked of it.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The file, as it is shown.
    pub file: RepoPath,
    /// The entries with their lines, sorted, one for each fingerprint.
    pub entries: Vec<(usize, Entry)>,
    /// What is odd about the file.
    pub notices: Vec<Problem>,
    /// True if it is worth a notice that something was not found any more: not so in a scan of a part
    /// of the repository.
    pub expected: bool,
}

/// What a scan can tell about entries of which nothing was found.
#[derive(Clone, Debug, Default)]
pub struct Extent<'a> {
    /// The checks that ran, and did all that they were to do.
    pub done: BTreeSet<&'a str>,
    /// True if the history was scanned, too.
    pub history: bool,
}

impl<'a> Extent<'a> {
    /// What the scan that gave `report` can tell.
    #[must_use]
    pub fn of(report: &'a Report) -> Self {
        // What was found in some lock files says nothing of those that were not checked.
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

/// True unless the check could not do what it was to do.
#[must_use]
pub const fn is_done(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::NotChecked(_) | Outcome::Failed(_))
}

/// The id of the key that the user gave for fingerprints.
#[must_use]
pub fn key_id(key: Option<&[u8]>) -> Option<String> {
    // A few digits: enough to tell two keys apart.
    let print = fingerprint::fingerprint(Some(key?), &[KEY_ID]);
    let digits: String = print.chars().skip("b1:".len()).take(8).collect();
    Some(format!("k1:{digits}"))
}

impl Baseline {
    /// Reads `text`, the content of the file that is shown as `name`, for a scan with this key.
    ///
    /// # Errors
    /// What is wrong with it, one line a mistake.
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

    /// Asks whether each entry is about a check that exists; `known` is sorted.
    ///
    /// # Errors
    /// Those that are not, one line each.
    pub fn checks_exist(&self, known: &[&str]) -> Result<(), Error> {
        let unknown = self.entries.iter().filter_map(|(line, entry)| {
            Some(Told { line: *line, message: unknown_check(&entry.check, known)? })
        });
        let mistakes: Vec<Told> = unknown.take(MAX_MISTAKES).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(wrong(&self.file.shown(), mistakes)) }
    }

    /// What it silences; `extent` says what the scan can tell of it.
    pub(super) fn suppressions(&self, extent: &Extent<'_>) -> impl Iterator<Item = Suppression> {
        let is_judged = self.judged(extent);
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
                expected: self.expected && is_judged(entry),
            },
            used: false,
        })
    }

    /// Entries that do not count any more on this day.
    pub fn expired(&self, today: Option<Date>) -> impl Iterator<Item = &(usize, Entry)> {
        self.entries.iter().filter(move |(_, entry)| has_expired(entry.expires, today))
    }

    /// Entries of which a scan of everything would have found something, and has not. None of them if
    /// the baseline is about the history, too, and the scan was not.
    #[must_use]
    pub fn stale(&self, found: &BTreeSet<&str>, extent: &Extent<'_>) -> Vec<&(usize, Entry)> {
        let is_judged = self.judged(extent);
        let is_stale = |entry: &Entry| is_judged(entry) && !found.contains(entry.fingerprint.as_str());
        self.entries.iter().filter(|(_, entry)| is_stale(entry)).collect()
    }

    /// Whether a scan of this extent finds what an entry accepts, if it is there.
    fn judged(&self, extent: &Extent<'_>) -> impl Fn(&Entry) -> bool {
        let seen = extent.history || !self.entries.iter().any(|(_, entry)| entry.history);
        move |entry| seen && extent.done.contains(entry.check.as_str())
    }
}

fn wrong(name: &str, mistakes: Vec<Told>) -> Error {
    let line = |told: Told| format!("{name}: line {}: {}", told.line, told.message);
    Error::Config(mistakes.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn unknown_check(id: &str, known: &[&str]) -> Option<String> {
    if known.binary_search(&id).is_ok() {
        return None;
    }
    let mut help = did_you_mean(id, known.iter().copied());
    if help.is_empty() {
        "; if it is a rule of a file, name that with --rules, or take the line out".clone_into(&mut help);
    }
    let id: String = id.chars().take(80).collect();
    Some(format!("unknown check `{}`{help}", text::escaped(&id)))
}

/// What is wrong if a baseline was made with the one key, and the fingerprints of the scan with the other.
fn key_mistake(made: Option<&str>, here: Option<&str>) -> Option<Told> {
    let message = match (made, here) {
        (made, here) if made == here => return None,
        (Some(made), None) => format!(
            "its fingerprints were made with a key ({made}); put that key into BARTIZAN_FINGERPRINT_KEY"
        ),
        (None, _) => "its fingerprints were made without a key; unset BARTIZAN_FINGERPRINT_KEY, or make the \
                      baseline anew"
            .to_owned(),
        (Some(made), Some(here)) => format!(
            "its fingerprints were made with the key {made}, and BARTIZAN_FINGERPRINT_KEY holds {here}; \
             put the other one there"
        ),
    };
    Some(Told { line: 1, message })
}
