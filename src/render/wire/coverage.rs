//! What was scanned and what was not.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::place::{Path, PathBytes};
use crate::model::{self, Name};

/// Something to say about a file, or about the scan.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Problem<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Path<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<PathBytes>,
    /// What happened, and what to do.
    message: Cow<'a, str>,
}

impl<'a> From<&'a model::Problem> for Problem<'a> {
    fn from(problem: &'a model::Problem) -> Self {
        let (path, path_bytes) = problem.path.as_ref().map(Path::split).unzip();
        Self { path, path_bytes: path_bytes.flatten(), message: Cow::Borrowed(&problem.message) }
    }
}

impl From<Problem<'_>> for model::Problem {
    fn from(problem: Problem<'_>) -> Self {
        let path = problem.path.map(|path| path.join(problem.path_bytes));
        Self { path, message: problem.message.into_owned() }
    }
}

/// A file with dependencies that were not compared with advisories, or a template of a manifest that was not checked.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct NotChecked<'a> {
    path: Path<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<PathBytes>,
    /// The ecosystem of its packages, by the name that OSV has for it; its tool, if it has none; what renders a
    /// template.
    ecosystem: Cow<'a, str>,
    reason: model::Unchecked,
    /// True if it was to be checked, by default, by a setting or by an option: the run then exits with 2.
    asked: bool,
}

impl<'a> From<&'a model::NotChecked> for NotChecked<'a> {
    fn from(file: &'a model::NotChecked) -> Self {
        let model::NotChecked { why, path, ecosystem, asked } = file;
        let (path, path_bytes) = Path::split(path);
        Self { path, path_bytes, ecosystem: ecosystem.into(), reason: *why, asked: *asked }
    }
}

impl From<NotChecked<'_>> for model::NotChecked {
    fn from(file: NotChecked<'_>) -> Self {
        let NotChecked { path, path_bytes, ecosystem, reason, asked } = file;
        Self { why: reason, path: path.join(path_bytes), ecosystem: ecosystem.into_owned(), asked }
    }
}

/// A file that was skipped.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Skipped<'a> {
    path: Path<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<PathBytes>,
    reason: model::SkipReason,
}

impl<'a> From<&'a (model::RepoPath, model::SkipReason)> for Skipped<'a> {
    fn from((path, reason): &'a (model::RepoPath, model::SkipReason)) -> Self {
        let (path, path_bytes) = Path::split(path);
        Self { path, path_bytes, reason: *reason }
    }
}

impl From<Skipped<'_>> for (model::RepoPath, model::SkipReason) {
    fn from(skipped: Skipped<'_>) -> Self {
        (skipped.path.join(skipped.path_bytes), skipped.reason)
    }
}

/// A part of the history that was not scanned.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Gap<'a> {
    reason: model::SkipReason,
    /// How many.
    #[cfg_attr(test, schemars(range(min = 1)))]
    count: u64,
    /// Ids or paths of some.
    examples: Cow<'a, [String]>,
}

/// What was scanned of the history and what was not; present only if a part of it was to be scanned.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Examined<'a> {
    /// References that were started from.
    refs: u64,
    /// Commits visited.
    commits: u64,
    /// Texts scanned: blobs, messages of commits and tags, notes, names of references.
    objects: u64,
    /// Bytes of those texts.
    bytes: u64,
    /// What was not scanned; reasons that did not occur are left out.
    gaps: Vec<Gap<'a>>,
}

impl<'a> From<&'a model::Examined> for Examined<'a> {
    fn from(examined: &'a model::Examined) -> Self {
        let gap = |(reason, gap): (&model::SkipReason, &'a model::Gap)| Gap {
            reason: *reason,
            count: gap.count,
            examples: Cow::Borrowed(&gap.examples),
        };
        Self {
            refs: examined.refs,
            commits: examined.commits,
            objects: examined.objects,
            bytes: examined.bytes,
            gaps: examined.gaps.iter().map(gap).collect(),
        }
    }
}

impl From<Examined<'_>> for model::Examined {
    fn from(examined: Examined<'_>) -> Self {
        let gap =
            |gap: Gap<'_>| (gap.reason, model::Gap { count: gap.count, examples: gap.examples.into_owned() });
        Self {
            refs: examined.refs,
            commits: examined.commits,
            objects: examined.objects,
            bytes: examined.bytes,
            gaps: examined.gaps.into_iter().map(gap).collect(),
        }
    }
}

/// What was scanned and what was skipped.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Coverage<'a> {
    /// Files scanned.
    pub(in crate::render) files: u64,
    /// Bytes of those files.
    pub(in crate::render) bytes: u64,
    /// Everything skipped, sorted by path.
    pub(in crate::render) skipped: Vec<Skipped<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::render) history: Option<Cow<'a, model::Examined>>,
}

impl<'a> From<&'a model::Coverage> for Coverage<'a> {
    fn from(coverage: &'a model::Coverage) -> Self {
        Self {
            files: coverage.files,
            bytes: coverage.bytes,
            skipped: coverage.skipped.iter().map(Skipped::from).collect(),
            history: coverage.history.as_ref().map(Cow::Borrowed),
        }
    }
}

impl From<Coverage<'_>> for model::Coverage {
    fn from(coverage: Coverage<'_>) -> Self {
        Self {
            files: coverage.files,
            bytes: coverage.bytes,
            skipped: coverage.skipped.into_iter().map(Into::into).collect(),
            history: coverage.history.map(Cow::into_owned),
        }
    }
}

/// A database that packages were compared with.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Database")]
pub(super) struct Database {
    /// Its name.
    name: Name,
    /// Where it came from, without any path.
    origin: String,
    /// Advisories in it.
    advisories: usize,
    /// The day of its newest advisory.
    newest: String,
    /// Its day: when it was fetched, or that of its newest advisory.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// How many days before the scan that was.
    #[serde(rename = "age_days", skip_serializing_if = "Option::is_none")]
    age: Option<u64>,
}
