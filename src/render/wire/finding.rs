//! A finding, and what is known of it.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::keyword::plain;
use crate::model::{self, Name};
use crate::render::{Compared, Options};

/// Where a secret is in the history, all places together.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct History<'a> {
    /// Whether the tree of HEAD has one of the blobs; absent if that was not looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_head: Option<bool>,
    /// Commits whose tree or message holds it, as far as the scan went; absent if they were not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    commits: Option<u64>,
    /// References that reach one of those commits; absent if they were not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    refs: Option<u64>,
    /// True if no reference reaches any of it.
    unreachable: bool,
    /// Every blob that holds it.
    blobs: Cow<'a, [model::ObjectId]>,
    /// Every commit and tag whose message holds it.
    messages: Cow<'a, [model::ObjectId]>,
    /// True if the name of a reference holds it.
    ref_name: bool,
    /// True if the headers of a commit or a tag hold it.
    #[serde(default)]
    header: bool,
    /// True if the name of a file holds it.
    #[serde(default)]
    file_name: bool,
    /// Commands that remove exactly this from the history; rewriting it changes the ids of commits.
    purge: Vec<String>,
    /// What to know before that.
    purge_notes: Vec<Cow<'a, str>>,
    /// The place at which it came in; present only if it is not the first place of the finding that is in the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Cow<'a, model::Place>>,
}

impl<'a> From<&'a model::History> for History<'a> {
    fn from(history: &'a model::History) -> Self {
        Self {
            in_head: history.in_head,
            commits: history.commits,
            refs: history.refs,
            unreachable: history.unreachable,
            blobs: Cow::Borrowed(&history.blobs),
            messages: Cow::Borrowed(&history.messages),
            ref_name: history.ref_name,
            header: history.header,
            file_name: history.file_name,
            purge: history.purge(),
            purge_notes: history.purge_notes().into_iter().map(Cow::Borrowed).collect(),
            first: history.first.as_deref().map(Cow::Borrowed),
        }
    }
}

impl From<History<'_>> for model::History {
    fn from(history: History<'_>) -> Self {
        Self {
            in_head: history.in_head,
            commits: history.commits,
            refs: history.refs,
            unreachable: history.unreachable,
            blobs: history.blobs.into_owned(),
            messages: history.messages.into_owned(),
            ref_name: history.ref_name,
            header: history.header,
            file_name: history.file_name,
            first: history.first.map(|place| Box::new(place.into_owned())),
        }
    }
}

/// The secret as it may be shown; absent if the finding is about something else.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Evidence"))]
pub(super) struct Redacted<'a> {
    /// The prefix that names the kind of secret, then asterisks.
    text: Cow<'a, str>,
    /// Bytes of the secret.
    length: usize,
}

impl<'a> From<&'a model::Redacted> for Redacted<'a> {
    fn from(secret: &'a model::Redacted) -> Self {
        Self { text: secret.text().into(), length: secret.length() }
    }
}

impl From<Redacted<'_>> for model::Redacted {
    fn from(secret: Redacted<'_>) -> Self {
        Self::shown(secret.text, secret.length)
    }
}

/// What a finding about a dependency rests on, and how to resolve it.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Advisory"))]
#[serde(remote = "model::Advice")]
pub(super) struct Advice {
    /// The id of the advisory; absent for yanked versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Ids of the same advisory in other databases.
    aliases: Vec<String>,
    /// The advisory in a line.
    title: String,
    /// Where to read more.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What it is about.
    #[serde(deserialize_with = "plain")]
    #[cfg_attr(test, schemars(extend("enum" = ["vulnerability", "unsound", "unmaintained", "notice", "yanked"])))]
    kind: Name,
    /// The CVSS vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    cvss: Option<String>,
    /// Its score.
    #[serde(default, deserialize_with = "score", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 10)))]
    score: Option<f64>,
    /// The package.
    package: String,
    /// Its version.
    version: String,
    /// Requirements that patched versions meet.
    patched: Vec<String>,
    /// Requirements that unaffected versions meet.
    unaffected: Vec<String>,
    /// From a member of the workspace to the package, `name version` each.
    #[serde(rename = "dependency_path")]
    path: Vec<String>,
    /// The same and more for people.
    notes: Vec<String>,
    /// How to resolve it.
    help: String,
}

fn score<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Option::<f64>::deserialize(from)? {
        Some(score) if !(0.0..=10.0).contains(&score) => {
            Err(serde::de::Error::custom("a score is from 0 to 10"))
        }
        score => Ok(score),
    }
}

/// What the provider of a credential says of it; present if `bartizan validate` made the report.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Validation")]
pub(super) struct Validation {
    #[serde(rename = "state")]
    validity: model::Validity,
    /// Host and path of the request; what was filled in stands in braces. Absent if nothing was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    /// When the request was sent, in UTC.
    #[serde(rename = "asked_at", skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Why there is no answer, or what the answer leaves open.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    /// The account, as the provider names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The permissions, as the provider names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    /// When it expires, as the provider says.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// One fault at one place.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::render) struct Finding<'a> {
    /// The id of the check that found it.
    #[cfg_attr(test, schemars(length(min = 1)))]
    check: Cow<'a, str>,
    family: model::Family,
    severity: model::Severity,
    confidence: model::Confidence,
    /// One sentence: what was found.
    message: Cow<'a, str>,
    place: Cow<'a, model::Place>,
    /// Further places of the same secret, or of the same missing practice, without the first. Of the versions of a file
    /// in the history the first one stands for all.
    also: Cow<'a, [model::Place]>,
    /// What it rests on, in the order in which one leads to the other: what starts a workflow, where a value comes
    /// from. Each place has a note.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    trace: Cow<'a, [model::Place]>,
    /// The place that a change has edited to cause it, if the finding is about another place: a claim of the policy is
    /// about its sentence, and is contradicted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<Cow<'a, model::Place>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Cow<'a, model::History>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Cow<'a, model::Redacted>>,
    /// What was proven or disproven offline, a short sentence each.
    proofs: Cow<'a, [String]>,
    /// What to do first.
    remedy: Cow<'a, str>,
    #[serde(rename = "advisory", skip_serializing_if = "Option::is_none")]
    advice: Option<Cow<'a, model::Advice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<Cow<'a, model::Validation>>,
    /// Equal for the same finding in another run, wherever it has moved to.
    fingerprint: Cow<'a, str>,
    /// If several checks report the same secret: what each of them reports, with its own fingerprint and severity, the
    /// leading one first. If a practice is missing at several places: what is reported at each.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    parts: Cow<'a, [model::Finding]>,
    /// Its state since an earlier report: `new`, `known`, or `gone`. Absent if nothing was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(extend("enum" = ["new", "known", "gone"])))]
    state: Option<Cow<'a, str>>,
}

impl<'a> Finding<'a> {
    /// The findings of `report`, each with its state if there is something to compare with.
    pub(in crate::render) fn all(
        report: &'a model::Report,
        options: &'a Options,
    ) -> impl Iterator<Item = Self> {
        let findings = report.findings.iter().enumerate();
        findings.map(|(at, finding)| Self { state: options.state(at).map(Into::into), ..finding.into() })
    }

    /// What an earlier report has and this one does not.
    pub(in crate::render) fn gone(compared: &'a Compared) -> impl Iterator<Item = Self> {
        compared.gone.iter().map(|finding| Self { state: Some("gone".into()), ..finding.into() })
    }

    /// Whether the report says that it is new.
    pub(in crate::render) fn is_new(&self) -> bool {
        self.state.as_deref() == Some("new")
    }
}

impl<'a> From<&'a model::Finding> for Finding<'a> {
    fn from(finding: &'a model::Finding) -> Self {
        Self {
            check: Cow::Borrowed(&finding.check),
            family: finding.family,
            severity: finding.severity,
            confidence: finding.confidence,
            message: Cow::Borrowed(&finding.message),
            place: Cow::Borrowed(&finding.place),
            also: Cow::Borrowed(&finding.also),
            trace: Cow::Borrowed(&finding.trace),
            changed_at: finding.changed_at.as_deref().map(Cow::Borrowed),
            history: finding.history.as_deref().map(Cow::Borrowed),
            evidence: finding.evidence.as_ref().map(Cow::Borrowed),
            proofs: Cow::Borrowed(&finding.proofs),
            remedy: Cow::Borrowed(&finding.remedy),
            advice: finding.advice.as_deref().map(Cow::Borrowed),
            validation: finding.validation.as_deref().map(Cow::Borrowed),
            fingerprint: Cow::Borrowed(&finding.fingerprint),
            parts: Cow::Borrowed(&finding.parts),
            state: None,
        }
    }
}

impl From<Finding<'_>> for model::Finding {
    fn from(finding: Finding<'_>) -> Self {
        Self {
            identity: model::Identity::fault(finding.check.clone().into_owned(), &*finding.fingerprint),
            rank: 0,
            check: finding.check.into_owned().into(),
            family: finding.family,
            severity: finding.severity,
            confidence: finding.confidence,
            place: finding.place.into_owned(),
            message: finding.message.into_owned(),
            evidence: finding.evidence.map(Cow::into_owned),
            proofs: finding.proofs.into_owned(),
            lost: Vec::new(),
            remedy: finding.remedy.into_owned().into(),
            fingerprint: finding.fingerprint.into_owned(),
            also: finding.also.into_owned(),
            trace: finding.trace.into_owned(),
            changed_at: finding.changed_at.map(|place| Box::new(place.into_owned())),
            parts: finding.parts.into_owned(),
            fix: None,
            advice: finding.advice.map(|advice| Arc::new(advice.into_owned())),
            history: finding.history.map(|history| Box::new(history.into_owned())),
            nearby: None,
            validation: finding.validation.map(|validation| Arc::new(validation.into_owned())),
        }
    }
}

/// A finding that is suppressed.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Suppressed")]
pub(super) struct Suppressed {
    /// Where the suppression stands: `inline`, `baseline`, or the name of a file.
    #[serde(deserialize_with = "plain")]
    by: Name,
    /// The reason its author gave.
    reason: String,
    finding: model::Finding,
}
