//! What a check reports.

use std::sync::Arc;

use super::{
    Advice, Confidence, Family, Fix, History, Identity, Meta, Name, Nearby, Place, Redacted, RepoPath,
    Secret, Severity, Validation,
};

/// One fault at one place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The id of the check.
    pub check: Name,
    /// The family of the check.
    pub family: Family,
    /// The check's severity, changed by proofs.
    pub severity: Severity,
    /// The check's confidence, changed by proofs.
    pub confidence: Confidence,
    /// Where it is: the gravest of the places that nothing silences. All else is as it is there.
    pub place: Place,
    /// One sentence, lower case, without any secret bytes.
    pub message: String,
    /// The secret as it may be shown.
    pub evidence: Option<Redacted>,
    /// What it is about.
    pub identity: Identity,
    /// How specific the check is: of several that report the same secret, the most specific one leads.
    pub rank: u8,
    /// What was proven or disproven offline, a short sentence each: "checksum valid".
    pub proofs: Vec<String>,
    /// What to do first.
    pub remedy: Name,
    /// What makes this the same finding in another run; see [`crate::model::fingerprint`].
    pub fingerprint: String,
    /// Further places of the same secret, or where a practice is not kept: those of today, then the history in the
    /// order of its commits.
    pub also: Vec<Place>,
    /// What it rests on, in the order in which one leads to the other: what starts a workflow, where a value comes from.
    pub trace: Vec<Place>,
    /// What a change has changed so that it came to be, if it is about another place: the line of a workflow by which
    /// a sentence of the policy stopped being true.
    pub changed_at: Option<Box<Place>>,
    /// Checks that saw the very same bytes at one of the places and are less specific. They have no part in it: a
    /// place has one alert.
    pub lost: Vec<Name>,
    /// If several checks report the same secret: what each of them reports, the leading one first. If a practice is
    /// not kept at several places: what is reported at each. See [`Self::parts`].
    pub parts: Vec<Self>,
    /// An edit that mends it for certain.
    pub fix: Option<Arc<Fix>>,
    /// What a finding about a dependency rests on.
    pub advice: Option<Arc<Advice>>,
    /// How it lives in the history; there if one of its places is in the history.
    pub history: Option<Box<History>>,
    /// What stands near a credential, if its provider is to be asked about it. Never rendered.
    pub nearby: Option<Arc<Nearby>>,
    /// What its provider says of it, if that was asked for.
    pub validation: Option<Arc<Validation>>,
}

impl Finding {
    /// What the check with these facts reports at `place`, as severe and as sure as its findings usually are, with
    /// nothing more to say.
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

    /// Where it is shown: what a change has changed, else the place that it is about.
    #[must_use]
    pub fn shown_at(&self) -> &Place {
        self.changed_at.as_deref().unwrap_or(&self.place)
    }

    /// Every place, the first one first.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.place).chain(&self.also)
    }

    /// The secret itself, for `--show-secrets` on a terminal; never rendered otherwise.
    #[must_use]
    pub const fn secret(&self) -> Option<&Secret> {
        match &self.identity {
            Identity::Secret(secret) => Some(secret),
            Identity::Package { .. } | Identity::Practice { .. } | Identity::Fault { .. } => None,
        }
    }

    /// What it is about and, unless that is a secret or a practice, the file that it is about it in.
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

    /// What each check, or each place, reports that has a part in it: a finding with a fingerprint of its own, as
    /// baselines have it.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        if self.parts.is_empty() { std::slice::from_ref(self) } else { &self.parts }
    }

    /// True if it is of several places at which the same check reports that a practice is not kept.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().all(|part| part.check == self.check)
    }

    /// What to do: what its advice knows of this very case, else what its check says.
    #[must_use]
    pub fn to_do(&self) -> &str {
        let help = self.advice.as_deref().map(|advice| advice.help.as_str());
        help.filter(|help| !help.is_empty()).unwrap_or(&self.remedy)
    }

    /// The place at which it first came into the history.
    #[must_use]
    pub fn first_in_history(&self) -> Option<&Place> {
        let first = self.history.as_deref().and_then(|history| history.first.as_deref());
        first.or_else(|| self.places().find(|place| place.origin.is_some()))
    }
}
