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

/// Signatures of the commits and tags that were looked at.
#[derive(Clone, Debug, Default)]
pub struct Commits {
    /// How many commits there are.
    pub total: u64,
    /// Of these, signed with OpenPGP. It is not looked into.
    pub pgp: u64,
    /// With an SSH key.
    pub ssh: u64,
    /// With a certificate: gitsign or S/MIME.
    pub x509: u64,
    /// How many annotated tags there are.
    pub tags: u64,
    /// How many of these are signed, in whatever way.
    pub signed_tags: u64,
    /// True if the configuration asks for every commit to be signed.
    pub wanted: bool,
    /// What became of signatures with SSH keys and certificates, those together that came out alike.
    /// The worst first.
    pub signatures: Vec<Alike>,
    /// How many were left out of that, since there are too many kinds of them.
    pub left_out: u64,
    /// The latest commits without a signature, a few of them.
    pub unsigned: Vec<RepoPath>,
}

impl Commits {
    /// How many commits are signed, in whatever way.
    #[must_use]
    pub const fn signed(&self) -> u64 {
        self.pgp + self.ssh + self.x509
    }
}

/// Signatures of commits, or of tags, that came out alike: by the same signer, for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The earliest one, which stays the earliest when others come; `path` is that of its commit or tag,
    /// see [`TextKind::path`](crate::model::TextKind::path).
    pub signature: Signature,
    /// How many there are.
    pub count: u64,
    /// The latest of them, a few.
    pub paths: Vec<RepoPath>,
}

impl Alike {
    /// Which they are, in words: `commits 1234567, 89abcde and 3 more`.
    #[must_use]
    pub fn names(&self) -> String {
        names(&self.paths, self.count)
    }
}

/// Names the first of so many commits or tags by the start of their ids.
#[must_use]
pub fn names(paths: &[RepoPath], count: u64) -> String {
    let is_tag = paths.first().is_some_and(|path| path.as_bytes().starts_with(b".git/tags/"));
    let short = |path: &RepoPath| {
        let name = String::from_utf8_lossy(path.file_name()).into_owned();
        name.chars().take(7).collect::<String>()
    };
    let what = if is_tag { "tag" } else { "commit" };
    let listed = paths.iter().map(short).collect::<Vec<_>>().join(", ");
    let more = count.saturating_sub(paths.len() as u64);
    match (count, more) {
        (0 | 1, _) => format!("{what} {listed}"),
        (_, 0) => format!("{what}s {listed}"),
        _ => format!("{what}s {listed} and {more} more"),
    }
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
