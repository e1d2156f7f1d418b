//! The shapes of the `json` and `jsonl` formats: one definition each to write, to read and to describe them.
//! `report.schema.json` is generated from them by the test in `wire/schema.rs`.
//!
//! A shape names every field of the report. So a field that the model gets does not show up in a report by itself:
//! [`Finding::identity`](model::Finding::identity) has no counterpart here. Fields that are not known are ignored,
//! for within a version fields are added. Nothing is flattened: serde would keep what it does not know in memory.

mod check;
mod claim;
mod coverage;
mod finding;
mod keyword;
mod place;
#[cfg(test)]
mod schema;
mod signature;
mod summary;

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) use check::{Check, is_notable};
use claim::Claim;
pub(super) use coverage::{Coverage, Skipped};
use coverage::{Database, Examined, NotChecked, Problem};
pub(super) use finding::Finding;
use finding::{Advice, History, Redacted, Suppressed, Validation};
use keyword::plain;
use place::{Commit, ObjectId, Origin, Place, Region, RepoPath, Snippet, Span};
use signature::{Signature, Signer};
pub(super) use summary::Summary;

use super::Options;
use crate::model;

/// Raised when a field changes its meaning or goes away; fields are added without notice.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// Gives types of the model the shapes that have their names: `mirrors` have the same fields (`serde(remote)`),
/// `conversions` are made from a reference, and the type from them.
macro_rules! shapes {
    (mirrors $($mirror:ident)*; conversions $($shape:ident)*;) => {
        $(shapes!($mirror, |value, to| $mirror::serialize(value, to), |from| $mirror::deserialize(from));)*
        $(shapes!($shape, |value, to| $shape::from(value).serialize(to), |from| {
            model::$shape::try_from($shape::deserialize(from)?).map_err(serde::de::Error::custom)
        });)*
    };
    ($name:ident, |$value:ident, $to:ident| $write:expr, |$from:ident| $read:expr) => {
        impl Serialize for model::$name {
            fn serialize<S: Serializer>(&self, $to: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                $write
            }
        }

        impl<'de> Deserialize<'de> for model::$name {
            fn deserialize<D: Deserializer<'de>>($from: D) -> Result<Self, D::Error> {
                $read
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for model::$name {
            fn schema_name() -> Cow<'static, str> {
                <$name as schemars::JsonSchema>::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                <$name as schemars::JsonSchema>::schema_id()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$name as schemars::JsonSchema>::json_schema(generator)
            }
        }
    };
}

shapes! {
    mirrors Region Snippet Origin Advice Validation Suppressed Claim Signer Database;
    conversions RepoPath Span ObjectId Commit Place History Redacted Finding Signature Examined NotChecked Problem;
}

/// The program that wrote the report.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Tool {
    /// Its name.
    #[cfg_attr(test, schemars(extend("const" = env!("CARGO_PKG_NAME"))))]
    name: Cow<'static, str>,
    /// Its version.
    #[serde(deserialize_with = "plain")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) version: model::Name,
}

impl Tool {
    pub(super) fn new(version: &model::Name) -> Self {
        Self { name: env!("CARGO_PKG_NAME").into(), version: version.clone() }
    }
}

/// What `bartizan --format json` writes: the whole result of a scan, except for the secrets themselves. Within a
/// schema version fields are only added, so readers must ignore what they do not know. `$defs/line` describes one line
/// of `--format jsonl`.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The version of this schema. It is raised when a field changes its meaning or goes away.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA_VERSION)))]
    schema_version: u32,
    pub(super) tool: Tool,
    /// What was scanned, such as `worktree`.
    pub(super) scope: Cow<'a, str>,
    pub(super) summary: Summary<'a>,
    pub(super) coverage: Coverage<'a>,
    /// Files with dependencies that were not compared with advisories.
    #[serde(default)]
    pub(super) not_checked: Cow<'a, [model::NotChecked]>,
    /// What packages were compared with.
    #[serde(default)]
    pub(super) databases: Cow<'a, [model::Database]>,
    /// Signatures of files, each with its verification status.
    #[serde(default)]
    pub(super) signatures: Cow<'a, [model::Signature]>,
    /// Claims that the project makes about itself in its security policy, README and guide for contributors, each with
    /// its verdict; sorted by place.
    #[serde(default)]
    pub(super) claims: Cow<'a, [model::Claim]>,
    /// Every enabled check and how it ended, sorted by id.
    pub(super) checks: Vec<Check<'a>>,
    /// What was found, sorted by path, position and check.
    pub(super) findings: Vec<Finding<'a>>,
    /// Findings of an earlier report that this one does not have. Present only if they were compared; they do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gone: Option<Vec<Finding<'a>>>,
    /// Suppressed findings; they do not count.
    pub(super) suppressed: Cow<'a, [model::Suppressed]>,
    /// What could not be read or understood. A report with problems is not complete, and the run exits with 2. Whatever
    /// was asked for and not done is among them.
    pub(super) problems: Cow<'a, [model::Problem]>,
    /// Remarks that do not affect the result: suppressions that are unused or have expired.
    pub(super) notices: Cow<'a, [model::Problem]>,
    /// Remarks for those who ask for more: what was compared, and what could not be.
    #[serde(default)]
    pub(super) remarks: Cow<'a, [model::Problem]>,
}

impl<'a> Document<'a> {
    pub(super) fn of(report: &'a model::Report, options: &'a Options) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::new(&options.version),
            scope: Cow::Borrowed(&report.scope),
            summary: Summary::of(report, options),
            coverage: (&report.coverage).into(),
            not_checked: Cow::Borrowed(&report.not_checked),
            databases: Cow::Borrowed(&report.databases),
            signatures: Cow::Borrowed(&report.signatures),
            claims: Cow::Borrowed(&report.claims),
            checks: report.checks.iter().map(Check::from).collect(),
            findings: Finding::all(report, options).collect(),
            gone: options.compared.as_ref().map(|compared| Finding::gone(compared).collect()),
            suppressed: Cow::Borrowed(&report.suppressed),
            problems: Cow::Borrowed(&report.problems),
            notices: Cow::Borrowed(&report.notices),
            remarks: Cow::Borrowed(&report.remarks),
        }
    }
}

/// One line of `--format jsonl`. The first is of type `scan`, the last of type `summary`: a file without it was cut
/// off. Of the checks, only those have a line of their own that found something or did not run; the others are in the
/// one of type `other-checks`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Line<'a> {
    Scan(Scan<'a>),
    Check(Check<'a>),
    Finding(Finding<'a>),
    Gone(Finding<'a>),
    Suppressed(&'a model::Suppressed),
    Problem(&'a model::Problem),
    Notice(&'a model::Problem),
    Remark(&'a model::Problem),
    NotChecked(&'a model::NotChecked),
    Database(&'a model::Database),
    Signature(&'a model::Signature),
    Claim(&'a model::Claim),
    Skipped(Skipped<'a>),
    OtherChecks(OtherChecks<'a>),
    Summary(Summary<'a>),
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Scan<'a> {
    /// The version of this schema. It is raised when a field changes its meaning or goes away.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA_VERSION)))]
    pub(super) schema_version: u32,
    pub(super) tool: Tool,
    /// What was scanned, such as `worktree`.
    pub(super) scope: Cow<'a, str>,
}

/// The checks that found nothing, and those that have nothing to look at.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct OtherChecks<'a> {
    /// Sorted by id.
    pub(super) checks: Vec<Check<'a>>,
}
