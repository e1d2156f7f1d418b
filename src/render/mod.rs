//! A report in one of the formats. One file a format; what they share stands in small files.

mod by_file;
pub mod claims;
mod codeclimate;
mod compared;
mod csv;
mod github;
mod gitlab;
mod headline;
pub mod hook;
pub(crate) mod html;
mod human;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod not_checked;
mod place;
pub mod read;
mod safe;
mod sarif;
pub mod sbom;
mod sonarqube;
mod tally;
mod uri;
mod uuid;
pub mod verdict;
mod wire;
mod words;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;
use std::time::Duration;

use crate::model::{Name, Report, Severity};

pub use compared::Compared;
pub(crate) use csv::text as cell;
pub use human::verdict::write as verdict_for_people;
pub use json::report_schema;
pub(crate) use safe::SafeJson;
pub(crate) use words::{counted, problem};

/// The formats a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people: one block a finding, one closing line.
    Human,
    /// One JSON document, described by [`report_schema`].
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0, as GitHub's code scanning wants it.
    Sarif,
    /// Workflow commands of GitHub Actions: annotations for the worst findings.
    Github,
    /// Markdown, for the summary of a step or a comment; at most 900 KiB.
    Markdown,
    /// One page that needs nothing else, to look at, search and print.
    Html,
    /// A line for each finding, for spreadsheets.
    Csv,
    /// JUnit's XML, for build servers.
    Junit,
    /// The secrets as GitLab's report `secret_detection`.
    GitlabSecretDetection,
    /// The packages as GitLab's report `dependency_scanning`.
    GitlabDependencyScanning,
    /// Everything else as GitLab's report `sast`.
    GitlabSast,
    /// Code Climate's issues, as GitLab's report `codequality` takes them.
    Codeclimate,
    /// SonarQube's generic issues.
    Sonarqube,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 14] = [
        Self::Human,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
        Self::Html,
        Self::Csv,
        Self::Junit,
        Self::GitlabSecretDetection,
        Self::GitlabDependencyScanning,
        Self::GitlabSast,
        Self::Codeclimate,
        Self::Sonarqube,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Junit => "junit",
            Self::GitlabSecretDetection => "gitlab-secret-detection",
            Self::GitlabDependencyScanning => "gitlab-dependency-scanning",
            Self::GitlabSast => "gitlab-sast",
            Self::Codeclimate => "codeclimate",
            Self::Sonarqube => "sonarqube",
        }
    }
}

impl Format {
    /// True if reports of this format say when, and of which commit, the scan was made.
    #[must_use]
    pub const fn says_time(self) -> bool {
        matches!(self, Self::GitlabSecretDetection | Self::GitlabDependencyScanning | Self::GitlabSast)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or(())
    }
}

/// Where the repository is shown to people: a code host, and the folder that annotations start from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// The address of the repository, without a slash at its end: `https://github.com/owner/name`.
    pub repository: String,
    /// The commit that was scanned, in hexadecimal digits.
    pub commit: String,
    /// The root of the scan in the workspace, with a slash at its end; empty if they are the same.
    pub folder: String,
}

/// How a report is written. Most of it concerns people: JSON, JSONL and SARIF say the same whatever stands
/// here, but for the version, the threshold, what it was compared with, and the category of SARIF.
#[derive(Clone, Debug)]
pub struct Options {
    /// The version of the tool, as the reports name it.
    pub version: Name,
    /// Colours, as ANSI escape sequences.
    pub color: bool,
    /// Columns to fill; 0 cuts and wraps nothing.
    pub width: usize,
    /// The closing line only.
    pub quiet: bool,
    /// From 1 on: what was skipped, what was suppressed and every further place, too.
    pub verbose: u8,
    /// Findings shown; the closing line counts all of them.
    pub limit: Option<usize>,
    /// Shows the secrets themselves.
    pub show_secrets: bool,
    /// How long the scan took.
    pub elapsed: Option<Duration>,
    /// The lowest severity that fails the run; none: no finding does.
    pub fail_on: Option<Severity>,
    /// Where the repository is shown, if it is known.
    pub home: Option<Home>,
    /// How the report differs from an earlier one, if they were compared.
    pub compared: Option<Compared>,
    /// What the results of this scan are kept under by GitHub's code scanning.
    pub category: Option<String>,
    /// True for the id of a check that has a page of its own, which SARIF links to.
    pub has_page: fn(&str) -> bool,
    /// When, and of which commit, a scan was made: for GitLab's security reports, which have to say it.
    pub scanned: Option<Scanned>,
}

/// When a scan was made, in seconds since 1970, and of what.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Its start.
    pub started: i64,
    /// Its end.
    pub ended: i64,
    /// The commit whose files it read, in hexadecimal digits.
    pub commit: Option<String>,
}

impl Options {
    /// What a file or a pipe gets: no colour, 100 columns, secrets masked, no time.
    #[must_use]
    pub const fn plain(fail_on: Option<Severity>) -> Self {
        Self {
            version: Name::Borrowed(env!("CARGO_PKG_VERSION")),
            color: false,
            width: 100,
            quiet: false,
            verbose: 0,
            limit: None,
            show_secrets: false,
            elapsed: None,
            fail_on,
            home: None,
            compared: None,
            category: None,
            has_page: |_| false,
            scanned: None,
        }
    }
}

/// What a reader must know and `format` has no place for, a line each, to be printed next to it: what was not
/// looked at. Every other format says it itself.
#[must_use]
pub fn aside(report: &Report, format: Format) -> Vec<String> {
    let with = |first: Option<String>| first.into_iter().chain(csv::aside(report)).collect();
    match format {
        Format::Csv | Format::Codeclimate => csv::aside(report),
        Format::Sonarqube => with(sonarqube::elsewhere(report)),
        Format::GitlabSecretDetection => with(gitlab::elsewhere(report, gitlab::Kind::Secrets)),
        Format::GitlabDependencyScanning => with(gitlab::elsewhere(report, gitlab::Kind::Dependencies)),
        Format::GitlabSast => with(gitlab::elsewhere(report, gitlab::Kind::Rest)),
        Format::Human
        | Format::Json
        | Format::Jsonl
        | Format::Sarif
        | Format::Github
        | Format::Markdown
        | Format::Html
        | Format::Junit => Vec::new(),
    }
}

/// Writes `report` to `out`.
///
/// JSON, JSONL and SARIF are a function of the report and of what [`Options`] names: no time, no absolute
/// path, and never a secret. What JSON and JSONL say is read again by [`read`](mod@read).
///
/// # Errors
/// What `out` says.
pub fn render(report: &Report, format: Format, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::render(report, options, out),
        Format::Json => json::render(report, options, out),
        Format::Jsonl => jsonl::render(report, options, out),
        Format::Sarif => sarif::render(report, options, out),
        Format::Github => github::render(report, options, out),
        Format::Markdown => markdown::render(report, options, out),
        Format::Html => html::render(report, options, out),
        Format::Csv => csv::render(report, options, out),
        Format::Junit => junit::render(report, options, out),
        Format::GitlabSecretDetection => gitlab::render(report, gitlab::Kind::Secrets, options, out),
        Format::GitlabDependencyScanning => gitlab::render(report, gitlab::Kind::Dependencies, options, out),
        Format::GitlabSast => gitlab::render(report, gitlab::Kind::Rest, options, out),
        Format::Codeclimate => codeclimate::render(report, out),
        Format::Sonarqube => sonarqube::render(report, out),
    }
}
