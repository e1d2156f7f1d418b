//! A repository's lines: one per finding, then the record, which commits them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Ending, Finding, Identity, Outcome, Report, Severity, SkipReason, fingerprint};

/// Findings listed per repository; counts cover all.
pub const LISTED: usize = 10_000;
/// Bytes of the lines of one repository.
pub const BYTES: usize = 4 << 20;
/// Most refs of a repository whose targets are stored.
pub const TIPS: usize = 256;
/// Characters of a text in a line.
const TEXT: usize = 400;

/// The status, from worst to best: of two records of a repository the greater one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// No record.
    Missing,
    /// Could not be scanned.
    Failed,
    /// Scanned incompletely.
    Incomplete,
    /// Empty, which is not the same as clean.
    Empty,
    /// Scanned completely.
    Complete,
}

impl Status {
    /// The key in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Failed => "failed",
            Self::Incomplete => "incomplete",
            Self::Empty => "empty",
            Self::Complete => "complete",
        }
    }
}

/// Why a repository could not be scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It exceeded the time limit.
    Timeout,
    /// It exceeded the memory limit.
    Memory,
    /// The worker process was killed.
    Killed,
    /// The worker process crashed.
    Crashed,
    /// The worker did not answer with a record of it.
    Answer,
    /// The directory is missing or unreadable.
    Unreadable,
    /// It is not a repository, or is corrupt.
    Repository,
    /// Its configuration is invalid.
    Settings,
    /// It could not be cloned.
    Clone,
    /// It exceeds the size limit of a clone.
    TooLarge,
    /// The disk was full.
    Disk,
    /// Anything else.
    Other,
}

impl Why {
    /// The key in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Killed => "killed",
            Self::Crashed => "crashed",
            Self::Answer => "answer",
            Self::Unreadable => "unreadable",
            Self::Repository => "repository",
            Self::Settings => "settings",
            Self::Clone => "clone",
            Self::TooLarge => "too-large",
            Self::Disk => "disk",
            Self::Other => "other",
        }
    }

    /// True if the cause may lie outside the repository, so that the next run retries it.
    #[must_use]
    pub const fn passes(self) -> bool {
        !matches!(self, Self::Timeout | Self::Memory | Self::Crashed | Self::Answer | Self::TooLarge)
    }
}

/// Findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// As it says; so are the others.
    pub critical: u64,
    /// `high`
    pub high: u64,
    /// `medium`
    pub medium: u64,
    /// `low`
    pub low: u64,
}

impl Counts {
    /// Counts one more.
    pub const fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Critical => self.critical += 1,
            Severity::High => self.high += 1,
            Severity::Medium => self.medium += 1,
            Severity::Low => self.low += 1,
        }
    }

    /// Adds the counts of another.
    pub const fn merge(&mut self, other: Self) {
        self.critical += other.critical;
        self.high += other.high;
        self.medium += other.medium;
        self.low += other.low;
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.critical + self.high + self.medium + self.low
    }

    /// The number at or above `threshold`.
    #[must_use]
    pub const fn from(self, threshold: Severity) -> u64 {
        match threshold {
            Severity::Critical => self.critical,
            Severity::High => self.critical + self.high,
            Severity::Medium => self.critical + self.high + self.medium,
            Severity::Low => self.total(),
        }
    }
}

/// Cost, time and place. Omitted in a merge, so that the same repositories give the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// When it ended, in milliseconds since 1970.
    pub ended: i64,
    /// Wall time in milliseconds.
    pub wall_ms: u64,
    /// CPU time in milliseconds.
    pub cpu_ms: u64,
    /// Memory of the process afterwards, in KiB.
    pub rss_kb: u64,
    /// Attempts in this run.
    pub attempt: u32,
    /// Duration of its clone in milliseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub clone_ms: u64,
    /// Bytes of its clone.
    #[serde(skip_serializing_if = "is_zero")]
    pub clone_bytes: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The one value of the field `type` of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfRepository {
    /// It is one.
    #[default]
    Repository,
}

/// The one value of the field `type` of a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfFinding {
    /// It is one.
    #[default]
    Finding,
}

/// The result for one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `repository`
    #[serde(rename = "type")]
    pub kind: OfRepository,
    /// The key of the repository.
    pub key: String,
    /// Where it is, without credentials.
    pub location: String,
    /// The status.
    pub status: Status,
    /// The reason, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// A message for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The scope: "worktree and history".
    #[serde(default)]
    pub scope: String,
    /// A digest of all refs and their targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refs: Option<String>,
    /// Targets of the refs of a bare repository, if few: the next scan can resume from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tips: Vec<String>,
    /// Commits scanned.
    #[serde(default)]
    pub commits: u64,
    /// Texts of the history and files scanned.
    #[serde(default)]
    pub texts: u64,
    /// Bytes of them.
    #[serde(default)]
    pub bytes: u64,
    /// Skipped entries, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gaps: BTreeMap<String, u64>,
    /// The number of problems.
    #[serde(default)]
    pub problems: u64,
    /// Findings by severity.
    #[serde(default)]
    pub findings: Counts,
    /// Suppressed findings.
    #[serde(default)]
    pub suppressed: u64,
    /// The number of finding lines before this one.
    #[serde(default)]
    pub lines: u64,
    /// The number of findings counted but not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// Its cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Record {
    /// For a repository without results yet.
    #[must_use]
    pub fn missing(key: &str, location: &str) -> Self {
        Self {
            kind: OfRepository::Repository,
            key: key.to_owned(),
            location: location.to_owned(),
            status: Status::Missing,
            why: None,
            message: None,
            scope: String::new(),
            refs: None,
            tips: Vec::new(),
            commits: 0,
            texts: 0,
            bytes: 0,
            gaps: BTreeMap::new(),
            problems: 0,
            findings: Counts::default(),
            suppressed: 0,
            lines: 0,
            left_out: 0,
            cost: None,
        }
    }

    /// For one that could not be scanned.
    #[must_use]
    pub fn failed(key: &str, location: &str, why: Why, message: &str) -> Self {
        Self {
            status: Status::Failed,
            why: Some(why),
            message: Some(cut(message)),
            ..Self::missing(key, location)
        }
    }

    /// For one that was scanned.
    #[must_use]
    pub fn of(key: &str, location: &str, report: &Report) -> Self {
        let mut record = Self {
            status: Status::Complete,
            scope: report.scope.clone(),
            problems: report.problems.len() as u64,
            suppressed: report.suppressed.len() as u64,
            texts: report.coverage.files,
            bytes: report.coverage.bytes,
            ..Self::missing(key, location)
        };
        let mut refs = 0;
        if let Some(history) = &report.coverage.history {
            refs = history.refs;
            record.commits = history.commits;
            record.texts += history.objects;
            record.bytes += history.bytes;
        }
        for finding in &report.findings {
            record.findings.add(finding.severity);
        }
        for reason in SkipReason::ALL {
            match report.coverage.count(reason) as u64 {
                0 => {}
                count => drop(record.gaps.insert(reason.key().to_owned(), count)),
            }
        }
        let lacking = record.lacks();
        let broke = report.checks.iter().find(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        let message = match (report.problems.first(), lacking, broke) {
            (Some(problem), ..) => Some(match &problem.path {
                Some(path) => format!("{}: {}", path.shown(), problem.message),
                None => problem.message.clone(),
            }),
            (None, Some(reason), _) => Some(format!("{} {}", record.gaps[reason.key()], reason.words())),
            (None, None, Some((meta, _))) => Some(format!("the check {} broke", meta.id)),
            (None, None, None) => None,
        };
        if message.is_some() || report.ending(None) == Ending::Incomplete {
            record.status = Status::Incomplete;
            record.message = message.as_deref().map(cut);
        } else if refs == 0 && record.commits == 0 && record.texts == 0 && record.gaps.is_empty() {
            record.status = Status::Empty;
        }
        record
    }

    /// What a shallow, partial or damaged clone left unscanned, as far as known.
    #[must_use]
    pub fn lacks(&self) -> Option<SkipReason> {
        let lacks = [SkipReason::Shallow, SkipReason::Promised, SkipReason::Missing, SkipReason::Unreadable];
        lacks.into_iter().find(|reason| self.gaps.contains_key(reason.key()))
    }
}

/// A stored finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `finding`
    #[serde(rename = "type")]
    pub kind: OfFinding,
    /// The key of the repository.
    pub key: String,
    /// The fingerprint.
    pub fingerprint: String,
    /// True if the fingerprint identifies the value of a secret. False for guessable values, whose fingerprints are
    /// deliberately weak.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// The id of the check.
    pub check: String,
    /// `secret`, …
    pub family: String,
    /// `critical`, …
    pub severity: String,
    /// `high`, …
    pub confidence: String,
    /// One sentence without any secret.
    pub message: String,
    /// The file.
    pub path: String,
    /// The line; 0 for a whole file.
    #[serde(default)]
    pub line: u32,
    /// The commit that introduced it, if it is in the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Further places.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub also: u64,
    /// True if it is new since the results a merge is compared with.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub new: bool,
}

impl Line {
    /// The stored form of `finding`, whose fingerprints use `key`.
    fn of(repository: &str, finding: &Finding, key: Option<&[u8]>) -> Self {
        let shared = match &finding.identity {
            Identity::Secret(secret) => {
                finding.fingerprint
                    == fingerprint::fingerprint(key, &[finding.check.as_bytes(), secret.expose()])
            }
            _ => false,
        };
        let place = &finding.place;
        let commit = place.origin.as_ref().and_then(|origin| origin.commit.as_ref());
        Self {
            kind: OfFinding::Finding,
            key: repository.to_owned(),
            fingerprint: finding.fingerprint.clone(),
            shared,
            check: finding.check.to_string(),
            family: finding.family.as_str().to_owned(),
            severity: finding.severity.as_str().to_owned(),
            confidence: finding.confidence.as_str().to_owned(),
            message: cut(&finding.message),
            path: cut(&place.path.lossy()),
            line: if place.span.is_empty() { 0 } else { place.region.start_line },
            commit: commit.map(|commit| commit.id.to_string()),
            also: finding.also.len() as u64,
            new: false,
        }
    }

    /// The stored findings of a report, in its order: the most severe, if there are very many.
    #[must_use]
    pub fn all(repository: &str, report: &Report, key: Option<&[u8]>) -> Vec<Self> {
        let mut order: Vec<usize> = (0..report.findings.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(report.findings[*at].severity));
        let mut bytes = 0;
        let mut kept: Vec<(usize, Self)> = Vec::new();
        for at in order.into_iter().take(LISTED) {
            let line = Self::of(repository, &report.findings[at], key);
            // The rest of a line is shorter than this.
            bytes += line.message.len() + line.path.len() + 400;
            if bytes > BYTES {
                break;
            }
            kept.push((at, line));
        }
        kept.sort_by_key(|(at, _)| *at);
        kept.into_iter().map(|(_, line)| line).collect()
    }
}

/// A text cut to the length that a line may have.
fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
