//! What a baseline silences: findings that somebody has accepted, wherever they have moved to.

pub mod matching;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::{
    Error, Family, Finding, Meta, Outcome, Problem, RepoPath, Report, Severity, Suppressed, Unchecked,
    fingerprint, text,
};
use crate::parse::baseline::{self as file, Entry, Told};
use crate::scan::suggest::did_you_mean;
use crate::scan::suppress::Applied;

/// What [`Suppressed::by`] says of what a baseline silences.
pub const BY: &str = "baseline";
/// Entries about which a notice is given, of each kind.
const MAX_NOTICES: usize = 20;
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
        let missed = report.not_checked.iter().any(|file| file.why != Unchecked::NoLockFile);
        let is_half = |meta: &Meta, outcome: &Outcome| {
            missed && meta.family == Family::Dependency && matches!(outcome, Outcome::Found(_))
        };
        let done = report.checks.iter().filter(|(meta, outcome)| is_done(outcome) && !is_half(meta, outcome));
        Self { done: done.map(|(meta, _)| meta.id).collect(), history: report.coverage.history.is_some() }
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
        let oddities: Vec<String> =
            document.oddities.into_iter().map(|odd| format!("line {}: {}", odd.line, odd.message)).collect();
        let notices = told(&file, oddities, "more lines like these");
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
        let mistakes: Vec<Told> = unknown.take(MAX_NOTICES).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(wrong(&self.file.shown(), mistakes)) }
    }

    /// Moves what it accepts out of the findings, and tells what has expired and what is not found.
    pub(super) fn apply(&self, applied: &mut Applied, extent: &Extent<'_>, today: Option<Date>) {
        let open: BTreeMap<&str, (usize, &Entry)> = self
            .entries
            .iter()
            .filter(|(_, entry)| !is_expired(entry, today))
            .map(|(line, entry)| (entry.fingerprint.as_str(), (*line, entry)))
            .collect();
        let (mut stay, mut silenced) = (Vec::new(), Vec::new());
        let (mut risen, mut any) = (Vec::new(), 0);
        for finding in std::mem::take(&mut applied.findings) {
            // The check is part of the fingerprint; an entry that names another one was tampered with.
            match open.get(finding.fingerprint.as_str()).filter(|(_, entry)| entry.check == finding.check) {
                Some((line, Entry { severity: Some(accepted), check, .. }))
                    if finding.severity > *accepted =>
                {
                    let now = finding.severity;
                    risen.push(format!(
                        "line {line}: `{check}` was accepted while it was {accepted}, and is {now} now; \
                         `bartizan baseline update` accepts it as it is"
                    ));
                    stay.push(finding);
                }
                Some((_, entry)) => {
                    any += usize::from(entry.severity.is_none() && finding.severity > Severity::Low);
                    silenced.push(Suppressed { finding, reason: entry.reason.clone(), by: BY });
                }
                None => stay.push(finding),
            }
        }
        let any = (any > 0).then(|| {
            "some entries do not say how severe what they accept was, and accept it however severe it becomes; \
             `bartizan baseline update` writes it down"
                .to_owned()
        });
        applied.findings = stay;
        applied.suppressed.append(&mut silenced);
        applied.suppressed.sort_by(|a, b| order(&a.finding).cmp(&order(&b.finding)));

        let found: BTreeSet<&str> = applied
            .findings
            .iter()
            .chain(applied.suppressed.iter().map(|one| &one.finding))
            .map(|finding| finding.fingerprint.as_str())
            .collect();
        let expired = self.expired(today).map(|(line, entry)| {
            let day = entry.expires.map(|day| day.to_string()).unwrap_or_default();
            format!(
                "line {line}: the entry of `{}` expired on {day} and silences nothing any more",
                entry.check
            )
        });
        let stale = if self.expected { self.stale(&found, extent) } else { Vec::new() };
        let stale = stale.into_iter().filter(|(_, entry)| !is_expired(entry, today)).map(|(line, entry)| {
            let check = &entry.check;
            format!("line {line}: what the entry of `{check}` accepts is not there any more; run `bartizan baseline prune`")
        });
        let more = "more entries that have expired; `bartizan baseline prune` takes them out";
        let expired = told(&self.file, expired.collect(), more);
        let stale = told(&self.file, stale.collect(), "more entries of which nothing was found");
        let risen = told(&self.file, risen, "more entries of which what they accept has become more severe");
        let any = told(&self.file, any.into_iter().collect(), "");
        applied
            .notices
            .extend(self.notices.iter().cloned().chain(expired).chain(stale).chain(risen).chain(any));
        applied.notices.sort();
    }

    /// Entries that do not count any more on this day.
    pub fn expired(&self, today: Option<Date>) -> impl Iterator<Item = &(usize, Entry)> {
        self.entries.iter().filter(move |(_, entry)| is_expired(entry, today))
    }

    /// Entries of which a scan of everything would have found something, and has not. None of them if
    /// the baseline is about the history, too, and the scan was not.
    #[must_use]
    pub fn stale(&self, found: &BTreeSet<&str>, extent: &Extent<'_>) -> Vec<&(usize, Entry)> {
        if !extent.history && self.entries.iter().any(|(_, entry)| entry.history) {
            return Vec::new();
        }
        let is_stale = |entry: &Entry| {
            extent.done.contains(entry.check.as_str()) && !found.contains(entry.fingerprint.as_str())
        };
        self.entries.iter().filter(|(_, entry)| is_stale(entry)).collect()
    }
}

fn wrong(name: &str, mistakes: Vec<Told>) -> Error {
    let line = |told: Told| format!("{name}: line {}: {}", told.line, told.message);
    Error::Config(mistakes.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn order(finding: &Finding) -> impl Ord {
    (&finding.place.path, finding.place.span, finding.check, &finding.message)
}

fn is_expired(entry: &Entry, today: Option<Date>) -> bool {
    matches!((entry.expires, today), (Some(expires), Some(today)) if today > expires)
}

/// At most so many notices as people read.
fn told(file: &RepoPath, mut messages: Vec<String>, more: &str) -> Vec<Problem> {
    if let Some(left @ 1..) = messages.len().checked_sub(MAX_NOTICES) {
        messages.truncate(MAX_NOTICES);
        messages.push(format!("and {left} {more}"));
    }
    messages.into_iter().map(|message| Problem { path: Some(file.clone()), message }).collect()
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
