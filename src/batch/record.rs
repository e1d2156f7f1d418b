//! What is written of a repository: a line for each finding, then the record, which commits them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Ending, Finding, Identity, Outcome, Report, Severity, SkipReason, fingerprint};

/// Findings of one repository that are listed; the counts are of all.
pub const LISTED: usize = 10_000;
/// Bytes of the lines of one repository.
pub const BYTES: usize = 4 << 20;
/// References of a repository beyond which what they name is not kept.
pub const TIPS: usize = 256;
/// Characters of a text in a line.
const TEXT: usize = 400;

/// How it went, from worst to best: of two records of a repository the greater one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// There is no record of it.
    Missing,
    /// It could not be scanned.
    Failed,
    /// It was scanned, and not whole.
    Incomplete,
    /// There is nothing in it. Not the same as clean.
    Empty,
    /// It was scanned whole.
    Complete,
}

impl Status {
    /// Every one, the worst first.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Failed, Self::Incomplete, Self::Empty, Self::Complete];

    /// As records say it.
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
    /// It took longer than it may.
    Timeout,
    /// It took more memory than it may.
    Memory,
    /// The process that scanned it was ended from outside.
    Killed,
    /// The process that scanned it broke.
    Crashed,
    /// What the process answered is no record of it.
    Answer,
    /// There is no such directory, or it may not be read.
    Unreadable,
    /// There is no repository, or it is broken.
    Repository,
    /// Its own settings are wrong.
    Settings,
    /// It could not be cloned.
    Clone,
    /// It is larger than what a clone may take.
    TooLarge,
    /// There was no room on the disk.
    Disk,
    /// Anything else.
    Other,
}

impl Why {
    /// As records say it.
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

    /// True if the cause may lie outside of the repository, so that the next run tries again without being asked.
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

    /// Takes in the counts of another.
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

    /// How many are at least as severe as `threshold`.
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

/// What it cost, and when and where. Left out of what is merged, so that the same repositories give the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// When it ended, in milliseconds since 1970.
    pub ended: i64,
    /// Milliseconds that passed.
    pub wall_ms: u64,
    /// Milliseconds of the processor.
    pub cpu_ms: u64,
    /// Memory of the process afterwards, in KiB.
    pub rss_kb: u64,
    /// How often it was tried in this run.
    pub attempt: u32,
    /// Milliseconds that its clone took.
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

/// What came of one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `repository`
    #[serde(rename = "type")]
    pub kind: OfRepository,
    /// The key of the repository.
    pub key: String,
    /// Where it is, without login.
    pub location: String,
    /// How it went.
    pub status: Status,
    /// If it failed, why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// What was wrong, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was looked at: "worktree and history".
    #[serde(default)]
    pub scope: String,
    /// A digest of all references and what they name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refs: Option<String>,
    /// What the references of a bare repository name, if that is not very much: from there the next scan can go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tips: Vec<String>,
    /// Commits gone over.
    #[serde(default)]
    pub commits: u64,
    /// Texts of the history and files looked into.
    #[serde(default)]
    pub texts: u64,
    /// Bytes of them.
    #[serde(default)]
    pub bytes: u64,
    /// What was passed over, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gaps: BTreeMap<String, u64>,
    /// What could not be read or understood, counted.
    #[serde(default)]
    pub problems: u64,
    /// Findings by severity.
    #[serde(default)]
    pub findings: Counts,
    /// Findings that a mark, the settings or a baseline silenced.
    #[serde(default)]
    pub suppressed: u64,
    /// How many lines of findings stand before this one.
    #[serde(default)]
    pub lines: u64,
    /// How many findings are counted and not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Record {
    /// Of a repository of which nothing is known yet.
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

    /// Of one that could not be scanned.
    #[must_use]
    pub fn failed(key: &str, location: &str, why: Why, message: &str) -> Self {
        Self {
            status: Status::Failed,
            why: Some(why),
            message: Some(cut(message)),
            ..Self::missing(key, location)
        }
    }

    /// Of one that was scanned.
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

    /// What of a shallow, partial or damaged clone was not looked at, however well that is known.
    #[must_use]
    pub fn lacks(&self) -> Option<SkipReason> {
        let lacks = [SkipReason::Shallow, SkipReason::Promised, SkipReason::Missing, SkipReason::Unreadable];
        lacks.into_iter().find(|reason| self.gaps.contains_key(reason.key()))
    }

    /// The same without what differs from run to run.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.cost = None;
        self
    }
}

/// A finding as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `finding`
    #[serde(rename = "type")]
    pub kind: OfFinding,
    /// The key of the repository.
    pub key: String,
    /// What makes it the same finding in another run.
    pub fingerprint: String,
    /// True if the fingerprint stands for the value of a secret, so that it is the same secret wherever it is the same.
    /// Not of a value that can be guessed: its fingerprint tells little on purpose.
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
    /// The line; 0 for a file as a whole.
    #[serde(default)]
    pub line: u32,
    /// The commit that brought it, if it is in the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Further places.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub also: u64,
    /// True if it was not there in the results that a merge is held against.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub new: bool,
}

impl Line {
    /// What is kept of `finding`, of which fingerprints were made with `key`.
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

    /// What is kept of the findings of a report, in its order: the gravest, if there are very many.
    #[must_use]
    pub fn all(repository: &str, report: &Report, key: Option<&[u8]>) -> Vec<Self> {
        let mut order: Vec<usize> = (0..report.findings.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(report.findings[*at].severity));
        let mut bytes = 0;
        let mut kept: Vec<(usize, Self)> = Vec::new();
        for at in order.into_iter().take(LISTED) {
            let line = Self::of(repository, &report.findings[at], key);
            // Of what surrounds the texts there is less than this.
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

/// At most so much of a text as a line may have.
fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
