//! What silences a finding: a mark beside it, or an `[[ignore]]` of the configuration. Each has a
//! reason, and one that is unused, expired or wrong is told.

mod foreign;
mod marks;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use globset::GlobSet;
use jiff::civil::Date;

use crate::engine::Check;
use crate::model::{Family, Finding, ObjectId, Place, Problem, RepoPath, Severity, Span, Suppressed};
use crate::scan::history::{self, Group};
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

impl Ignore {
    /// True if it is for the file at `path`.
    #[must_use]
    pub fn is_for(&self, path: &RepoPath) -> bool {
        self.path.as_ref().is_none_or(|globs| holds(globs, path))
    }
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

/// The marks in `text` that start `within` a part of it, those of other tools among them if they are
/// `foreign_allow`ed.
#[must_use]
pub fn marks(text: &[u8], within: Range<usize>, masked: &[(Span, usize)], foreign_allow: bool) -> Vec<Mark> {
    let mut marks = marks::inline_marks_within(text, within.clone(), masked);
    if foreign_allow {
        marks.extend(foreign::marks(text, within));
    }
    marks
}

/// What a place counts for: its severity, or nothing where it is silenced. Smaller is less.
pub type Weight = Option<Severity>;

/// Why something is silenced, and by what.
type Reason = (String, &'static str);

/// A suppression that fits a finding.
enum Use<'a> {
    /// A mark in a file of today: its file, line and check.
    Mark(&'a RepoPath, u32, &'a str),
    /// The ignore with this number.
    Ignore(usize),
}

/// The marks and ignores that findings are asked about.
pub struct Suppressions<'a> {
    /// By object, none for what is no object of the history, and by path.
    marks: BTreeMap<Option<ObjectId>, BTreeMap<&'a RepoPath, Marks<'a>>>,
    /// Each with whether it has expired.
    ignores: Vec<(&'a Ignore, bool)>,
}

impl<'a> Suppressions<'a> {
    /// Those of `marks` and `ignores` on this day; without one nothing expires.
    #[must_use]
    pub fn new(marks: &'a MarksByText, ignores: &'a [Ignore], today: Option<Date>) -> Self {
        let mut texts: BTreeMap<Option<ObjectId>, BTreeMap<&RepoPath, Marks<'_>>> = BTreeMap::new();
        for ((path, object), marks) in marks {
            texts.entry(*object).or_default().insert(path, Marks::new(marks));
        }
        let is_expired = |ignore: &Ignore| matches!((ignore.expires, today), (Some(expires), Some(today)) if today > expires);
        Self { marks: texts, ignores: ignores.iter().map(|ignore| (ignore, is_expired(ignore))).collect() }
    }

    /// What `finding` counts for at its place.
    #[must_use]
    pub fn weight(&self, finding: &Finding) -> Weight {
        self.reason(finding, &mut |_| {}).is_none().then_some(finding.severity)
    }

    /// Why `finding` is silenced at its place, and by what; shows every suppression that fits to `used`.
    fn reason(&self, finding: &Finding, used: &mut dyn FnMut(Use<'a>)) -> Option<Reason> {
        let place = &finding.place;
        let object = place.origin.as_ref().and_then(|origin| origin.object);
        let text = self.marks.get(&object).and_then(|files| files.get_key_value(&place.path));
        let marked = text.and_then(|(path, marks)| {
            marks.reason(place.region.start_line, finding.check, &mut |line, check| {
                if object.is_none() {
                    used(Use::Mark(path, line, check));
                }
            })
        });
        let mut reason = marked.map(|reason| (reason.to_owned(), "inline"));
        if finding.family == Family::Secret {
            let lines = place.region.start_line..=place.region.end_line;
            let foreign = text.and_then(|(_, marks)| marks.foreign.range(lines).next());
            reason = reason.or_else(|| foreign.map(|(_, tool)| (foreign::REASON.to_owned(), *tool)));
        }
        for (number, (ignore, expired)) in self.ignores.iter().enumerate() {
            let names = ignore.check == "*"
                || ignore.check == finding.check
                || ignore.check == finding.family.as_str();
            if !*expired && names && ignore.is_for(&place.path) {
                used(Use::Ignore(number));
                reason.get_or_insert_with(|| (ignore.reason.clone(), "bartizan.toml"));
            }
        }
        reason
    }
}

/// The marks of one file, by line.
struct Marks<'a> {
    by_line: BTreeMap<u32, Vec<&'a Mark>>,
    /// Marks of other tools, which are for every secret on their line alone.
    foreign: BTreeMap<u32, &'static str>,
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
        Self { by_line, foreign }
    }

    /// The reason of a mark on `line` or the line above, if there is one for `check`.
    fn reason(&self, line: u32, check: &str, used: &mut dyn FnMut(u32, &'a str)) -> Option<&'a str> {
        let mut found = None;
        for line in [line, line.saturating_sub(1)] {
            for mark in self.by_line.get(&line).into_iter().flatten().filter(|mark| !mark.reason.is_empty()) {
                if let Some(id) = mark.checks.iter().find(|id| *id == check) {
                    used(line, id);
                    found = found.or(Some(mark.reason.as_str()));
                }
            }
        }
        found
    }
}

/// Takes out of `groups` the places that `marks` and `ignores` silence, and makes a finding of each.
#[must_use]
pub(super) fn apply(
    groups: Vec<Group>,
    marks: &MarksByText,
    ignores: &[Ignore],
    scope: &Scope<'_>,
) -> Applied {
    let mut judge = Judge {
        suppressions: Suppressions::new(marks, ignores, scope.today),
        used_marks: BTreeSet::new(),
        used_ignores: BTreeSet::new(),
    };
    let mut applied =
        Applied { findings: Vec::new(), suppressed: Vec::new(), before: Vec::new(), notices: Vec::new() };
    for group in groups {
        judge.sort_out(group, &mut applied);
    }
    for (number, finding) in scope.before.iter().enumerate() {
        // All are asked, for what silences them is of use.
        if judge.reason(finding).is_none() {
            applied.before.push(number);
        }
    }
    applied.findings.sort_by(history::order);
    applied.suppressed.sort_by(|a, b| history::order(&a.finding, &b.finding));
    judge.notices(scope, &mut applied.notices);
    applied.notices.sort();
    applied
}

/// The suppressions, and which of them were of use.
struct Judge<'a> {
    suppressions: Suppressions<'a>,
    /// Of marks in files of today: file, line and check.
    used_marks: BTreeSet<(&'a RepoPath, u32, &'a str)>,
    used_ignores: BTreeSet<usize>,
}

impl Judge<'_> {
    fn reason(&mut self, finding: &Finding) -> Option<Reason> {
        let Self { suppressions, used_marks, used_ignores } = self;
        suppressions.reason(finding, &mut |used| match used {
            Use::Mark(path, line, check) => drop(used_marks.insert((path, line, check))),
            Use::Ignore(number) => drop(used_ignores.insert(number)),
        })
    }

    /// Makes a finding of the places that nothing silences, or a suppressed one if there are none.
    fn sort_out(&mut self, group: Group, applied: &mut Applied) {
        let reasons: Vec<Option<Reason>> = group.places.iter().map(|finding| self.reason(finding)).collect();
        // A mark in a file is also for the older versions of that file, which cannot be marked; not for
        // newer ones, nor for other lines of its own.
        let mut marked: BTreeMap<RepoPath, (u64, Reason)> = BTreeMap::new();
        for (place, reason) in group.places.iter().map(|finding| &finding.place).zip(&reasons) {
            let (Some(reason), age) = (reason, history::age(place)) else { continue };
            if marked.get(&place.path).is_none_or(|(latest, _)| *latest < age) {
                marked.insert(place.path.clone(), (age, reason.clone()));
            }
        }
        let newer = |place: &Place| {
            let (latest, reason) = marked.get(&place.path)?;
            (history::age(place) < *latest).then(|| reason.clone())
        };
        let reasons: Vec<Option<Reason>> = group
            .places
            .iter()
            .zip(reasons)
            .map(|(finding, reason)| reason.or_else(|| newer(&finding.place)))
            .collect();
        if reasons.iter().any(Option::is_none) {
            let is_open = |number: usize| reasons[number].is_none();
            applied.findings.extend(group.into_finding(&is_open));
        } else if let Some((reason, by)) = reasons.get(group.gravest(&|_| true)).cloned().flatten()
            && let Some(finding) = group.into_finding(&|_| true)
        {
            applied.suppressed.push(Suppressed { finding, reason, by });
        }
    }

    fn notices(&self, scope: &Scope<'_>, notices: &mut Vec<Problem>) {
        for (number, (ignore, expired)) in self.suppressions.ignores.iter().enumerate() {
            let used = self.used_ignores.contains(&number);
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
        for (path, marks) in self.suppressions.marks.get(&None).into_iter().flatten() {
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
                        } else if enabled.contains(id.as_str())
                            && !self.used_marks.contains(&(*path, mark.line, id.as_str()))
                        {
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
