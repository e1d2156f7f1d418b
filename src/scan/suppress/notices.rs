//! Notices about invalid, expired and unused suppressions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Matcher, Policy, Scope, Suppression, has_expired};
use crate::model::{Problem, RepoPath};
use crate::scan::suggest::did_you_mean;

/// Most notices per file.
const MAX_NOTICES: usize = 20;
/// Most unknown checks for which a suggestion is computed.
const MAX_SUGGESTIONS: usize = 200;

impl Policy {
    /// All notices, sorted, with a limit per file.
    pub(super) fn into_notices(self, scope: &Scope<'_>) -> Vec<Problem> {
        let enabled: BTreeSet<&str> = scope.enabled.iter().map(|check| check.meta.id).collect();
        let mut files: BTreeMap<Option<RepoPath>, Vec<String>> = BTreeMap::new();
        for notice in self.notices {
            files.entry(notice.path).or_default().push(notice.message);
        }
        let (mut suggestions, mut none) = (MAX_SUGGESTIONS, 0);
        for suppression in self.all {
            let is_over = has_expired(suppression.expires, self.today);
            let file = Some(suppression.origin.file.clone());
            // Unlisted ones are only counted.
            let is_full = files.get(&file).is_some_and(|messages| messages.len() >= MAX_NOTICES);
            let suggestions = if is_full { &mut none } else { &mut suggestions };
            if let Some(what) = suppression
                .mistake(scope, &enabled, suggestions)
                .or_else(|| suppression.notice(is_over, &enabled))
            {
                let message = format!("line {}: {what}", suppression.origin.line);
                files.entry(file).or_default().push(message);
            }
        }
        let mut notices = Vec::new();
        for (path, mut messages) in files {
            if let Some(more @ 1..) = messages.len().checked_sub(MAX_NOTICES) {
                messages.truncate(MAX_NOTICES);
                messages.push(format!("and {more} more notices about suppressions in this file"));
            }
            notices.extend(messages.into_iter().map(|message| Problem { path: path.clone(), message }));
        }
        notices.sort();
        notices
    }
}

impl Suppression {
    /// The mistake in a mark; names are suggested while `suggestions` are left.
    fn mistake(
        &self,
        scope: &Scope<'_>,
        enabled: &BTreeSet<&str>,
        suggestions: &mut usize,
    ) -> Option<String> {
        let Matcher::Mark(check) = &self.matcher else { return None };
        let (id, is_enabled) = (check.as_str(), enabled.contains(check.as_str()));
        if id.is_empty() {
            Some("`bartizan:allow` names no check; write `bartizan:allow CHECK reason`".to_owned())
        } else if self.reason.is_none() {
            let what = "has no reason and no effect; add a reason after it";
            Some(format!("`bartizan:allow {id}` {what}"))
        } else if self.origin.expected && !is_enabled && scope.known.binary_search(&id).is_err() {
            let mut meant = String::new();
            if let Some(left) = suggestions.checked_sub(1) {
                *suggestions = left;
                meant = did_you_mean(id, scope.known.iter().copied());
            }
            Some(format!("`bartizan:allow {id}` names an unknown check{meant}"))
        } else {
            None
        }
    }

    /// Whether it has expired, is unused or lacks a reason.
    fn notice(&self, is_over: bool, enabled: &BTreeSet<&str>) -> Option<String> {
        let (what, mend) = match self.matcher {
            Matcher::Mark(_) => ("`bartizan:allow ", "remove it"),
            Matcher::Fingerprint { .. } => ("the entry of `", "run `bartizan baseline prune`"),
            _ => ("the ignore of `", "remove it"),
        };
        let name = self.name();
        // A mark for a check that did not run may be used when it does.
        let ran = !matches!(self.matcher, Matcher::Mark(_)) || enabled.contains(name);
        match self.expires.filter(|_| is_over) {
            Some(day) => Some(format!("{what}{name}` expired on {day}; renew it or {mend}")),
            None if !self.used && self.origin.expected && ran => {
                Some(format!("{what}{name}` is unused; {mend}"))
            }
            None if self.used && self.reason.is_none() => {
                Some(format!("{what}{name}` has no reason; add why it is accepted"))
            }
            None => None,
        }
    }
}
