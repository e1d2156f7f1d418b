//! Suppressions: inline marks, `[[ignore]]` and `[advisories]` of the configuration, lists of cargo-audit and
//! cargo-deny, and baselines, with common rules for reasons, expiry and unused ones.
//!
//! A suppression applies to places, each reported by one check. If several checks report the same secret, suppressing
//! one leaves the others.

mod foreign;
mod mapped;
mod marks;
mod notices;

use std::collections::{BTreeMap, HashMap};
use std::ops::{Range, RangeInclusive};

use jiff::civil::Date;

use crate::engine::Check;
use crate::model::{Finding, ObjectId, Place, Problem, RepoPath, Severity, Span, Suppressed};
use crate::scan::baseline::{self, Baseline, Extent};
use crate::scan::history::{self, Group};

pub(crate) use crate::scan::suppression::has_expired;
pub use crate::scan::suppression::{Matcher, Origin, Suppression};
pub use marks::{Mark, inline_marks};

/// Prefixes of other tools' marks; those for secrets only if `foreign_allow`ed.
pub(super) fn foreign_marks(foreign_allow: bool) -> Vec<&'static str> {
    let secrets: &[&str] = if foreign_allow { &foreign::MARKS } else { &[] };
    mapped::MARKS.iter().chain(secrets).copied().collect()
}

/// The inputs for applying suppressions.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The checks that ran.
    pub(super) enabled: &'a [Check],
    /// The ids of all checks that exist, sorted.
    pub(super) known: &'a [&'static str],
    /// Findings not reported because they are not new: suppressions of them are used.
    pub(super) before: &'a [Finding],
}

/// The marks of each text: a file, or an object of the history at that path.
pub(super) type MarksByText = BTreeMap<(RepoPath, Option<ObjectId>), Vec<Mark>>;

/// Findings after suppression.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// The remaining ones, sorted by place and check.
    pub(super) findings: Vec<Finding>,
    /// The suppressed ones, in the same order.
    pub(super) suppressed: Vec<Suppressed>,
    /// The indexes of earlier findings that are not suppressed.
    pub(super) before: Vec<usize>,
    /// Notices about unused or invalid suppressions.
    pub(super) notices: Vec<Problem>,
}

/// The marks in `text` that start `within` a part of it, including other tools'; those for secrets only if
/// `foreign_allow`ed.
#[must_use]
pub(super) fn marks(
    text: &[u8],
    within: Range<usize>,
    masked: &[(Span, usize)],
    foreign_allow: bool,
) -> Vec<Mark> {
    let mut marks = marks::inline_marks_within(text, within.clone(), masked);
    marks.extend(mapped::marks(text, within.clone()));
    if foreign_allow {
        marks.extend(foreign::marks(text, within));
    }
    marks
}

/// The weight of a place: its severity, or nothing if suppressed.
pub(super) type Weight = Option<Severity>;

/// The marks of one text, by index.
#[derive(Default)]
struct Marked {
    /// Those for one line, at it.
    by_line: BTreeMap<usize, Vec<usize>>,
    /// Those for line ranges, at constant cost per mark.
    wide: Vec<(RangeInclusive<usize>, usize)>,
}

/// The suppressions of a scan.
pub(super) struct Policy {
    all: Vec<Suppression>,
    /// The marks of each text, by object (none outside the history), path and line.
    marks: HashMap<Option<ObjectId>, HashMap<RepoPath, Marked>>,
    /// Those for places in any text.
    general: Vec<usize>,
    /// The entries of the baseline.
    accepted: HashMap<String, usize>,
    today: Option<Date>,
    notices: Vec<Problem>,
}

impl Policy {
    /// From `marks` and `others` on this day; without a day nothing expires.
    #[must_use]
    pub(super) fn new(marks: &MarksByText, others: &[Suppression], today: Option<Date>) -> Self {
        let mut policy = Self {
            all: Vec::new(),
            marks: HashMap::new(),
            general: Vec::new(),
            accepted: HashMap::new(),
            today,
            notices: Vec::new(),
        };
        for ((path, object), marks) in marks {
            let text = policy.marks.entry(*object).or_default().entry(path.clone()).or_default();
            for mark in marks.iter().flat_map(|mark| mark.suppressions(path, object.is_none())) {
                let number = policy.all.len();
                match &mark.matcher {
                    Matcher::Mapped { lines, .. } => text.wide.push((lines.clone(), number)),
                    _ => text.by_line.entry(mark.origin.line).or_default().push(number),
                }
                policy.all.push(mark);
            }
        }
        policy.extend(others.iter().cloned());
        policy
    }

    /// Adds more of them, except marks.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = Suppression>) {
        for suppression in more {
            match &suppression.matcher {
                Matcher::Fingerprint { fingerprint, .. } => {
                    self.accepted.insert(fingerprint.clone(), self.all.len());
                }
                _ => self.general.push(self.all.len()),
            }
            self.all.push(suppression);
        }
    }

    /// Adds a baseline; `extent` decides which entries can be called unused.
    pub(super) fn accept(&mut self, baseline: &Baseline, extent: &Extent<'_>) {
        self.notices.extend(baseline.notices.iter().cloned());
        self.extend(baseline.suppressions(extent));
    }

    /// The weight of `finding` at its place.
    #[must_use]
    pub(super) fn weight(&self, finding: &Finding) -> Weight {
        self.fitting(finding).is_empty().then_some(finding.severity)
    }

    /// The suppressions of `finding` at its place, in precedence: a mark, a mark of another tool, then the others.
    fn fitting(&self, finding: &Finding) -> Vec<usize> {
        let place = &finding.place;
        let object = place.origin.as_ref().and_then(|origin| origin.object);
        let text = self.marks.get(&object).and_then(|files| files.get(&place.path));
        let lines = (place.region.start_line as usize).saturating_sub(1)..=place.region.end_line as usize;
        let marks =
            text.into_iter().flat_map(|text| text.by_line.range(lines.clone()).rev()).flat_map(|(_, at)| at);
        let overlaps =
            |wide: &RangeInclusive<usize>| wide.start() <= lines.end() && lines.start() <= wide.end();
        let wide = text.into_iter().flat_map(|text| &text.wide).filter(|(wide, _)| overlaps(wide));
        let mut fitting: Vec<usize> = marks.chain(wide.map(|(_, number)| number)).copied().collect();
        let is_foreign = |matcher: &Matcher| matches!(matcher, Matcher::ForeignMark | Matcher::Mapped { .. });
        fitting.sort_by_key(|number| is_foreign(&self.all[*number].matcher));
        fitting.extend(&self.general);
        fitting.retain(|number| self.all[*number].counts(self.today) && self.all[*number].fits(finding));
        fitting
    }

    /// The suppression of `finding` at its place; all matching ones are marked used.
    fn silencing(&mut self, finding: &Finding) -> Option<usize> {
        let fitting = self.fitting(finding);
        for number in &fitting {
            self.all[*number].used = true;
        }
        fitting.first().copied()
    }

    /// Removes suppressed places from `groups`, and merges the rest into findings.
    #[must_use]
    pub(super) fn apply(mut self, groups: Vec<Group>, scope: &Scope<'_>) -> Applied {
        let mut applied = Applied::default();
        for group in groups {
            self.sort_out(&group, &mut applied);
        }
        for (number, finding) in scope.before.iter().enumerate() {
            // All are checked, to mark suppressions as used.
            if self.silencing(finding).is_none() {
                applied.before.push(number);
            }
        }
        applied.findings.sort_by(history::order);
        applied.suppressed.sort_by(|a, b| history::order(&a.finding, &b.finding));
        applied.notices = self.into_notices(scope);
        applied
    }

    /// Merges unsuppressed places into a finding, and those in the baseline, or all if each is suppressed, into a
    /// suppressed one.
    fn sort_out(&mut self, group: &Group, applied: &mut Applied) {
        let reasons: Vec<Option<usize>> = group.places.iter().map(|place| self.silencing(place)).collect();
        // A mark in a file also applies to older versions of the file, which cannot be marked; not to newer ones, nor
        // to its other lines.
        let mut marked: BTreeMap<(&RepoPath, &str), (u64, usize)> = BTreeMap::new();
        for (finding, reason) in group.places.iter().zip(&reasons) {
            let (Some(reason), age) = (*reason, history::age(&finding.place)) else { continue };
            let latest = marked.entry((&finding.place.path, &finding.check)).or_insert((age, reason));
            if latest.0 < age {
                *latest = (age, reason);
            }
        }
        let newer = |check: &str, place: &Place| {
            let (latest, reason) = marked.get(&(&place.path, check))?;
            (history::age(place) < *latest).then_some(*reason)
        };
        let mut reasons: Vec<Option<usize>> = group
            .places
            .iter()
            .zip(reasons)
            .map(|(finding, reason)| reason.or_else(|| newer(&finding.check, &finding.place)))
            .collect();
        let by_check = group.by_check(&|_| true);
        let mut prints: Vec<&str> = by_check.keys().map(|check| group.fingerprint(check)).collect();
        if group.is_practice() {
            prints = group.places.iter().map(|place| place.fingerprint.as_str()).collect();
        }
        for print in prints {
            if let Some(entry) = self.accepted.get(print) {
                self.all[*entry].used = true;
            }
        }
        if reasons.iter().all(Option::is_some) {
            return applied.suppressed.extend(self.suppressed(group, &reasons, &|_| true));
        }
        let open: Vec<bool> = reasons.iter().map(Option::is_none).collect();
        if group.is_practice() {
            // Each place is accepted separately, so further ones are not.
            for (number, place) in group.places.iter().enumerate().filter(|(number, _)| open[*number]) {
                reasons[number] = self.accepts(&place.fingerprint, &place.check, place.severity);
            }
        }
        for (check, places) in group.by_check(&|number| open[number] && !group.is_practice()) {
            let severity = places.iter().map(|(_, place)| place.severity).max();
            let Some(entry) = severity.and_then(|now| self.accepts(group.fingerprint(check), check, now))
            else {
                continue;
            };
            places.iter().for_each(|(number, _)| reasons[*number] = Some(entry));
        }
        let is_accepted = |number: usize| open[number] && reasons[number].is_some();
        applied.suppressed.extend(self.suppressed(group, &reasons, &is_accepted));
        applied
            .findings
            .extend(group.finding(&|number| reasons[number].is_none()).map(|(_, finding)| finding));
    }

    /// One finding of the `wanted` places, with the reason of its place.
    fn suppressed(
        &self,
        group: &Group,
        reasons: &[Option<usize>],
        wanted: &dyn Fn(usize) -> bool,
    ) -> Option<Suppressed> {
        let (number, finding) = group.finding(wanted)?;
        let by = &self.all[reasons[number]?];
        let reason = by.reason.clone().unwrap_or_else(|| "no reason given".to_owned());
        Some(Suppressed { finding, reason, by: by.origin.by.into() })
    }

    /// The baseline entry that accepts a report of `check` with this severity.
    fn accepts(&mut self, fingerprint: &str, check: &str, now: Severity) -> Option<usize> {
        let number = *self.accepted.get(fingerprint)?;
        let entry = &self.all[number];
        let Matcher::Fingerprint { check: named, severity, .. } = &entry.matcher else { return None };
        // The check is part of the fingerprint; an entry with another one was tampered with.
        if named != check || !entry.counts(self.today) {
            return None;
        }
        if let Some(accepted) = severity.filter(|accepted| now > *accepted) {
            let message = format!(
                "line {}: `{check}` was accepted as {accepted}, but is {now} now; `bartizan baseline \
                 update` accepts the change",
                entry.origin.line
            );
            self.notices.push(Problem { path: Some(entry.origin.file.clone()), message });
            return None;
        }
        if severity.is_none() && now > Severity::Low {
            let unlimited =
                Problem { path: Some(entry.origin.file.clone()), message: baseline::UNLIMITED.to_owned() };
            if !self.notices.contains(&unlimited) {
                self.notices.push(unlimited);
            }
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests;
