//! The shapes of the `json` and `jsonl` formats; `report.schema.json` describes them.
//!
//! The types of the model are not serialisable, so that a field added there cannot show up in a
//! report by itself: [`Finding::identity`](model::Finding::identity) has no counterpart here.

pub(super) mod both;
pub(super) mod claim;
pub(super) mod signature;
pub(super) mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::tally::Tally;
use super::{Compared, Options};
use crate::model;

/// Raised when a field changes its meaning or goes away; fields are added without notice.
pub(super) const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

impl<'a> Tool<'a> {
    pub(super) const fn new(version: &'a str) -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version }
    }
}

#[derive(Serialize)]
struct Path<'a> {
    path: Cow<'a, str>,
    /// The bytes as hexadecimal digits, where `path` had to replace some.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl<'a> From<&'a model::RepoPath> for Path<'a> {
    fn from(path: &'a model::RepoPath) -> Self {
        let bytes = path.as_bytes();
        let path_bytes = match std::str::from_utf8(bytes) {
            Ok(_) => None,
            Err(_) => Some(data_encoding::HEXLOWER.encode(bytes)),
        };
        Self { path: path.lossy(), path_bytes }
    }
}

#[derive(Serialize)]
struct Snippet<'a>(#[serde(with = "both::Snippet")] &'a model::Snippet);

#[derive(Serialize)]
struct Commit<'a> {
    id: String,
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
}

#[derive(Serialize)]
struct Origin<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Commit<'a>>,
}

impl<'a> From<&'a model::Origin> for Origin<'a> {
    fn from(origin: &'a model::Origin) -> Self {
        let commit = origin.commit.as_ref().map(|commit| Commit {
            id: commit.id.to_string(),
            date: commit.date(),
            author: commit.author.as_deref(),
        });
        Self { kind: origin.kind.key(), object: origin.object.map(|id| id.to_string()), commit }
    }
}

#[derive(Serialize)]
struct History<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    in_head: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commits: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refs: Option<u64>,
    unreachable: bool,
    blobs: Vec<String>,
    messages: Vec<String>,
    ref_name: bool,
    header: bool,
    file_name: bool,
    purge: Vec<String>,
    purge_notes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Place<'a>>,
}

impl<'a> From<&'a model::History> for History<'a> {
    fn from(history: &'a model::History) -> Self {
        let ids = |ids: &[model::ObjectId]| ids.iter().map(model::ObjectId::to_string).collect();
        Self {
            in_head: history.in_head,
            commits: history.commits,
            refs: history.refs,
            unreachable: history.unreachable,
            blobs: ids(&history.blobs),
            messages: ids(&history.messages),
            ref_name: history.ref_name,
            header: history.header,
            file_name: history.file_name,
            purge: history.purge(),
            purge_notes: history.purge_notes(),
            first: history.first.as_deref().map(Place::from),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Examined<'a> {
    refs: u64,
    commits: u64,
    objects: u64,
    bytes: u64,
    gaps: Vec<Gap<'a>>,
}

#[derive(Serialize)]
struct Gap<'a> {
    reason: &'static str,
    count: u64,
    examples: &'a [String],
}

impl<'a> From<&'a model::Examined> for Examined<'a> {
    fn from(examined: &'a model::Examined) -> Self {
        let gap = |(reason, gap): (&model::SkipReason, &'a model::Gap)| Gap {
            reason: reason.key(),
            count: gap.count,
            examples: &gap.examples,
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

#[derive(Serialize)]
pub(super) struct Place<'a> {
    #[serde(flatten)]
    path: Path<'a>,
    #[serde(with = "both::Span")]
    span: model::Span,
    #[serde(with = "both::Region")]
    region: model::Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Snippet<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

impl<'a> From<&'a model::Place> for Place<'a> {
    fn from(place: &'a model::Place) -> Self {
        Self {
            path: (&place.path).into(),
            span: place.span,
            region: place.region,
            snippet: place.snippet.as_ref().map(Snippet),
            line_hash: place.line_hash.as_deref(),
            origin: place.origin.as_deref().map(Origin::from),
            note: place.note.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Evidence<'a> {
    text: &'a str,
    length: usize,
}

#[derive(Serialize)]
struct Advice<'a>(#[serde(with = "both::Advice")] &'a model::Advice);

#[derive(Serialize)]
pub(super) struct Validation<'a>(#[serde(with = "both::Validation")] pub(super) &'a model::Validation);

#[derive(Serialize)]
pub(super) struct Database<'a>(#[serde(with = "both::Database")] pub(super) &'a model::Database);

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    check: &'a str,
    family: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    place: Place<'a>,
    also: Vec<Place<'a>>,
    /// What it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace: Vec<Place<'a>>,
    /// What a change has changed so that it came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<Place<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<History<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence<'a>>,
    proofs: &'a [String],
    remedy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    advisory: Option<Advice<'a>>,
    /// What its provider says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<Validation<'a>>,
    fingerprint: &'a str,
    /// What each check reports, if several report the same secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Self>,
    /// What became of it since an earlier report.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

impl<'a> Finding<'a> {
    /// The findings of `report`, each with its state if there is something to compare with.
    pub(super) fn all(report: &'a model::Report, options: &'a Options) -> impl Iterator<Item = Self> {
        let findings = report.findings.iter().enumerate();
        findings.map(|(index, finding)| Self { state: options.state(index), ..finding.into() })
    }

    /// What an earlier report has and this one has not.
    pub(super) fn gone(compared: &'a Compared) -> impl Iterator<Item = Self> {
        compared.gone.iter().map(|finding| Self { state: Some("gone"), ..finding.into() })
    }
}

impl<'a> From<&'a model::Finding> for Finding<'a> {
    fn from(finding: &'a model::Finding) -> Self {
        Self {
            check: &finding.check,
            family: finding.family.as_str(),
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            message: &finding.message,
            place: (&finding.place).into(),
            also: finding.also.iter().map(Place::from).collect(),
            trace: finding.trace.iter().map(Place::from).collect(),
            changed_at: finding.changed_at.as_deref().map(Place::from),
            history: finding.history.as_deref().map(History::from),
            evidence: finding
                .evidence
                .as_ref()
                .map(|redacted| Evidence { text: redacted.text(), length: redacted.length() }),
            proofs: &finding.proofs,
            remedy: &finding.remedy,
            advisory: finding.advice.as_deref().map(Advice),
            validation: finding.validation.as_deref().map(Validation),
            fingerprint: &finding.fingerprint,
            parts: finding.parts.iter().map(Self::from).collect(),
            state: None,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Suppressed<'a> {
    by: &'a str,
    reason: &'a str,
    finding: Finding<'a>,
}

impl<'a> From<&'a model::Suppressed> for Suppressed<'a> {
    fn from(suppressed: &'a model::Suppressed) -> Self {
        Self { by: &suppressed.by, reason: &suppressed.reason, finding: (&suppressed.finding).into() }
    }
}

#[derive(Serialize)]
pub(super) struct Problem<'a> {
    #[serde(flatten)]
    path: Option<Path<'a>>,
    message: &'a str,
}

impl<'a> From<&'a model::Problem> for Problem<'a> {
    fn from(problem: &'a model::Problem) -> Self {
        Self { path: problem.path.as_ref().map(Path::from), message: &problem.message }
    }
}

#[derive(Serialize)]
pub(super) struct NotChecked<'a> {
    #[serde(flatten)]
    path: Path<'a>,
    ecosystem: &'a str,
    reason: &'static str,
    asked: bool,
}

impl<'a> From<&'a model::NotChecked> for NotChecked<'a> {
    fn from(file: &'a model::NotChecked) -> Self {
        let model::NotChecked { why, path, ecosystem, asked } = file;
        Self { path: path.into(), ecosystem, reason: why.key(), asked: *asked }
    }
}

#[derive(Serialize)]
pub(super) struct Skipped<'a> {
    #[serde(flatten)]
    path: Path<'a>,
    reason: &'static str,
}

impl<'a> From<&'a (model::RepoPath, model::SkipReason)> for Skipped<'a> {
    fn from((path, reason): &'a (model::RepoPath, model::SkipReason)) -> Self {
        Self { path: path.into(), reason: reason.key() }
    }
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
enum Outcome<'a> {
    Clean,
    Found { findings: usize },
    NotApplicable,
    NotChecked { reason: &'a str },
    Failed { reason: &'a str },
}

#[derive(Serialize)]
pub(super) struct Check<'a> {
    id: &'a str,
    title: &'a str,
    family: &'static str,
    severity: &'static str,
    confidence: &'static str,
    /// With `docs` only where there is more to say than that all is well: most checks find nothing.
    #[serde(skip_serializing_if = "str::is_empty")]
    remedy: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    docs: &'a str,
    outcome: Outcome<'a>,
}

/// True if a check that ended like this found something or did not run.
pub(super) const fn is_telling(outcome: &model::Outcome) -> bool {
    match outcome {
        model::Outcome::Found(_) | model::Outcome::NotChecked(_) | model::Outcome::Failed(_) => true,
        model::Outcome::Clean | model::Outcome::NotApplicable => false,
    }
}

impl<'a> From<&'a (model::Meta<model::Name>, model::Outcome)> for Check<'a> {
    fn from((meta, outcome): &'a (model::Meta<model::Name>, model::Outcome)) -> Self {
        let (remedy, docs) = if is_telling(outcome) { (&*meta.remedy, &*meta.docs) } else { ("", "") };
        Self {
            id: &meta.id,
            title: &meta.title,
            family: meta.family.as_str(),
            severity: meta.severity.as_str(),
            confidence: meta.confidence.as_str(),
            remedy,
            docs,
            outcome: match outcome {
                model::Outcome::Clean => Outcome::Clean,
                model::Outcome::Found(findings) => Outcome::Found { findings: *findings },
                model::Outcome::NotApplicable => Outcome::NotApplicable,
                model::Outcome::NotChecked(reason) => Outcome::NotChecked { reason },
                model::Outcome::Failed(reason) => Outcome::Failed { reason },
            },
        }
    }
}

#[derive(Serialize)]
struct BySeverity {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
}

#[derive(Serialize)]
struct Outcomes {
    total: u64,
    clean: u64,
    found: u64,
    not_applicable: u64,
    not_checked: u64,
    failed: u64,
}

#[derive(Serialize)]
pub(super) struct Summary<'a> {
    complete: bool,
    fail_on: &'static str,
    findings: u64,
    by_severity: BySeverity,
    suppressed: usize,
    #[serde(skip_serializing_if = "is_zero")]
    known_before: usize,
    problems: usize,
    notices: usize,
    not_checked: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<claim::Counts>,
    checks: Outcomes,
    files: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Examined<'a>>,
    skipped: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Difference>,
}

/// How many findings are what, compared with an earlier report.
#[derive(Serialize)]
struct Difference {
    new: u64,
    known: u64,
    gone: u64,
}

/// Whether a count says nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl<'a> Summary<'a> {
    pub(super) fn of(report: &'a model::Report, options: &Options) -> Self {
        let tally = Tally::of(report);
        let [critical, high, medium, low] = tally.by_severity.map(|(_, count)| count);
        let outcomes = &tally.outcomes;
        Self {
            complete: tally.is_whole(report),
            fail_on: options.fail_on.map_or("none", model::Severity::as_str),
            findings: tally.findings(),
            by_severity: BySeverity { critical, high, medium, low },
            suppressed: report.suppressed.len(),
            known_before: report.known_before,
            problems: report.problems.len(),
            notices: report.notices.len(),
            not_checked: report.not_checked.len(),
            claims: claim::Counts::of(report),
            checks: Outcomes {
                total: outcomes.total(),
                clean: outcomes.clean,
                found: outcomes.found,
                not_applicable: outcomes.not_applicable,
                not_checked: outcomes.not_checked,
                failed: outcomes.failed,
            },
            files: report.coverage.files,
            bytes: report.coverage.bytes,
            history: report.coverage.history.as_ref().map(Examined::from),
            skipped: tally.skipped.iter().map(|(reason, count)| (reason.key(), *count)).collect(),
            compared: options.compared.as_ref().map(|compared| Difference {
                new: compared.count_new(),
                known: compared.count_known(),
                gone: compared.gone.len() as u64,
            }),
        }
    }
}
