//! The result of a scan, independent of formats.

use std::collections::BTreeMap;

use super::{Claim, Finding, Meta, Name, RepoPath, Severity, Signature};

/// The outcome of an enabled check. *Not checked* is never *clean*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Ran completely and found nothing.
    Clean,
    /// Reported this many findings.
    Found(usize),
    /// The repository has nothing it applies to.
    NotApplicable,
    /// Could not run; the reason, one sentence.
    NotChecked(String),
    /// Crashed; what happened.
    Failed(String),
}

/// Something that could not be read. The scan continues, and exits with 2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file concerned, where there is one.
    pub path: Option<RepoPath>,
    /// What happened and, if not obvious, what to do; lower case.
    pub message: String,
}

/// Why the dependencies of a file, or a template, were not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unchecked {
    /// No database for its ecosystem.
    NoDatabase,
    /// No source has advisories for its ecosystem.
    NoAdvisories,
    /// A lock file by name, in an unsupported format.
    NotRead,
    /// A manifest without a lock file.
    NoLockFile,
    /// A template of a manifest, which is not rendered.
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

/// A file whose dependencies were not compared with advisories, or a template of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    /// Why.
    pub why: Unchecked,
    /// The file.
    pub path: RepoPath,
    /// The ecosystem of its packages by its OSV name: `npm`; for a template, its engine: `Helm`.
    pub ecosystem: String,
    /// True if it was required, so the scan is incomplete; see [`Ending`].
    pub asked: bool,
}

/// Why a file was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// Not text.
    Binary,
    /// Larger than `--max-file-size`.
    TooLarge,
    /// A symlink; symlinks are not followed.
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
    /// Compressed or encoded content that was not (fully) unpacked: damaged, encrypted, too deep or too large.
    Undecoded,
    /// History ends at the boundary of a shallow clone.
    Shallow,
    /// An object that a partial clone left with its promisor remote.
    Promised,
    /// A referenced object that the store lacks.
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

/// What was scanned and what was skipped.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Files scanned.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
    /// Everything skipped, sorted by path.
    pub skipped: Vec<(RepoPath, SkipReason)>,
    /// The coverage of the history, if it was scanned.
    pub history: Option<Examined>,
}

impl Coverage {
    /// The number of skipped entries for `reason`, including the history.
    #[must_use]
    pub fn count(&self, reason: SkipReason) -> usize {
        let gap = self.history.as_ref().and_then(|history| history.gaps.get(&reason));
        let here = self.skipped.iter().filter(|(_, why)| *why == reason).count();
        here.saturating_add(gap.map_or(0, |gap| usize::try_from(gap.count).unwrap_or(usize::MAX)))
    }
}

/// The coverage of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Starting refs.
    pub refs: u64,
    /// Commits walked.
    pub commits: u64,
    /// Texts scanned: distinct blobs, messages of commits and tags, notes, ref names.
    pub objects: u64,
    /// Bytes of those texts.
    pub bytes: u64,
    /// What was skipped, by reason.
    pub gaps: BTreeMap<SkipReason, Gap>,
}

impl Examined {
    /// Counts one skipped item for `reason`; `what` is its id or path.
    pub fn pass_over(&mut self, reason: SkipReason, what: impl FnOnce() -> String) {
        let gap = self.gaps.entry(reason).or_default();
        gap.count += 1;
        // The smallest ones, independent of thread order.
        let what = what();
        if let Err(at) = gap.examples.binary_search(&what)
            && at < Gap::EXAMPLES
        {
            gap.examples.insert(at, what);
            gap.examples.truncate(Gap::EXAMPLES);
        }
    }

    /// Adds the coverage of another source.
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

/// Items skipped for one reason.
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

/// A suppressed finding.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// The author's reason.
    pub reason: String,
    /// The origin of the suppression: "inline", "bartizan.toml" or "baseline".
    pub by: Name,
}

/// A database used for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `RustSec`.
    pub name: Name,
    /// Its origin, as a phrase without any path.
    pub origin: String,
    /// Its number of advisories.
    pub advisories: usize,
    /// The date of the newest, `2024-01-31`.
    pub newest: String,
    /// Its date, if known: when it was fetched, or the date of the newest.
    pub date: Option<String>,
    /// Its age in days at the time of the scan.
    pub age: Option<u64>,
}

/// The result of a scan of one repository. Findings, problems and checks are sorted.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The outcome of each enabled check, sorted by id.
    pub checks: Vec<(Meta<Name>, Outcome)>,
    /// Findings, sorted by path, position and check.
    pub findings: Vec<Finding>,
    /// Suppressed findings, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// The number of findings not reported because they are not new.
    pub known_before: usize,
    /// Problems: what could not be read.
    pub problems: Vec<Problem>,
    /// Notices, such as unused and expired suppressions.
    pub notices: Vec<Problem>,
    /// Notices shown only with `--verbose`.
    pub remarks: Vec<Problem>,
    /// Files whose dependencies were not compared with advisories, sorted.
    pub not_checked: Vec<NotChecked>,
    /// Databases used.
    pub databases: Vec<Database>,
    /// Signatures of files, with their verdicts.
    pub signatures: Vec<Signature>,
    /// Claims of the project with their verdicts, by place.
    pub claims: Vec<Claim>,
    /// Coverage.
    pub coverage: Coverage,
    /// The scope: "worktree".
    pub scope: String,
}

/// How a scan ended.
///
/// A scan is [`Incomplete`](Self::Incomplete), with exit code 2, if something requested by default, a setting or an
/// option could not be done completely. Lock files that were not requested, of an ecosystem without a database or an
/// unsupported format, are listed in the closing line of every format as [`NotChecked`] and do not change the exit
/// code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Complete, with nothing at or above the threshold.
    Clean,
    /// Complete, with findings at or above the threshold.
    Findings,
    /// Incomplete, with or without findings.
    Incomplete,
}

impl Report {
    /// How the scan ended, if findings at or above `fail_on` fail it; without it none does.
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
