//! What a check reports.

use std::sync::Arc;

use super::{
    Advice, Confidence, Family, Fix, History, Identity, Meta, Name, Nearby, Place, Redacted, RepoPath,
    Secret, Severity, Validation,
};

/// Most findings listed per file or archive. Only crafted files have more.
pub(crate) const FINDINGS_MAX: usize = 1000;

/// A finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The id of the check.
    pub check: Name,
    /// The family of the check.
    pub family: Family,
    /// The check's severity, adjusted by proofs.
    pub severity: Severity,
    /// The check's confidence, adjusted by proofs.
    pub confidence: Confidence,
    /// The most severe unsuppressed place; all other fields describe it.
    pub place: Place,
    /// One sentence, lower case, without secret bytes.
    pub message: String,
    /// The masked secret.
    pub evidence: Option<Redacted>,
    /// What it is about.
    pub identity: Identity,
    /// The specificity of the check: of several that report the same secret, the most specific one leads.
    pub rank: u8,
    /// Offline proofs, a short sentence each: "checksum valid".
    pub proofs: Vec<String>,
    /// What to do first.
    pub remedy: Name,
    /// The stable identity across runs; see [`crate::model::fingerprint`].
    pub fingerprint: String,
    /// Further places of the same secret or practice: current ones, then the history in commit order.
    pub also: Vec<Place>,
    /// The trace that leads to it, in order: the trigger of a workflow, the source of a value.
    pub trace: Vec<Place>,
    /// The change that caused it, if elsewhere: the workflow line that made a sentence of the policy untrue.
    pub changed_at: Option<Box<Place>>,
    /// Less specific checks that matched the same bytes at one of the places. They are not parts: a place has one
    /// alert.
    pub lost: Vec<Name>,
    /// If several checks report the same secret: the finding of each, the leading one first. For a practice: the
    /// finding at each place. See [`Self::parts`].
    pub parts: Vec<Self>,
    /// A safe fix.
    pub fix: Option<Arc<Fix>>,
    /// Details of a finding about a dependency.
    pub advice: Option<Arc<Advice>>,
    /// Its presence in the history, if one of its places is there.
    pub history: Option<Box<History>>,
    /// Values near a credential that its validation needs. Never rendered.
    pub nearby: Option<Arc<Nearby>>,
    /// The provider's answer, if requested.
    pub validation: Option<Arc<Validation>>,
}

impl Finding {
    /// A finding of the check at `place`, with the check's defaults.
    #[must_use]
    pub fn new(meta: &Meta, place: Place, message: String, fingerprint: String) -> Self {
        Self {
            check: meta.id.into(),
            family: meta.family,
            severity: meta.severity,
            confidence: meta.confidence,
            place,
            identity: Identity::fault(meta.id, message.as_str()),
            rank: 0,
            message,
            evidence: None,
            proofs: Vec::new(),
            remedy: meta.remedy.into(),
            fingerprint,
            also: Vec::new(),
            trace: Vec::new(),
            changed_at: None,
            lost: Vec::new(),
            parts: Vec::new(),
            fix: None,
            advice: None,
            history: None,
            nearby: None,
            validation: None,
        }
    }

    /// The place to show: the causing change, otherwise its own place.
    #[must_use]
    pub fn shown_at(&self) -> &Place {
        self.changed_at.as_deref().unwrap_or(&self.place)
    }

    /// Every place, the first one first.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.place).chain(&self.also)
    }

    /// The raw secret, for `--show-secrets` on a terminal; never rendered otherwise.
    #[must_use]
    pub const fn secret(&self) -> Option<&Secret> {
        match &self.identity {
            Identity::Secret(secret) => Some(secret),
            Identity::Package { .. } | Identity::Practice { .. } | Identity::Fault { .. } => None,
        }
    }

    /// Its identity and, unless that is a secret or a practice, its file.
    #[must_use]
    pub fn subject(&self) -> (Identity, Option<RepoPath>) {
        if let Identity::Practice { check, many, .. } = &self.identity {
            return (
                Identity::Practice { check: check.clone(), item: String::new(), many: many.clone() },
                None,
            );
        }
        let path = self.secret().is_none().then(|| self.place.path.clone());
        (self.identity.clone(), path)
    }

    /// The findings of each check or place in it, each with its own fingerprint, as in baselines.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        if self.parts.is_empty() { std::slice::from_ref(self) } else { &self.parts }
    }

    /// True if it groups several places of the same practice.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().all(|part| part.check == self.check)
    }

    /// The remediation: from its advice, otherwise from its check.
    #[must_use]
    pub fn to_do(&self) -> &str {
        let help = self.advice.as_deref().map(|advice| advice.help.as_str());
        help.filter(|help| !help.is_empty()).unwrap_or(&self.remedy)
    }

    /// The place that introduced it into the history.
    #[must_use]
    pub fn first_in_history(&self) -> Option<&Place> {
        let first = self.history.as_deref().and_then(|history| history.first.as_deref());
        first.or_else(|| self.places().find(|place| place.origin.is_some()))
    }
}
