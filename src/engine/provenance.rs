//! What a check of provenance is shown: everything that is known of signatures once all files were seen.

use crate::model::{Confidence, Meta, RepoPath, Severity, Signature};

/// What is known of the signatures of a repository. Sorted.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Signatures that stand in files.
    pub signatures: Vec<Signature>,
    /// Public keys that stand in files.
    pub keys: Vec<Key>,
    /// Files without a signature in a folder where others of their kind have one.
    pub unsigned: Vec<Unsigned>,
    /// True if somebody has said who may sign, or if it goes without saying.
    pub signers_known: bool,
    /// Workflows that publish something.
    pub releases: Vec<Release>,
    /// Signatures of commits and tags, if any were looked at.
    pub commits: Option<Commits>,
}

/// A file with a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The file.
    pub path: RepoPath,
    /// What uses it: a signature, a workflow, a document; nothing if nothing does.
    pub used_by: Option<RepoPath>,
}

/// A file without a signature, beside files that have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The file.
    pub path: RepoPath,
    /// One that is signed.
    pub beside: RepoPath,
}

/// A workflow that publishes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The workflow.
    pub path: RepoPath,
    /// The line of the first step that publishes, from 1.
    pub line: u32,
    /// What it publishes, and with what: `release assets (owner/action)`.
    pub published: String,
    /// True if something in the workflow, or in what belongs to it, signs or attests.
    pub is_signed: bool,
}

/// Signatures of the commits and tags that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Commits {
    /// How many commits there are, and how many have which kind of signature.
    pub total: u64,
    /// With OpenPGP.
    pub pgp: u64,
    /// With an SSH key.
    pub ssh: u64,
    /// With a certificate: gitsign or S/MIME.
    pub x509: u64,
    /// True if the configuration asks for every commit to be signed.
    pub wanted: bool,
    /// Every one that was verified, and those that could not be; `path` is that of the commit or tag, see
    /// [`TextKind::path`](crate::model::TextKind::path).
    pub signatures: Vec<Signature>,
    /// The first commits without a signature, as `path` above.
    pub unsigned: Vec<RepoPath>,
}

/// Takes the reports of one check; it knows the check, so a check cannot mislabel.
pub struct Reports<'a> {
    /// What was reported.
    pub(crate) all: Vec<Reported>,
    meta: &'a Meta,
}

/// Something that a check of provenance has reported.
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
        Self { all: Vec::new(), meta }
    }

    /// Reports the file at `path` as a whole.
    pub fn file(&mut self, path: &RepoPath, message: String) {
        self.push(path, None, String::new(), message, self.meta.severity);
    }

    /// Reports a place in the file at `path`.
    pub fn line(&mut self, path: &RepoPath, line: u32, message: String) {
        self.push(path, Some(line), message.clone(), message, self.meta.severity);
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
