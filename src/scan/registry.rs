//! All checks: pack rules and checks in code.

use crate::engine::rule::Rule;
use crate::engine::{Check, Run, builtin};
use crate::model::{Family, Meta};

/// Every built-in check, sorted by id.
#[must_use]
pub fn all() -> Vec<Check> {
    let mut checks: Vec<Check> = builtin::RULES.iter().map(of_rule).collect();
    checks.extend(crate::checks::CODE.iter().map(|check| (*check).clone()));
    checks.sort_by_key(|check| check.meta.id);
    checks
}

/// Every built-in rule, sorted by id.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    builtin::RULES.iter()
}

/// The built-in rule of this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    builtin::RULES.binary_search_by_key(&id, |rule| rule.id).ok().map(|at| &builtin::RULES[at])
}

/// True for the id of a built-in check: each has a page under `docs/checks`.
#[must_use]
pub fn is_built_in(id: &str) -> bool {
    rule(id).is_some() || crate::checks::CODE.iter().any(|check| check.meta.id == id)
}

/// The check for a rule.
#[must_use]
pub fn of_rule(rule: &'static Rule) -> Check {
    Check {
        meta: Meta {
            id: rule.id,
            title: rule.title,
            severity: rule.severity,
            confidence: rule.confidence,
            family: Family::Secret,
            remedy: rule.revoke,
            docs: "",
        },
        run: Run::Rule(rule),
    }
}
