//! Advisories about versions of packages, independent of the format.

pub mod cvss;
pub mod osv;
pub mod ranges;
pub mod rustsec;

use std::sync::OnceLock;

use jiff::civil::Date;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::FastMap;

pub use ranges::Ranges;

/// One advisory about one package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// `RUSTSEC-2024-0001`.
    pub id: String,
    /// The package.
    pub package: String,
    /// One line.
    pub title: String,
    /// `2024-01-31`.
    pub date: String,
    /// Ids of the same advisory in other databases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The URL of details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `unmaintained`, `unsound`, `notice` or another kind; `None` for a vulnerability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub informational: Option<String>,
    /// True if the package is malicious.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub malicious: bool,
    /// A CVSS vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvss: Option<String>,
    /// The database's own score from 0 to 10, if there is no vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rated: Option<String>,
    /// Requirements that match patched versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patched: Vec<String>,
    /// Requirements that match unaffected versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaffected: Vec<String>,
    /// Affected ranges, for ecosystems whose databases use them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<osv::Affected>,
    /// Affected functions, each with its affected versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<(String, Vec<String>)>,
    /// Affected operating systems; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub os: Vec<String>,
    /// Affected architectures; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arch: Vec<String>,
}

impl Advisory {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> AdvisoryKind {
        match self.informational.as_deref() {
            _ if self.malicious => AdvisoryKind::Malicious,
            None => AdvisoryKind::Vulnerability,
            Some("unsound") => AdvisoryKind::Unsound,
            Some("unmaintained") => AdvisoryKind::Unmaintained,
            Some(_) => AdvisoryKind::Notice,
        }
    }
}

/// The kind of an advisory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdvisoryKind {
    /// The package is malicious.
    Malicious,
    /// An exploitable flaw.
    Vulnerability,
    /// Safe code can cause undefined behaviour.
    Unsound,
    /// It is no longer maintained.
    Unmaintained,
    /// Other information.
    Notice,
}

impl AdvisoryKind {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Vulnerability => "vulnerability",
            Self::Unsound => "unsound",
            Self::Unmaintained => "unmaintained",
            Self::Notice => "notice",
        }
    }
}

/// A database: advisories by the name of the package.
#[derive(Clone, Debug, Default)]
pub struct Advisories {
    /// Applicable ones by package; not withdrawn ones and those about Rust itself.
    by_package: FastMap<String, Vec<Entry>>,
    /// The number of advisories, of any kind.
    pub count: usize,
    /// The date of the newest one, `2024-01-31`.
    pub newest: String,
    /// Unreadable ones: the package, if known; the file; and why.
    pub unread: Vec<Unread>,
    /// A description of its source.
    pub origin: String,
    /// When it was fetched, in seconds since 1970, if known.
    pub fetched: Option<i64>,
    /// Why it could not be refreshed, if that was tried.
    pub stale: Option<String>,
    /// True for the built-in database.
    pub built_in: bool,
}

/// An advisory in a database.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The advisory.
    pub advisory: Advisory,
    /// Its ranges, parsed on demand.
    ranges: OnceLock<Option<Ranges>>,
}

impl Entry {
    /// True if it affects this version of the crate.
    #[must_use]
    pub fn affects(&self, version: &Version) -> bool {
        let ranges = self.ranges.get_or_init(|| Ranges::of(&self.advisory).ok());
        ranges.as_ref().is_some_and(|ranges| ranges.affects(version))
    }
}

/// An advisory that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unread {
    /// The package that it is about.
    pub package: String,
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

impl Advisories {
    /// A lower bound of its age, in seconds since 1970: when it was fetched, or the date of its newest advisory.
    #[must_use]
    pub fn as_of(&self) -> Option<i64> {
        self.fetched.max(seconds(&self.newest))
    }

    /// The advisories about `package`.
    #[must_use]
    pub fn about(&self, package: &str) -> &[Entry] {
        self.by_package.get(package).map_or(&[], Vec::as_slice)
    }

    /// Groups `advisories` by package.
    #[must_use]
    pub fn new(advisories: Vec<Advisory>) -> Self {
        let mut all = Self::default();
        for advisory in advisories {
            let entry = Entry { ranges: OnceLock::new(), advisory };
            all.by_package.entry(entry.advisory.package.clone()).or_default().push(entry);
        }
        all
    }
}

/// The start of a day, `2024-01-31`, in seconds since 1970.
#[must_use]
pub fn seconds(day: &str) -> Option<i64> {
    let day: Date = day.parse().ok()?;
    Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn days() {
        assert_eq!(seconds("1970-01-02"), Some(86_400));
        assert_eq!(seconds("soon"), None);
    }
}
