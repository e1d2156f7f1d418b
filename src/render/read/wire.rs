//! The shapes of `json` and `jsonl` as they are read, and what of the model they are. What is not known here
//! is let pass, for within a version fields are added.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::model;
use crate::render::wire::both;
use crate::render::wire::words::{Bytes, Date, Plain, Told};

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) version: Told<Plain>,
}

/// A path, and more with it: what a report says of a file.
#[derive(Deserialize)]
pub(super) struct Path {
    path: String,
    path_bytes: Option<Told<Bytes>>,
}

impl From<Path> for model::RepoPath {
    fn from(path: Path) -> Self {
        of(path.path, path.path_bytes)
    }
}

fn of(path: String, bytes: Option<Told<Bytes>>) -> model::RepoPath {
    model::RepoPath::new(bytes.map_or_else(|| path.into_bytes(), |bytes| bytes.0.0))
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<model::Span, D::Error> {
    let span = both::Span::deserialize(deserializer)?;
    if span.end < span.start {
        return Err(D::Error::custom("a span ends before it starts"));
    }
    Ok(span)
}

#[derive(Deserialize)]
struct Snippet(#[serde(with = "both::Snippet")] model::Snippet);

#[derive(Deserialize)]
struct Commit {
    id: Told<model::ObjectId>,
    date: Told<Date>,
    author: Option<String>,
}

#[derive(Deserialize)]
struct Origin {
    kind: Told<model::TextKind>,
    object: Option<Told<model::ObjectId>>,
    commit: Option<Commit>,
}

impl From<Origin> for model::Origin {
    fn from(origin: Origin) -> Self {
        let commit = origin.commit.map(|commit| {
            let Date(time, offset) = commit.date.0;
            model::Commit { id: commit.id.0, time, offset, author: commit.author, rank: 0 }
        });
        Self { kind: origin.kind.0, object: origin.object.map(|id| id.0), commit }
    }
}

#[derive(Deserialize)]
struct Place {
    path: String,
    path_bytes: Option<Told<Bytes>>,
    #[serde(deserialize_with = "span")]
    span: model::Span,
    #[serde(with = "both::Region")]
    region: model::Region,
    snippet: Option<Snippet>,
    line_hash: Option<String>,
    origin: Option<Origin>,
    note: Option<String>,
}

impl From<Place> for model::Place {
    fn from(place: Place) -> Self {
        Self {
            path: of(place.path, place.path_bytes),
            span: place.span,
            region: place.region,
            snippet: place.snippet.map(|snippet| snippet.0),
            line_hash: place.line_hash,
            origin: place.origin.map(|origin| Box::new(origin.into())),
            note: place.note,
        }
    }
}

#[derive(Deserialize)]
struct History {
    in_head: Option<bool>,
    commits: Option<u64>,
    refs: Option<u64>,
    unreachable: bool,
    blobs: Vec<Told<model::ObjectId>>,
    messages: Vec<Told<model::ObjectId>>,
    ref_name: bool,
    /// Reports of earlier versions do not say.
    #[serde(default)]
    header: bool,
    #[serde(default)]
    file_name: bool,
    first: Option<Place>,
}

impl From<History> for model::History {
    fn from(history: History) -> Self {
        let ids = |ids: Vec<Told<model::ObjectId>>| ids.into_iter().map(|id| id.0).collect();
        Self {
            in_head: history.in_head,
            commits: history.commits,
            refs: history.refs,
            unreachable: history.unreachable,
            blobs: ids(history.blobs),
            messages: ids(history.messages),
            ref_name: history.ref_name,
            header: history.header,
            file_name: history.file_name,
            first: history.first.map(|place| Box::new(place.into())),
        }
    }
}

#[derive(Deserialize)]
struct Evidence {
    text: String,
    length: usize,
}

#[derive(Deserialize)]
struct Advice(#[serde(with = "both::Advice")] model::Advice);

#[derive(Deserialize)]
struct Validation(#[serde(with = "both::Validation")] model::Validation);

#[derive(Deserialize)]
pub(super) struct Finding {
    check: String,
    family: Told<model::Family>,
    severity: Told<model::Severity>,
    confidence: Told<model::Confidence>,
    message: String,
    place: Place,
    also: Vec<Place>,
    #[serde(default)]
    trace: Vec<Place>,
    changed_at: Option<Place>,
    history: Option<History>,
    evidence: Option<Evidence>,
    proofs: Vec<String>,
    remedy: String,
    advisory: Option<Advice>,
    validation: Option<Validation>,
    fingerprint: String,
    #[serde(default)]
    parts: Vec<Self>,
    state: Option<String>,
}

impl Finding {
    /// Whether the report says that it is new; none if it was compared with nothing.
    pub(super) fn is_new(&self) -> Option<bool> {
        self.state.as_deref().map(|state| state == "new")
    }
}

impl From<Finding> for model::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            identity: model::Identity::fault(finding.check.clone(), finding.fingerprint.as_str()),
            rank: 0,
            check: finding.check.into(),
            family: finding.family.0,
            severity: finding.severity.0,
            confidence: finding.confidence.0,
            place: finding.place.into(),
            message: finding.message,
            evidence: finding.evidence.map(|shown| model::Redacted::shown(shown.text, shown.length)),
            proofs: finding.proofs,
            lost: Vec::new(),
            remedy: finding.remedy.into(),
            fingerprint: finding.fingerprint,
            also: finding.also.into_iter().map(model::Place::from).collect(),
            trace: finding.trace.into_iter().map(model::Place::from).collect(),
            changed_at: finding.changed_at.map(|place| Box::new(place.into())),
            parts: finding.parts.into_iter().map(Self::from).collect(),
            fix: None,
            advice: finding.advisory.map(|advice| Arc::new(advice.0)),
            history: finding.history.map(|history| Box::new(history.into())),
            nearby: None,
            validation: finding.validation.map(|validation| Arc::new(validation.0)),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Suppressed {
    by: Told<Plain>,
    reason: String,
    finding: Finding,
}

impl From<Suppressed> for model::Suppressed {
    fn from(Suppressed { by, reason, finding }: Suppressed) -> Self {
        Self { finding: finding.into(), reason, by: by.0.0.into() }
    }
}

#[derive(Deserialize)]
pub(super) struct Problem {
    path: Option<String>,
    path_bytes: Option<Told<Bytes>>,
    message: String,
}

impl From<Problem> for model::Problem {
    fn from(problem: Problem) -> Self {
        let Problem { path, path_bytes, message } = problem;
        Self { path: path.map(|path| of(path, path_bytes)), message }
    }
}

#[derive(Deserialize)]
pub(super) struct Skipped {
    path: String,
    path_bytes: Option<Told<Bytes>>,
    reason: Told<model::SkipReason>,
}

impl From<Skipped> for (model::RepoPath, model::SkipReason) {
    fn from(skipped: Skipped) -> Self {
        (of(skipped.path, skipped.path_bytes), skipped.reason.0)
    }
}

#[derive(Deserialize)]
struct Gap {
    reason: Told<model::SkipReason>,
    count: u64,
    examples: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Examined {
    refs: u64,
    commits: u64,
    objects: u64,
    bytes: u64,
    gaps: Vec<Gap>,
}

impl From<Examined> for model::Examined {
    fn from(examined: Examined) -> Self {
        let gap = |gap: Gap| (gap.reason.0, model::Gap { count: gap.count, examples: gap.examples });
        Self {
            refs: examined.refs,
            commits: examined.commits,
            objects: examined.objects,
            bytes: examined.bytes,
            gaps: examined.gaps.into_iter().map(gap).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
enum Outcome {
    Clean,
    Found { findings: usize },
    NotApplicable,
    NotChecked { reason: String },
    Failed { reason: String },
}

#[derive(Deserialize)]
pub(super) struct Check {
    id: String,
    title: String,
    family: Told<model::Family>,
    severity: Told<model::Severity>,
    confidence: Told<model::Confidence>,
    #[serde(default)]
    remedy: String,
    #[serde(default)]
    docs: String,
    outcome: Outcome,
}

impl Check {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl From<Check> for (model::Meta<model::Name>, model::Outcome) {
    fn from(check: Check) -> Self {
        let meta = model::Meta {
            id: check.id.into(),
            title: check.title.into(),
            severity: check.severity.0,
            confidence: check.confidence.0,
            family: check.family.0,
            remedy: check.remedy.into(),
            docs: check.docs.into(),
        };
        let outcome = match check.outcome {
            Outcome::Clean => model::Outcome::Clean,
            Outcome::Found { findings } => model::Outcome::Found(findings),
            Outcome::NotApplicable => model::Outcome::NotApplicable,
            Outcome::NotChecked { reason } => model::Outcome::NotChecked(reason),
            Outcome::Failed { reason } => model::Outcome::Failed(reason),
        };
        (meta, outcome)
    }
}

#[derive(Deserialize)]
pub(super) struct Database(#[serde(with = "both::Database")] pub(super) model::Database);

#[derive(Deserialize)]
struct Signer(#[serde(with = "both::Signer")] model::Signer);

#[derive(Deserialize)]
pub(super) struct Signature {
    path: String,
    path_bytes: Option<Told<Bytes>>,
    line: u32,
    form: String,
    artifact: Option<Path>,
    digest: Option<String>,
    standing: Told<model::Standing>,
    reason: String,
    signer: Option<Signer>,
    evidence: Vec<String>,
    predicate: Option<String>,
}

impl From<Signature> for model::Signature {
    fn from(signature: Signature) -> Self {
        Self {
            path: of(signature.path, signature.path_bytes),
            line: signature.line,
            form: signature.form.into(),
            // These three say what a check has to report; what it did is among the findings.
            foreign: false,
            changed: false,
            lost: false,
            artifact: signature.artifact.map(model::RepoPath::from),
            digest: signature.digest,
            standing: signature.standing.0,
            reason: signature.reason,
            signer: signature.signer.map(|signer| signer.0),
            evidence: signature.evidence,
            predicate: signature.predicate,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Claim {
    verdict: Told<model::Ruling>,
    kind: Told<Plain>,
    check: Told<Plain>,
    place: Place,
    evidence: Vec<Place>,
    #[serde(default)]
    facts: Vec<String>,
    reason: String,
    missing: Option<Told<model::Missing>>,
}

impl From<Claim> for model::Claim {
    fn from(claim: Claim) -> Self {
        Self {
            ruling: claim.verdict.0,
            kind: claim.kind.0.0.into(),
            check: claim.check.0.0.into(),
            place: claim.place.into(),
            evidence: claim.evidence.into_iter().map(model::Place::from).collect(),
            facts: claim.facts,
            reason: claim.reason,
            missing: claim.missing.map(|missing| missing.0),
        }
    }
}

/// How many claims end in each way.
#[derive(Default, Deserialize)]
pub(super) struct Counts {
    upheld: usize,
    contradicted: usize,
    no_evidence: usize,
    unverifiable: usize,
}

impl Counts {
    /// All of them.
    pub(super) const fn total(&self) -> usize {
        self.upheld
            .saturating_add(self.contradicted)
            .saturating_add(self.no_evidence)
            .saturating_add(self.unverifiable)
    }
}

#[derive(Deserialize)]
pub(super) struct NotChecked {
    path: String,
    path_bytes: Option<Told<Bytes>>,
    ecosystem: String,
    reason: Told<model::Unchecked>,
    asked: bool,
}

impl From<NotChecked> for model::NotChecked {
    fn from(file: NotChecked) -> Self {
        let NotChecked { path, path_bytes, ecosystem, reason, asked } = file;
        Self { why: reason.0, path: of(path, path_bytes), ecosystem, asked }
    }
}

#[derive(Deserialize)]
pub(super) struct Coverage {
    pub(super) files: u64,
    pub(super) bytes: u64,
    #[serde(default)]
    pub(super) skipped: Vec<Skipped>,
    pub(super) history: Option<Examined>,
}

#[derive(Deserialize)]
pub(super) struct Total {
    pub(super) total: usize,
}

/// What the numbers of a report are held against.
#[derive(Deserialize)]
pub(super) struct Summary {
    pub(super) findings: usize,
    pub(super) suppressed: usize,
    #[serde(default)]
    pub(super) known_before: usize,
    pub(super) problems: usize,
    pub(super) notices: usize,
    #[serde(default)]
    pub(super) not_checked: usize,
    #[serde(default)]
    pub(super) claims: Counts,
    pub(super) checks: Total,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) history: Option<Examined>,
    pub(super) fail_on: Option<Told<Option<model::Severity>>>,
    pub(super) compared: Option<Difference>,
}

/// How many findings are what, compared with an earlier report.
#[derive(Deserialize)]
pub(super) struct Difference {
    pub(super) gone: usize,
}

/// A whole report; that of `jsonl` is put together line by line.
#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) tool: Tool,
    pub(super) scope: String,
    pub(super) summary: Summary,
    pub(super) coverage: Coverage,
    #[serde(default)]
    pub(super) not_checked: Vec<NotChecked>,
    #[serde(default)]
    pub(super) databases: Vec<Database>,
    #[serde(default)]
    pub(super) signatures: Vec<Signature>,
    #[serde(default)]
    pub(super) claims: Vec<Claim>,
    pub(super) checks: Vec<Check>,
    pub(super) findings: Vec<Finding>,
    #[serde(default)]
    pub(super) gone: Vec<Finding>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) problems: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    #[serde(default)]
    pub(super) remarks: Vec<Problem>,
}
