//! Suppressions: which findings, why, until when, and where declared.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use semver::{Version, VersionReq};

use crate::model::{Family, Finding, PathGlobs, RepoPath, Severity};

/// A suppression.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Which findings.
    pub matcher: Matcher,
    /// The reason. Inline marks need one; other tools' entries do not, which is reported.
    pub reason: Option<String>,
    /// The last day on which it applies.
    pub expires: Option<Date>,
    /// Where it is declared.
    pub origin: Origin,
    /// True once it matched something.
    pub used: bool,
}

/// Which findings a suppression matches.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// This check on the line of the mark and the next one; nothing if the mark names none.
    Mark(String),
    /// The secrets on its line: another tool's mark.
    ForeignMark,
    /// A check on some lines, by another tool's mark.
    Mapped {
        /// The id of the check.
        check: String,
        /// The lines, 1-based.
        lines: RangeInclusive<usize>,
    },
    /// A check, a family or, for `*`, everything.
    Check {
        /// The id or name.
        name: String,
        /// Its files; all if none.
        path: Option<PathGlobs>,
    },
    /// An advisory, or yanked versions.
    Advisory {
        /// Its id or an alias; for yanked versions, their name.
        id: String,
        /// The package; any if none.
        package: Option<String>,
        /// The accepted yanked versions of the package, if any.
        yanked: Option<VersionReq>,
        /// The directory of its lock files, with its slash.
        folder: Vec<u8>,
    },
    /// A fingerprint under a check.
    Fingerprint {
        /// The id of the check.
        check: String,
        /// That of the finding.
        fingerprint: String,
        /// The highest severity it accepts.
        severity: Option<Severity>,
    },
}

/// Where a suppression is declared.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What [`Suppressed::by`](crate::model::Suppressed::by) says.
    pub by: &'static str,
    /// The file.
    pub file: RepoPath,
    /// The line, 1-based.
    pub line: usize,
    /// True if it is reported when unused: not in a scan of a part of the repository, or without the check.
    pub expected: bool,
}

impl Suppression {
    /// The name in it: a check, a family, an advisory.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        match &self.matcher {
            Matcher::ForeignMark => "",
            Matcher::Mark(name) | Matcher::Check { name, .. } => name,
            Matcher::Advisory { id, .. } => id,
            Matcher::Mapped { check, .. } | Matcher::Fingerprint { check, .. } => check,
        }
    }

    /// True if it covers the file at `path`.
    #[must_use]
    pub(super) fn is_for(&self, path: &RepoPath) -> bool {
        match &self.matcher {
            Matcher::Check { path: Some(globs), .. } => globs.hold(path.as_bytes()),
            Matcher::Advisory { folder, .. } => path.as_bytes().starts_with(folder),
            _ => true,
        }
    }

    /// True if it applies on this day.
    pub(super) fn counts(&self, today: Option<Date>) -> bool {
        let has_reason = self.reason.is_some() || matches!(self.matcher, Matcher::Advisory { .. });
        has_reason && !has_expired(self.expires, today)
    }

    /// True if it matches `finding` at its place.
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

/// True if `expires`, the last valid day, has passed.
#[must_use]
pub(crate) fn has_expired(expires: Option<Date>, today: Option<Date>) -> bool {
    matches!((expires, today), (Some(expires), Some(today)) if today > expires)
}
