//! A check and how it ended.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::{self, Meta, Name};

/// How a check ended. `clean`: ran over everything it applies to and found nothing; `found`: has findings;
/// `not-applicable`: the repository has nothing for it to look at; `not-checked`: could not run; `failed`: broke while
/// running. The last two say nothing about the repository.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "kebab-case")]
enum Outcome<'a> {
    #[cfg_attr(test, schemars(extend("not" = has_any(&["findings", "reason"]))))]
    Clean,
    #[cfg_attr(test, schemars(extend("not" = has_any(&["reason"]))))]
    Found {
        /// How many.
        findings: usize,
    },
    #[cfg_attr(test, schemars(extend("not" = has_any(&["findings", "reason"]))))]
    NotApplicable,
    #[cfg_attr(test, schemars(extend("not" = has_any(&["findings"]))))]
    NotChecked {
        /// Why.
        reason: Cow<'a, str>,
    },
    #[cfg_attr(test, schemars(extend("not" = has_any(&["findings"]))))]
    Failed {
        /// Why.
        reason: Cow<'a, str>,
    },
}

/// The schema of an object with one of these fields.
#[cfg(test)]
fn has_any(fields: &[&str]) -> serde_json::Value {
    let any: Vec<_> = fields.iter().map(|field| serde_json::json!({ "required": [field] })).collect();
    serde_json::json!({ "anyOf": any })
}

impl<'a> From<&'a model::Outcome> for Outcome<'a> {
    fn from(outcome: &'a model::Outcome) -> Self {
        match outcome {
            model::Outcome::Clean => Self::Clean,
            model::Outcome::Found(findings) => Self::Found { findings: *findings },
            model::Outcome::NotApplicable => Self::NotApplicable,
            model::Outcome::NotChecked(reason) => Self::NotChecked { reason: reason.into() },
            model::Outcome::Failed(reason) => Self::Failed { reason: reason.into() },
        }
    }
}

impl From<Outcome<'_>> for model::Outcome {
    fn from(outcome: Outcome<'_>) -> Self {
        match outcome {
            Outcome::Clean => Self::Clean,
            Outcome::Found { findings } => Self::Found(findings),
            Outcome::NotApplicable => Self::NotApplicable,
            Outcome::NotChecked { reason } => Self::NotChecked(reason.into_owned()),
            Outcome::Failed { reason } => Self::Failed(reason.into_owned()),
        }
    }
}

/// An enabled check and how it ended.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Check<'a> {
    /// The name of the fault.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(in crate::render) id: Cow<'a, str>,
    /// What it looks for, one line.
    title: Cow<'a, str>,
    family: model::Family,
    severity: model::Severity,
    confidence: model::Confidence,
    /// What to do first. Only of checks that found something or did not run.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    remedy: Cow<'a, str>,
    /// The page of the check in Markdown, if it has one. Only of checks that found something or did not run.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    docs: Cow<'a, str>,
    outcome: Outcome<'a>,
}

/// True if a check that ended like this found something or did not run.
pub(in crate::render) const fn is_notable(outcome: &model::Outcome) -> bool {
    match outcome {
        model::Outcome::Found(_) | model::Outcome::NotChecked(_) | model::Outcome::Failed(_) => true,
        model::Outcome::Clean | model::Outcome::NotApplicable => false,
    }
}

impl<'a> From<&'a (Meta<Name>, model::Outcome)> for Check<'a> {
    fn from((meta, outcome): &'a (Meta<Name>, model::Outcome)) -> Self {
        // Most checks find nothing: reports would consist of their pages.
        let (remedy, docs) = if is_notable(outcome) { (&*meta.remedy, &*meta.docs) } else { ("", "") };
        Self {
            id: Cow::Borrowed(&meta.id),
            title: Cow::Borrowed(&meta.title),
            family: meta.family,
            severity: meta.severity,
            confidence: meta.confidence,
            remedy: remedy.into(),
            docs: docs.into(),
            outcome: outcome.into(),
        }
    }
}

impl From<Check<'_>> for (Meta<Name>, model::Outcome) {
    fn from(check: Check<'_>) -> Self {
        let meta = Meta {
            id: check.id.into_owned().into(),
            title: check.title.into_owned().into(),
            severity: check.severity,
            confidence: check.confidence,
            family: check.family,
            remedy: check.remedy.into_owned().into(),
            docs: check.docs.into_owned().into(),
        };
        (meta, check.outcome.into())
    }
}
