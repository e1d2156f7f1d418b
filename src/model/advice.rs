//! What a finding about a dependency says beyond its message.

use super::Name;

/// The advisory that a finding rests on, and the way out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advice {
    /// `RUSTSEC-2024-0001`; none if the registry itself says it, as it does of yanked versions.
    pub id: Option<String>,
    /// Ids of the same in other databases.
    pub aliases: Vec<String>,
    /// The advisory in a line.
    pub title: String,
    /// Where more is said.
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
    /// Requirements that patched versions fulfil.
    pub patched: Vec<String>,
    /// Requirements that versions without the fault fulfil.
    pub unaffected: Vec<String>,
    /// From a member of the workspace to the package, `name version` each.
    pub path: Vec<String>,
    /// The same and more for people, a short sentence each.
    pub notes: Vec<String>,
    /// The way out, one sentence.
    pub help: String,
}
