//! The result of a scan, before any format.

use std::collections::BTreeMap;

use super::{Claim, Finding, Meta, Name, RepoPath, Severity, Signature};

/// How an enabled check ended. There is no sixth way: *not checked* is never *clean*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Ran over everything it applies to and found nothing.
    Clean,
    /// Reported this many findings.
    Found(usize),
    /// There is nothing in the repository for it to look at.
    NotApplicable,
    /// Could not run; the reason, one sentence.
    NotChecked(String),
    /// Broke while running; what happened.
    Failed(String),
}

/// Something that could not be read or understood. The scan goes on, and exits with 2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file concerned, where there is one.
    pub path: Option<RepoPath>,
    /// Lower case: what happened, and what to do if that is not obvious.
    pub message: String,
}

/// Why a file was not checked: one with dependencies that were not compared with advisories, or a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unchecked {
    /// There is no database that says anything about its ecosystem.
    NoDatabase,
    /// There are no advisories about its ecosystem anywhere that could be asked.
    NoAdvisories,
    /// Its name says that it is a lock file, of a format that is not read.
    NotRead,
    /// It asks for packages, and no lock file says which versions they have.
    NoLockFile,
    /// It is a template of a manifest: what it will say is known once it is filled in.
    Template,
}

impl Unchecked {
    /// Every reason, in the order of reports.
    pub const ALL: [Self; 5] =
        [Self::NoDatabase, Self::NoAdvisories, Self::NotRead, Self::NoLockFile, Self::Template];

    /// The key in machine-readable reports.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::NoDatabase => "no-database",
            Self::NoAdvisories => "no-advisories",
            Self::NotRead => "format-not-read",
            Self::NoLockFile => "no-lock-file",
            Self::Template => "template",
        }
    }

    /// The same for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoDatabase => "no database",
            Self::NoAdvisories => "OSV has no advisories",
            Self::NotRead => "format not read",
            Self::NoLockFile => "no lock file",
            Self::Template => "template, not rendered",
        }
    }
}

/// A file with dependencies that were not compared with advisories, or a template of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    /// Why.
    pub why: Unchecked,
    /// The file.
    pub path: RepoPath,
    /// The ecosystem of its packages, by the name that OSV has for it: `npm`; what fills in a template: `Helm`.
    pub ecosystem: String,
    /// True if it was to be checked, so that the scan is not whole; see [`Ending`].
    pub asked: bool,
}

/// Why a file was not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// Not text.
    Binary,
    /// Larger than `--max-file-size`.
    TooLarge,
    /// A symbolic link; links are not followed.
    Symlink,
    /// A submodule: another repository.
    Submodule,
    /// A Git LFS pointer: the content is elsewhere.
    LfsPointer,
    /// A FIFO, socket or device.
    Special,
    /// Excluded by `--exclude` or the configuration.
    Excluded,
    /// Could not be read; also listed as a problem.
    Unreadable,
    /// A repository of its own inside the worktree.
    NestedRepository,
    /// Compressed or encoded, wholly or in part, and not unpacked: damaged, encrypted, too deep or too large.
    Undecoded,
    /// History ends at the boundary of a shallow clone.
    Shallow,
    /// A partial clone has left the object with its promisor remote.
    Promised,
    /// An object that something names and the store does not have.
    Missing,
}

impl SkipReason {
    /// Every reason, in the order of reports.
    pub const ALL: [Self; 13] = [
        Self::Binary,
        Self::TooLarge,
        Self::Symlink,
        Self::Submodule,
        Self::LfsPointer,
        Self::Special,
        Self::Excluded,
        Self::Unreadable,
        Self::NestedRepository,
        Self::Undecoded,
        Self::Shallow,
        Self::Promised,
        Self::Missing,
    ];

    /// The key in machine-readable reports.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::TooLarge => "too-large",
            Self::Symlink => "symlink",
            Self::Submodule => "submodule",
            Self::LfsPointer => "lfs-pointer",
            Self::Special => "special-file",
            Self::Excluded => "excluded",
            Self::Unreadable => "unreadable",
            Self::NestedRepository => "nested-repository",
            Self::Undecoded => "undecoded",
            Self::Shallow => "shallow",
            Self::Promised => "promised",
            Self::Missing => "missing",
        }
    }

    /// The word in the closing line, after a count.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::TooLarge => "over the size limit",
            Self::Symlink => "symbolic links",
            Self::Submodule => "submodules",
            Self::LfsPointer => "LFS pointers",
            Self::Special => "special files",
            Self::Excluded => "excluded",
            Self::Unreadable => "unreadable",
            Self::NestedRepository => "nested repositories",
            Self::Undecoded => "not decoded (limit or damaged)",
            Self::Shallow => "commits at the boundary of a shallow clone",
            Self::Promised => "objects left with the remote",
            Self::Missing => "missing objects",
        }
    }
}

/// What was examined and what was not.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Files looked into.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
    /// Everything passed over, sorted by path.
    pub skipped: Vec<(RepoPath, SkipReason)>,
    /// What was examined of the history, if a part of it was to be scanned.
    pub history: Option<Examined>,
}

impl Coverage {
    /// How many entries were passed over for `reason`, in the history too.
    #[must_use]
    pub fn count(&self, reason: SkipReason) -> usize {
        let gap = self.history.as_ref().and_then(|history| history.gaps.get(&reason));
        let here = self.skipped.iter().filter(|(_, why)| *why == reason).count();
        here.saturating_add(gap.map_or(0, |gap| usize::try_from(gap.count).unwrap_or(usize::MAX)))
    }
}

/// The ledger of the history: what was examined of it, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// References that were started from.
    pub refs: u64,
    /// Commits gone over.
    pub commits: u64,
    /// Texts looked into: distinct blobs, messages of commits and tags, notes, names of references.
    pub objects: u64,
    /// Bytes of those texts.
    pub bytes: u64,
    /// What was not examined, by reason.
    pub gaps: BTreeMap<SkipReason, Gap>,
}

impl Examined {
    /// Counts one more thing that was passed over for `reason`; `what` is its id or path.
    pub fn pass_over(&mut self, reason: SkipReason, what: impl FnOnce() -> String) {
        let gap = self.gaps.entry(reason).or_default();
        gap.count += 1;
        // The smallest ones, so that it does not matter in which order threads come across them.
        let what = what();
        if let Err(at) = gap.examples.binary_search(&what)
            && at < Gap::EXAMPLES
        {
            gap.examples.insert(at, what);
            gap.examples.truncate(Gap::EXAMPLES);
        }
    }

    /// Takes in what another source has examined.
    pub fn merge(&mut self, other: Self) {
        self.refs += other.refs;
        self.commits += other.commits;
        self.objects += other.objects;
        self.bytes += other.bytes;
        for (reason, more) in other.gaps {
            let gap = self.gaps.entry(reason).or_default();
            gap.count += more.count;
            gap.examples.extend(more.examples);
            gap.examples.sort();
            gap.examples.dedup();
            gap.examples.truncate(Gap::EXAMPLES);
        }
    }
}

/// Things that were passed over for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// How many.
    pub count: u64,
    /// Ids or paths of some, at most [`Gap::EXAMPLES`]; text of the repository.
    pub examples: Vec<String>,
}

impl Gap {
    /// Examples that are kept.
    pub const EXAMPLES: usize = 10;
}

/// A finding that a suppression silenced.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// The reason its author gave.
    pub reason: String,
    /// Where the suppression stands: "inline", "bartizan.toml" or "baseline".
    pub by: Name,
}

/// A database that packages were compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `RustSec`.
    pub name: Name,
    /// Where it came from, in words, without any path.
    pub origin: String,
    /// Advisories that it has.
    pub advisories: usize,
    /// The date of the newest, `2024-01-31`.
    pub newest: String,
    /// The day that it is of, if that is known: when it was fetched, or the date of the newest.
    pub date: Option<String>,
    /// How many days before the scan that was.
    pub age: Option<u64>,
}

/// All that a scan of one repository has to say. Findings, problems and checks are sorted.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each enabled check and how it ended, sorted by id.
    pub checks: Vec<(Meta<Name>, Outcome)>,
    /// What was found, sorted by path, position and check.
    pub findings: Vec<Finding>,
    /// Findings that were silenced, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// How many more findings there are that are not reported: what was scanned did not bring them.
    pub known_before: usize,
    /// What could not be read or understood.
    pub problems: Vec<Problem>,
    /// Things worth a line that are no fault of the scan: unused and expired suppressions.
    pub notices: Vec<Problem>,
    /// Worth a line only to those who ask for more.
    pub remarks: Vec<Problem>,
    /// Files with dependencies that were not compared with advisories, sorted.
    pub not_checked: Vec<NotChecked>,
    /// What packages were compared with.
    pub databases: Vec<Database>,
    /// Signatures of files, and what each is worth.
    pub signatures: Vec<Signature>,
    /// What the project says of itself, and what each of it is worth, by place.
    pub claims: Vec<Claim>,
    /// What was examined.
    pub coverage: Coverage,
    /// What was scanned, in words: "worktree".
    pub scope: String,
}

/// How a scan ended.
///
/// One rule decides what is [`Incomplete`](Self::Incomplete), the same in every format: what was asked for, by
/// default, by a setting or by an option, and could not be done or not be done whole is a problem, and the exit
/// code is 2. What nobody set up, a lock file of an ecosystem without a database or a format that is not read,
/// is named in the closing line of every format, as [`NotChecked`], and does not change the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Done, and nothing at or above the threshold.
    Clean,
    /// Done, and there is something at or above the threshold.
    Findings,
    /// Not done whole; also where there are findings.
    Incomplete,
}

impl Report {
    /// How the scan ended, if findings from `fail_on` on fail it; without it none does.
    #[must_use]
    pub fn ending(&self, fail_on: Option<Severity>) -> Ending {
        let broke = self.checks.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        let missed = self.not_checked.iter().any(|file| file.asked);
        if broke || missed || !self.problems.is_empty() {
            return Ending::Incomplete;
        }
        let fails = |threshold| self.findings.iter().any(|finding| finding.severity >= threshold);
        if fail_on.is_some_and(fails) { Ending::Findings } else { Ending::Clean }
    }
}
