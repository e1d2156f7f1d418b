//! What silences a finding: a mark beside it, or an `[[ignore]]` of the configuration. Each has a
//! reason, and one that is unused, expired or wrong is told.

mod foreign;
mod marks;

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobSet;
use jiff::civil::Date;

use crate::engine::Check;
use crate::model::{Family, Finding, ObjectId, Place, Problem, RepoPath, Span, Suppressed};
use crate::scan::suggest::did_you_mean;

pub use foreign::MARKS as FOREIGN_MARKS;
pub use marks::{Mark, inline_marks};

/// Notices about one file.
const MAX_NOTICES: usize = 20;
/// An `[[ignore]]` of the configuration.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The id of a check, a family, or `*`.
    pub check: String,
    /// Files it is for; all files if there is none.
    pub path: Option<GlobSet>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// The configuration file.
    pub file: RepoPath,
    /// The line there, 1-based.
    pub line: usize,
    /// True if it is worth a notice that nothing was silenced by it: not so in a scan of a part of
    /// the repository, or without the check.
    pub expected: bool,
}

/// What suppressions are judged by.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The checks that ran.
    pub enabled: &'a [Check],
    /// The ids of all checks that exist, sorted.
    pub known: &'a [&'static str],
    /// The day of the scan; without it nothing expires.
    pub today: Option<Date>,
    /// Findings that are not reported since they were there before: what silences them is of use.
    pub before: &'a [Finding],
}

/// The marks of each text: a file, or an object of the history that was a file of that path.
pub type MarksByText = BTreeMap<(RepoPath, Option<ObjectId>), Vec<Mark>>;

/// Findings after the suppressions.
#[derive(Debug)]
pub struct Applied {
    /// Those that stay, sorted by place and check.
    pub findings: Vec<Finding>,
    /// Those that were silenced, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// Which of those that were there before, by number, nothing silences.
    pub before: Vec<usize>,
    /// Suppressions that did nothing or are wrong.
    pub notices: Vec<Problem>,
}

/// The marks in `text`, those of other tools among them if they are `foreign_allow`ed.
#[must_use]
pub fn marks(text: &[u8], masked: &[(Span, usize)], foreign_allow: bool) -> Vec<Mark> {
    let mut marks = inline_marks(text, masked);
    if foreign_allow {
        marks.extend(foreign::marks(text));
    }
    marks
}

/// Takes out of `findings` what `marks` and `ignores` silence.
#[must_use]
pub fn apply(findings: Vec<Finding>, marks: &MarksByText, ignores: &[Ignore], scope: &Scope<'_>) -> Applied {
    let mut texts: BTreeMap<Option<ObjectId>, BTreeMap<&RepoPath, Marks<'_>>> = BTreeMap::new();
    for ((path, object), marks) in marks {
        texts.entry(*object).or_default().insert(path, Marks::new(marks));
    }
    let mut judge = Judge {
        marks: texts,
        ignores: ignores.iter().map(|ignore| (ignore, is_expired(ignore, scope), false)).collect(),
    };
    let mut applied =
        Applied { findings: Vec::new(), suppressed: Vec::new(), before: Vec::new(), notices: Vec::new() };
    for finding in findings {
        judge.sort_out(finding, &mut applied);
    }
    for (number, finding) in scope.before.iter().enumerate() {
        // All are asked, for each is of use.
        let silenced = finding.places().filter(|place| judge.reason(finding, place).is_some()).count();
        if silenced < finding.places().count() {
            applied.before.push(number);
        }
    }
    // A finding whose first place was allowed now stands at another one.
    applied.findings.sort_by(|a, b| {
        (&a.place.path, a.place.span, a.check, &a.message).cmp(&(
            &b.place.path,
            b.place.span,
            b.check,
            &b.message,
        ))
    });
    judge.notices(scope, &mut applied.notices);
    applied.notices.sort();
    applied
}

fn is_expired(ignore: &Ignore, scope: &Scope<'_>) -> bool {
    matches!((ignore.expires, scope.today), (Some(expires), Some(today)) if today > expires)
}

/// The suppressions, and which of them were of use.
struct Judge<'a> {
    /// By object, none for what is no object of the history, and by path.
    marks: BTreeMap<Option<ObjectId>, BTreeMap<&'a RepoPath, Marks<'a>>>,
    /// Each with whether it has expired and whether it was of use.
    ignores: Vec<(&'a Ignore, bool, bool)>,
}

/// The marks of one file, by line.
struct Marks<'a> {
    by_line: BTreeMap<u32, Vec<&'a Mark>>,
    /// Marks of other tools, which are for every secret on their line alone.
    foreign: BTreeMap<u32, &'static str>,
    /// Line and check.
    used: BTreeSet<(u32, &'a str)>,
}

impl<'a> Marks<'a> {
    fn new(marks: &'a [Mark]) -> Self {
        let mut by_line: BTreeMap<u32, Vec<&Mark>> = BTreeMap::new();
        let mut foreign = BTreeMap::new();
        for mark in marks {
            match mark.foreign {
                Some(tool) => drop(foreign.insert(mark.line, tool)),
                None => by_line.entry(mark.line).or_default().push(mark),
            }
        }
        Self { by_line, foreign, used: BTreeSet::new() }
    }

    /// The reason of a mark on `line` or the line above, if there is one for `check`.
    fn reason(&mut self, line: u32, check: &str) -> Option<&'a str> {
        let mut found = None;
        for line in [line, line.saturating_sub(1)] {
            for mark in self.by_line.get(&line).into_iter().flatten().filter(|mark| !mark.reason.is_empty()) {
                if let Some(id) = mark.checks.iter().find(|id| *id == check) {
                    self.used.insert((line, id));
                    found = found.or(Some(mark.reason.as_str()));
                }
            }
        }
        found
    }
}

impl Judge<'_> {
    fn sort_out(&mut self, mut finding: Finding, applied: &mut Applied) {
        let mut silenced = None;
        let also = std::mem::take(&mut finding.also);
        let places: Vec<Place> = std::iter::once(finding.place.clone()).chain(also).collect();
        let reasons: Vec<_> = places.iter().map(|place| self.reason(&finding, place)).collect();
        // A mark in a file is also for the older versions of that file, which cannot be marked.
        let marked: BTreeMap<&RepoPath, &(String, &'static str)> = places
            .iter()
            .zip(&reasons)
            .filter_map(|(place, reason)| Some((&place.path, reason.as_ref()?)))
            .collect();
        let (mut allowed, mut open) = (Vec::new(), Vec::new());
        for (place, reason) in places.iter().zip(&reasons) {
            let older = || place.origin.as_ref().and_then(|_| marked.get(&place.path).copied());
            match reason.as_ref().or_else(older) {
                Some(reason) => {
                    silenced.get_or_insert_with(|| reason.clone());
                    allowed.push(place.clone());
                }
                None => open.push(place.clone()),
            }
        }
        let mut set = |mut places: Vec<Place>| {
            finding.place = places.remove(0);
            finding.also = places;
        };
        match silenced {
            Some((reason, by)) if open.is_empty() => {
                set(allowed);
                applied.suppressed.push(Suppressed { finding, reason, by });
            }
            _ => {
                set(open);
                applied.findings.push(finding);
            }
        }
    }

    /// Why `finding` is silenced at `place`, and by what. Every suppression that fits counts as used.
    fn reason(&mut self, finding: &Finding, place: &Place) -> Option<(String, &'static str)> {
        let object = place.origin.as_ref().and_then(|origin| origin.object);
        let mut text = self.marks.get_mut(&object).and_then(|files| files.get_mut(&place.path));
        let marked = text.as_mut().and_then(|marks| marks.reason(place.region.start_line, finding.check));
        let mut reason = marked.map(|reason| (reason.to_owned(), "inline"));
        if finding.family == Family::Secret {
            let lines = place.region.start_line..=place.region.end_line;
            let foreign = text.and_then(|marks| marks.foreign.range(lines).next());
            reason = reason.or_else(|| foreign.map(|(_, tool)| (foreign::REASON.to_owned(), *tool)));
        }
        for (ignore, expired, used) in &mut self.ignores {
            let names = ignore.check == "*"
                || ignore.check == finding.check
                || ignore.check == finding.family.as_str();
            if !*expired && names && ignore.path.as_ref().is_none_or(|globs| holds(globs, &place.path)) {
                *used = true;
                reason.get_or_insert_with(|| (ignore.reason.clone(), "bartizan.toml"));
            }
        }
        reason
    }

    fn notices(&self, scope: &Scope<'_>, notices: &mut Vec<Problem>) {
        for (ignore, expired, used) in &self.ignores {
            let what = if *expired {
                let expires = ignore.expires.map(|day| day.to_string()).unwrap_or_default();
                format!("expired on {expires} and silences nothing any more; renew it or take it out")
            } else if !used && ignore.expected {
                "silences nothing; take it out".to_owned()
            } else {
                continue;
            };
            let message = format!("line {}: the ignore of `{}` {what}", ignore.line, ignore.check);
            notices.push(Problem { path: Some(ignore.file.clone()), message });
        }
        let enabled: BTreeSet<&str> = scope.enabled.iter().map(|check| check.meta.id).collect();
        // What a mark in an old version does is nothing that anybody could mend.
        for (path, marks) in self.marks.get(&None).into_iter().flatten() {
            let mut messages: Vec<String> = Vec::new();
            for mark in marks.by_line.values().flatten() {
                let mut tell = |text: String| messages.push(format!("line {}: {text}", mark.line));
                match mark {
                    mark if mark.checks.is_empty() => {
                        tell(
                            "`bartizan:allow` names no check; write `bartizan:allow CHECK reason`".to_owned(),
                        );
                    }
                    mark if mark.reason.is_empty() => {
                        let checks = mark.checks.join(",");
                        tell(format!(
                            "`bartizan:allow {checks}` gives no reason and silences nothing; say why behind it"
                        ));
                    }
                    mark => mark.checks.iter().for_each(|id| {
                        let unknown = scope.known.binary_search(&id.as_str()).is_err()
                            && !enabled.contains(id.as_str());
                        if unknown {
                            let meant = did_you_mean(id, scope.known.iter().copied());
                            tell(format!("`bartizan:allow {id}` names no check that exists{meant}"));
                        } else if enabled.contains(id.as_str()) && !marks.used.contains(&(mark.line, id)) {
                            tell(format!("`bartizan:allow {id}` silences nothing; take it out"));
                        }
                    }),
                }
            }
            if let Some(more @ 1..) = messages.len().checked_sub(MAX_NOTICES) {
                messages.truncate(MAX_NOTICES);
                messages.push(format!("and {more} more notices about `bartizan:allow` in this file"));
            }
            notices
                .extend(messages.into_iter().map(|message| Problem { path: Some((*path).clone()), message }));
        }
    }
}

fn holds(globs: &GlobSet, path: &RepoPath) -> bool {
    #[cfg(unix)]
    let path = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path.as_bytes());
    #[cfg(not(unix))]
    let path = path.lossy();
    #[cfg(not(unix))]
    let path = path.as_ref();
    globs.is_match(path)
}

#[cfg(test)]
mod tests;
