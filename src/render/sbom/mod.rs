//! SBOMs: a bill of materials as CycloneDX or SPDX, the same bytes for the same bom.

mod cyclonedx;
mod serial;
mod spdx;
mod tag_value;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use jiff::Timestamp;

pub use serial::NAMESPACE;

/// The formats of a bom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BillFormat {
    /// CycloneDX 1.6, as JSON.
    CycloneDx,
    /// SPDX 2.3, as JSON.
    Spdx,
    /// SPDX 2.3, as lines of tags and values.
    SpdxTagValue,
}

impl BillFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::CycloneDx, Self::Spdx, Self::SpdxTagValue];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CycloneDx => "cyclonedx",
            Self::Spdx => "spdx",
            Self::SpdxTagValue => "spdx-tag-value",
        }
    }
}

impl fmt::Display for BillFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for BillFormat {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or(())
    }
}

/// What a lock file says is in a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bom {
    /// What the bom is of. If exactly one component is the project's own, that one stands for it.
    pub subject: Subject,
    /// The packages, in any order.
    pub components: Vec<Component>,
    /// What the bom cannot know, in sentences.
    pub limits: String,
}

/// What a bom is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The name of the project.
    pub name: String,
    /// Its version, if it has one.
    pub version: Option<String>,
}

/// A package of a bom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its package URL; none if its source has no address that says who it is.
    pub purl: Option<String>,
    /// The type of its package URL, also where it has none. Not written.
    pub kind: Option<&'static str>,
    /// True if its version is none that a registry has given: a branch, a commit, an address. Not written.
    pub moving: bool,
    /// The SHA-256 of the package as it is published, in 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// True for a part of the project itself.
    pub own: bool,
    /// Where it comes from, as the lock file says. Only distinguishes packages; it is not written, for
    /// it may hold a password or a path of the author's machine.
    pub source: Option<String>,
    /// The name that it is installed under, if that is another one. Not written: the package is the same.
    pub alias: Option<String>,
    /// What kind of place that is, in a word; none for the usual registry.
    pub origin: Option<&'static str>,
    /// What it is needed for.
    pub need: Need,
    /// Where it can be fetched, as SPDX spells it.
    pub location: Option<String>,
    /// The places in [`Bom::components`] of what it depends on; none if the lock file does not say.
    pub depends_on: Option<Vec<usize>>,
}

/// What a package of a bom is needed for, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// It is not known.
    #[default]
    Unknown,
    /// To run the program.
    Runtime,
    /// For a part of the program that may be left out.
    Optional,
    /// For development only.
    Development,
}

impl Need {
    /// What a package is needed for that is needed for both.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Runtime, _) | (_, Self::Runtime) => Self::Runtime,
            (Self::Optional, _) | (_, Self::Optional) => Self::Optional,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Development, Self::Development) => Self::Development,
        }
    }
}

/// How a document was made.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// The version of the tool.
    pub version: &'static str,
    /// When it was made.
    pub time: Timestamp,
}

/// Writes `bom` in this format.
///
/// # Errors
/// What `out` says.
pub fn render_bill(bom: &Bom, format: BillFormat, stamp: Stamp, out: &mut dyn Write) -> io::Result<()> {
    let sorted = Sorted::new(bom);
    match format {
        BillFormat::CycloneDx => cyclonedx::render(&sorted, stamp, out),
        BillFormat::Spdx => spdx::render(&sorted, stamp, out),
        BillFormat::SpdxTagValue => tag_value::render(&sorted, stamp, out),
    }
}

/// A bom in the order in which it is written.
struct Sorted<'a> {
    bom: &'a Bom,
    /// By name, version and source.
    components: Vec<&'a Component>,
    /// The places in `components` of what each depends on, sorted, each once.
    edges: Vec<Option<Vec<usize>>>,
    /// The own component that stands for the project, if it is the only one.
    primary: Option<usize>,
    /// The UUID of the document.
    serial: String,
}

impl<'a> Sorted<'a> {
    fn new(bom: &'a Bom) -> Self {
        let mut order: Vec<usize> = (0..bom.components.len()).collect();
        order.sort_by_key(|at| {
            let Component { name, version, source, purl, sha256, own, .. } = &bom.components[*at];
            (name, version, source, purl, sha256, own)
        });
        let mut rank = vec![0; order.len()];
        for (place, at) in order.iter().enumerate() {
            rank[*at] = place;
        }
        let components: Vec<&Component> = order.iter().map(|at| &bom.components[*at]).collect();
        let edge = |component: &&Component| {
            let mut to: Vec<usize> =
                component.depends_on.as_ref()?.iter().filter_map(|at| rank.get(*at).copied()).collect();
            to.sort_unstable();
            to.dedup();
            Some(to)
        };
        let edges = components.iter().map(edge).collect();
        let mut own = (0..components.len()).filter(|at| components[*at].own);
        let primary = own.next().filter(|_| own.next().is_none());
        let mut sorted = Self { bom, components, edges, primary, serial: String::new() };
        sorted.serial = serial::serial(&sorted);
        sorted
    }

    /// The project's own components, if there are several.
    fn members(&self) -> impl Iterator<Item = usize> {
        (0..self.components.len()).filter(|at| self.primary.is_none() && self.components[*at].own)
    }
}

/// Names that are given once: what was asked for, or that with a number behind it.
struct Unique {
    given: HashSet<String>,
    next: HashMap<String, usize>,
    mark: char,
}

impl Unique {
    fn new(mark: char) -> Self {
        Self { given: HashSet::new(), next: HashMap::new(), mark }
    }

    fn name(&mut self, wanted: String) -> String {
        if self.given.insert(wanted.clone()) {
            return wanted;
        }
        let number = self.next.entry(wanted.clone()).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{wanted}{}{number}", self.mark);
            if self.given.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Unique;

    #[test]
    fn no_name_is_given_twice() {
        let mut unique = Unique::new('-');
        let given: Vec<String> =
            ["a", "a-2", "a", "a", "a-2"].into_iter().map(|name| unique.name(name.to_owned())).collect();
        assert_eq!(given, ["a", "a-2", "a-3", "a-4", "a-2-2"]);
    }
}
