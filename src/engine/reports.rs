//! What a check reports that looks at the facts of an analysis, once all files were seen.

use crate::model::{Confidence, Meta, Outcome, RepoPath, Severity, Signature};

/// Takes the reports of one check; it knows the check, so a check cannot mislabel.
pub struct Reports<'a> {
    /// What was reported.
    pub(crate) all: Vec<Reported>,
    /// How the check ended, if it says so itself.
    pub(crate) outcome: Option<Outcome>,
    meta: &'a Meta,
}

/// Something that a check has reported.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    pub(crate) path: RepoPath,
    /// From 1; none for the file as a whole.
    pub(crate) line: Option<u32>,
    /// What tells it from other reports of the same check about the same file.
    pub(crate) about: String,
    pub(crate) message: String,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// What was proven, a short sentence each.
    pub(crate) proofs: Vec<String>,
}

impl<'a> Reports<'a> {
    pub(crate) const fn new(meta: &'a Meta) -> Self {
        Self { all: Vec::new(), outcome: None, meta }
    }

    /// Says that there is nothing that the check would look at.
    pub fn not_applicable(&mut self) {
        self.outcome = Some(Outcome::NotApplicable);
    }

    /// Says that what the check would look at cannot be judged, and why.
    pub fn not_checked(&mut self, why: &str) {
        self.outcome = Some(Outcome::NotChecked(why.to_owned()));
    }

    /// Reports the file at `path` as a whole.
    pub fn file(&mut self, path: &RepoPath, message: String) {
        self.push(path, None, String::new(), message, self.meta.severity);
    }

    /// Reports a place in the file at `path`. The message names no lines, for it tells the report from others.
    pub fn line(&mut self, path: &RepoPath, line: u32, message: String) {
        self.push(path, Some(line), message.clone(), message, self.meta.severity);
    }

    /// Reports a place in the file at `path`; `about` tells it from the others of that file, wherever its lines
    /// have moved to.
    pub fn line_about(&mut self, path: &RepoPath, line: u32, about: String, message: String) {
        self.push(path, Some(line), about, message, self.meta.severity);
    }

    /// Reports a signature, with what is known of it.
    pub fn signature(&mut self, signature: &Signature, message: String, severity: Severity) {
        let about = signature.artifact.as_ref().map(RepoPath::shown).or_else(|| signature.digest.clone());
        let about = about.unwrap_or_default();
        self.push(&signature.path, Some(signature.line), about, message, severity);
        if let Some(reported) = self.all.last_mut() {
            reported.proofs.clone_from(&signature.evidence);
        }
    }

    fn push(
        &mut self,
        path: &RepoPath,
        line: Option<u32>,
        about: String,
        message: String,
        severity: Severity,
    ) {
        let confidence = self.meta.confidence;
        let path = path.clone();
        self.all.push(Reported { path, line, about, message, severity, confidence, proofs: Vec::new() });
    }
}
