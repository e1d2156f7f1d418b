//! One model for all formats: the claims of an SBOM, unproven.

use std::borrow::Cow;

use super::kinds::Family;
use super::mistake::{Grade, Mistake, Mistakes};

/// A text, borrowed from the document if it is there verbatim.
pub type Text<'a> = Cow<'a, str>;

/// An SBOM.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// Its format.
    pub family: Family,
    /// The version of the format, as declared: `1.6`, `2.3`, `3.0.1`.
    pub version: Option<Text<'a>>,
    /// The version as which it was read, if the declared one is unknown.
    pub read_as: Option<&'static str>,
    /// CycloneDX's `serialNumber`, SPDX's `documentNamespace`, the id of SPDX 3's document.
    pub serial: Option<Text<'a>>,
    /// The name of the document.
    pub name: Option<Text<'a>>,
    /// The timestamp, as written; see [`Document::time`].
    pub timestamp: Option<Text<'a>>,
    /// Its creators.
    pub creators: Vec<Creator<'a>>,
    /// CycloneDX's lifecycles, SPDX 3's types of an SBOM: `build`, `pre-build`, `analyzed` …
    pub contexts: Vec<Text<'a>>,
    /// A comment about its creation.
    pub comment: Option<Text<'a>>,
    /// Its subjects, as indexes into `components`.
    pub primary: Vec<u32>,
    /// The components, including nested ones, in document order.
    pub components: Vec<Component<'a>>,
    /// Relations, as indexes into `components`.
    pub edges: Vec<Edge>,
    /// Relations with undefined references: their number, and the first one.
    pub dangling: (usize, Option<Text<'a>>),
    /// True if it states the completeness of the relations.
    pub completeness: bool,
    /// True if it contains a signature: JSF, or XML's. It is not verified.
    pub signed: bool,
    /// The number of vulnerabilities in it.
    pub vulnerabilities: usize,
    /// Errors, by line.
    pub mistakes: Vec<Mistake>,
    /// True if components were left out.
    pub(super) full: bool,
}

/// The most components of one document: some 500 bytes each; the largest known documents have some ten thousands.
pub const COMPONENTS_MAX: usize = 250_000;

impl<'a> Document<'a> {
    /// Adds a component; returns its index, or `None` if there are too many, which is reported once.
    pub(super) fn add(&mut self, component: Component<'a>, mistakes: &mut Mistakes) -> Option<u32> {
        let place = self.components.len();
        if place >= COMPONENTS_MAX {
            if !std::mem::replace(&mut self.full, true) {
                let message = format!("lists more than {COMPONENTS_MAX} components: the others are not read");
                mistakes.push(component.at as usize, Grade::Broken, message);
            }
            return None;
        }
        self.components.push(component);
        Some(place as u32)
    }

    /// An empty document.
    pub(super) const fn new(family: Family) -> Self {
        Self {
            family,
            version: None,
            read_as: None,
            serial: None,
            name: None,
            timestamp: None,
            creators: Vec::new(),
            contexts: Vec::new(),
            comment: None,
            primary: Vec::new(),
            components: Vec::new(),
            edges: Vec::new(),
            dangling: (0, None),
            completeness: false,
            signed: false,
            vulnerabilities: 0,
            mistakes: Vec::new(),
            full: false,
        }
    }

    /// The timestamp in seconds since 1970, if well-formed.
    #[must_use]
    pub fn time(&self) -> Option<i64> {
        let text = self.timestamp.as_deref()?;
        let stamp = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
        // Without a time zone it is taken as UTC.
        stamp.or_else(|| {
            let local = text.parse::<jiff::civil::DateTime>().ok()?;
            local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
        })
    }

    /// True for a VEX: it reports vulnerabilities and lists only affected components, so it is not an SBOM. `name`
    /// is the name of its file.
    #[must_use]
    pub fn is_vex(&self, name: &[u8]) -> bool {
        let lower = name.to_ascii_lowercase();
        let mut words = lower.split(|byte| !byte.is_ascii_alphanumeric());
        let called_so = words.any(|word| matches!(word, b"vex" | b"vdr" | b"openvex"));
        let listed = self.components.len() > self.primary.len();
        self.vulnerabilities > 0 && (!listed || called_so)
    }

    /// True if nothing of it could be read.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.mistakes.iter().any(|mistake| mistake.grade == Grade::Unreadable)
    }
}

/// The kind of a creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CreatorKind {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
    /// A program.
    Tool,
}

/// A creator of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creator<'a> {
    /// Its kind.
    pub kind: CreatorKind,
    /// Its name and contact.
    pub party: Party<'a>,
}

/// A person or an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party<'a> {
    /// The name.
    pub name: Option<Text<'a>>,
    /// An e-mail address or a URL.
    pub contact: Option<Text<'a>>,
}

/// The source of a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The author of the component.
    Declared,
    /// The author of the document.
    Concluded,
    /// Unspecified.
    Unstated,
}

/// A licence of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence<'a> {
    /// An identifier, an expression or a name.
    pub text: Text<'a>,
    /// Its source.
    pub source: Source,
}

/// A digest of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash<'a> {
    /// The algorithm as written: `SHA-256`, `SHA256`, `sha256`; see [`Hash::is`].
    pub algorithm: Text<'a>,
    /// In hexadecimal, as written.
    pub value: Text<'a>,
}

impl Hash<'_> {
    /// True for this algorithm in any spelling: `is("sha256")`.
    #[must_use]
    pub fn is(&self, algorithm: &str) -> bool {
        let written = self.algorithm.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
        written.map(|byte| byte.to_ascii_lowercase()).eq(algorithm.bytes())
    }
}

/// A component.
#[derive(Clone, Debug, Default)]
pub struct Component<'a> {
    /// Its byte offset.
    pub at: u32,
    /// Its line, from 1.
    pub line: u32,
    /// Its reference in relations: `bom-ref`, `SPDXID`, `spdxId`.
    pub reference: Option<Text<'a>>,
    /// CycloneDX's type, SPDX's purpose, as written: `library`, `LIBRARY`, `file` …
    pub kind: Option<Text<'a>>,
    /// The group or namespace of its name.
    pub group: Option<Text<'a>>,
    /// The name.
    pub name: Option<Text<'a>>,
    /// The version.
    pub version: Option<Text<'a>>,
    /// The first package URL, see [`Purl`](super::Purl).
    pub purl: Option<Text<'a>>,
    /// The first CPE.
    pub cpe: Option<Text<'a>>,
    /// The SWID tag's id.
    pub swid: Option<Text<'a>>,
    /// Further identifiers: SWHID, OmniBOR, duplicates.
    pub identifiers: Vec<Text<'a>>,
    /// Its distributor.
    pub supplier: Option<Party<'a>>,
    /// CycloneDX's manufacturer, SPDX's originator.
    pub manufacturer: Option<Party<'a>>,
    /// CycloneDX's publisher.
    pub publisher: Option<Text<'a>>,
    /// Its authors.
    pub authors: Vec<Party<'a>>,
    /// Licences.
    pub licences: Vec<Licence<'a>>,
    /// The copyright notice.
    pub copyright: Option<Text<'a>>,
    /// Digests, including those of its distribution.
    pub hashes: Vec<Hash<'a>>,
    /// The name of its file.
    pub filename: Option<Text<'a>>,
    /// Properties defined by the BSI: `bsi:component:executable` …
    pub properties: Vec<(Text<'a>, Text<'a>)>,
    /// Its download URL.
    pub download: Option<Text<'a>>,
    /// True if it is not part of the delivery (CycloneDX's scope `excluded`).
    pub excluded: bool,
}

impl Component<'_> {
    /// True for software with a supplier and a version, not a file or a key.
    #[must_use]
    pub fn is_software(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or_default();
        !kind.eq_ignore_ascii_case("file") && !kind.eq_ignore_ascii_case("cryptographic-asset")
    }
}

/// The kind of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The first depends on the second.
    DependsOn,
    /// The first contains the second.
    Contains,
    /// Any other relation.
    Other,
}

/// A relation of two components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The first, as an index into `components`.
    pub from: u32,
    /// The second.
    pub to: u32,
    /// Its kind.
    pub relation: Relation,
}
