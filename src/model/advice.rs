//! Details of a finding about a dependency.

use super::Name;

/// The advisory behind a finding, and the remediation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advice {
    /// `RUSTSEC-2024-0001`; none if the registry is the source, as for yanked versions.
    pub id: Option<String>,
    /// Aliases in other databases.
    pub aliases: Vec<String>,
    /// The advisory's title.
    pub title: String,
    /// A URL with details.
    pub url: Option<String>,
    /// `vulnerability`, `unsound`, `unmaintained`, `notice`, `yanked`.
    pub kind: Name,
    /// The CVSS vector.
    pub cvss: Option<String>,
    /// Its score, from 0 to 10.
    pub score: Option<f64>,
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Requirements for patched versions.
    pub patched: Vec<String>,
    /// Requirements for unaffected versions.
    pub unaffected: Vec<String>,
    /// The path from a workspace member to the package, `name version` each.
    pub path: Vec<String>,
    /// Notes for people, a short sentence each.
    pub notes: Vec<String>,
    /// The remediation, one sentence.
    pub help: String,
}
