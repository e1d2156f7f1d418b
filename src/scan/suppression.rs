//! A suppression: which findings it silences, why, until when, and where that is said.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use semver::{Version, VersionReq};

use crate::model::{Family, Finding, PathGlobs, RepoPath, Severity};

/// Something that silences findings.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Which findings.
    pub matcher: Matcher,
    /// Why. A mark without a reason does not count; what was said to another tool does, and that is told.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// Where it is said.
    pub origin: Origin,
    /// True once something was found that it is about.
    pub used: bool,
}

/// Which findings a suppression silences.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Those of this check on the line of the mark and the next one; of no check if the mark names none.
    Mark(String),
    /// The secrets on its line: a mark of another tool.
    ForeignMark,
    /// Those of a check on some lines, which another tool was told to leave alone.
    Mapped {
        /// The id of the check.
        check: String,
        /// The lines, 1-based.
        lines: RangeInclusive<usize>,
    },
    /// Those of a check, a family or, for `*`, all of them.
    Check {
        /// The id or name.
        name: String,
        /// The files it is for; all files if there is none.
        path: Option<PathGlobs>,
    },
    /// Those about an advisory, or about yanked versions.
    Advisory {
        /// Its id or an alias of it; of yanked versions, what names them.
        id: String,
        /// The package it is accepted for; any if there is none.
        package: Option<String>,
        /// The yanked versions of the package that are accepted, if it is about these.
        yanked: Option<VersionReq>,
        /// The folder of the lock files that it is for, with its slash.
        folder: Vec<u8>,
    },
    /// What has this fingerprint under this check.
    Fingerprint {
        /// The id of the check.
        check: String,
        /// That of the finding.
        fingerprint: String,
        /// What has become more severe than this is not silenced.
        severity: Option<Severity>,
    },
}

/// Where a suppression is said.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What [`Suppressed::by`](crate::model::Suppressed::by) says.
    pub by: &'static str,
    /// The file.
    pub file: RepoPath,
    /// The line there, 1-based.
    pub line: usize,
    /// True if it is worth a notice that nothing was silenced by it: not so in a scan of a part of the
    /// repository, or without the check.
    pub expected: bool,
}

impl Suppression {
    /// What it names: a check, a family, an advisory.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        match &self.matcher {
            Matcher::ForeignMark => "",
            Matcher::Mark(name) | Matcher::Check { name, .. } => name,
            Matcher::Advisory { id, .. } => id,
            Matcher::Mapped { check, .. } | Matcher::Fingerprint { check, .. } => check,
        }
    }

    /// True if it is for the file at `path`.
    #[must_use]
    pub(super) fn is_for(&self, path: &RepoPath) -> bool {
        match &self.matcher {
            Matcher::Check { path: Some(globs), .. } => globs.hold(path.as_bytes()),
            Matcher::Advisory { folder, .. } => path.as_bytes().starts_with(folder),
            _ => true,
        }
    }

    /// True if it counts on this day.
    pub(super) fn counts(&self, today: Option<Date>) -> bool {
        let has_reason = self.reason.is_some() || matches!(self.matcher, Matcher::Advisory { .. });
        has_reason && !has_expired(self.expires, today)
    }

    /// True if it is about `finding`, at its place.
    pub(super) fn fits(&self, finding: &Finding) -> bool {
        let (first, last) =
            (finding.place.region.start_line as usize, finding.place.region.end_line as usize);
        let fits = match &self.matcher {
            Matcher::Mark(check) => {
                *check == finding.check && (self.origin.line..=self.origin.line + 1).contains(&first)
            }
            Matcher::ForeignMark => {
                finding.family == Family::Secret && (first..=last).contains(&self.origin.line)
            }
            Matcher::Mapped { check, lines } => {
                let is_near = first <= *lines.end() && last >= *lines.start();
                *check == finding.check && finding.family != Family::Secret && is_near
            }
            Matcher::Check { name, .. } => {
                name == "*" || *name == finding.check || name == finding.family.as_str()
            }
            Matcher::Advisory { id, package, yanked, .. } => {
                finding.advice.as_deref().is_some_and(|advice| {
                    let is_named = match yanked {
                        Some(versions) => {
                            let version = Version::parse(&advice.version);
                            advice.id.is_none() && version.is_ok_and(|version| versions.matches(&version))
                        }
                        None => advice.id.iter().chain(&advice.aliases).any(|other| other == id),
                    };
                    is_named && package.as_deref().is_none_or(|package| package == advice.package)
                })
            }
            Matcher::Fingerprint { .. } => false,
        };
        fits && self.is_for(&finding.place.path)
    }
}

/// True if `expires`, the last day on which something counts, is over.
#[must_use]
pub(crate) fn has_expired(expires: Option<Date>, today: Option<Date>) -> bool {
    matches!((expires, today), (Some(expires), Some(today)) if today > expires)
}
