//! Input of provenance checks: signatures, commits, SBOMs and releases.

use crate::model::{RepoPath, Signature};

/// Signatures in files, sorted.
#[derive(Clone, Debug, Default)]
pub struct Signatures {
    /// All of them.
    pub all: Vec<Signature>,
    /// Public keys.
    pub keys: Vec<Key>,
    /// Unsigned files in a directory where others of their kind are signed.
    pub unsigned: Vec<Unsigned>,
    /// True if allowed signers are configured or implied.
    pub signers_known: bool,
}

/// SBOMs, sorted.
#[derive(Clone, Debug, Default)]
pub struct Sboms {
    /// The documents.
    pub documents: Vec<Sbom>,
    /// A missing SBOM.
    pub none: Option<NoSbom>,
}

/// An SBOM and its evaluation.
#[derive(Clone, Debug)]
pub struct Sbom {
    /// The file.
    pub path: RepoPath,
    /// Its format and version: `CycloneDX (JSON) 1.6`.
    pub form: String,
    /// True if its format is recognised but unsupported.
    pub recognised_only: bool,
    /// Unreadable parts, by line.
    pub unreadable: Vec<(u32, String)>,
    /// Oddities, by line.
    pub odd: Vec<(u32, String)>,
    /// Why its format is too old.
    pub outdated: Option<&'static str>,
    /// The profile it was checked against.
    pub profile: &'static str,
    /// Missing elements.
    pub lacks: Vec<Lack>,
    /// Components without a package URL, and how many could have one.
    pub without_purl: (usize, usize),
    /// Local machine paths: the number, and the first with its line.
    pub machine_paths: (usize, Option<(u32, String)>),
    /// Drift from its lock file, if any.
    pub drift: Option<Drift>,
    /// Set if it is older than its lock file.
    pub stale: Option<Stale>,
    /// True if it is in a signed statement.
    pub signed: bool,
    /// A signed file next to it, if it is unsigned.
    pub unsigned_beside: Option<RepoPath>,
}

impl Sbom {
    /// An unevaluated document.
    #[must_use]
    pub const fn new(path: RepoPath, form: String, profile: &'static str) -> Self {
        Self {
            path,
            form,
            recognised_only: false,
            unreadable: Vec::new(),
            odd: Vec::new(),
            outdated: None,
            profile,
            lacks: Vec::new(),
            without_purl: (0, 0),
            machine_paths: (0, None),
            drift: None,
            stale: None,
            signed: false,
            unsigned_beside: None,
        }
    }

    /// Gives all that is said of it one line: that at which it starts in its file, whose lines are not its own.
    pub fn move_to(&mut self, line: u32) {
        let mistakes = self.unreadable.iter_mut().chain(&mut self.odd).map(|one| &mut one.0);
        let lacks = self.lacks.iter_mut().flat_map(|lack| &mut lack.first).map(|one| &mut one.0);
        let drift = self.drift.iter_mut().flat_map(|drift| &mut drift.first).map(|one| &mut one.0);
        mistakes.chain(lacks).chain(drift).for_each(|at| *at = line);
        self.machine_paths.1.iter_mut().for_each(|one| one.0 = line);
    }
}

/// An element that a document lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// What: `supplier`.
    pub what: &'static str,
    /// How many components lack it.
    pub missing: usize,
    /// How many were asked.
    pub of: usize,
    /// False if it is asked of the document as a whole.
    pub of_components: bool,
    /// The first ones: line and name.
    pub first: Vec<(u32, String)>,
}

/// How a document differs from its lock file. Packages of the project itself do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The lock file.
    pub lock: RepoPath,
    /// Packages in both, in the same version.
    pub same: usize,
    /// Packages in another version.
    pub changed: usize,
    /// Packages that the lock file does not have.
    pub gone: usize,
    /// Packages with another checksum.
    pub rehashed: usize,
    /// Packages that the document does not list, if these are too many.
    pub missing: usize,
    /// Packages of the lock file.
    pub wanted: usize,
    /// The first of those that are missing.
    pub first_missing: Vec<String>,
    /// The first of the others, by line, a sentence each.
    pub first: Vec<(u32, String)>,
}

impl Drift {
    /// True if the two agree.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.changed + self.gone + self.rehashed + self.missing == 0
    }
}

/// That a document was made before its lock file was last changed; both in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The lock file.
    pub lock: RepoPath,
    /// When the document was made, as it says.
    pub made: i64,
    /// When the lock file was last changed by a commit.
    pub changed: i64,
}

/// A repository with lock files but no SBOM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSbom {
    /// The first lock file.
    pub lock: RepoPath,
    /// A workflow that generates one, and the tool.
    pub generated: Option<(RepoPath, &'static str)>,
    /// True if the configuration requires one.
    pub required: bool,
    /// Where the project claims an SBOM: `SECURITY.md:12`.
    pub promised: Option<String>,
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
    /// What the project itself says of that, if it says so.
    pub promised: Option<SignedSince>,
    /// Results of SSH and certificate signatures, grouped by result.
    /// The worst first.
    pub signatures: Vec<Alike>,
    /// How many were left out of that, since there are too many kinds of them.
    pub left_out: u64,
    /// The latest commits without a signature, a few of them.
    pub unsigned: Vec<RepoPath>,
    /// Why signatures cannot be verified, if they cannot.
    pub unable: Option<&'static str>,
}

impl Commits {
    /// How many commits are signed, in whatever way.
    #[must_use]
    pub const fn signed(&self) -> u64 {
        self.pgp + self.ssh + self.x509
    }
}

/// That a text of the project says that all commits are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSince {
    /// Where it says so: `SECURITY.md:12`.
    pub place: String,
    /// The day from which on it does, and how many commits were made since that are not signed; nothing if the history
    /// does not tell.
    pub unsigned: Option<(String, u64)>,
}

/// Signatures of commits or tags with the same result: same signer, same reason.
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
    /// Their names: `commits 1234567, 89abcde and 3 more`.
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
