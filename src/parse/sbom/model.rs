//! One model for all families: what a bill of materials says. Nothing of it is proven.

use std::borrow::Cow;

use super::kinds::Family;
use super::mistake::{Grade, Mistake, Mistakes};

/// A text that is borrowed from the document where it stands there as it is read.
pub type Text<'a> = Cow<'a, str>;

/// A bill of materials.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// What it is written in.
    pub family: Family,
    /// The version of the format as it says: `1.6`, `2.3`, `3.0.1`.
    pub version: Option<Text<'a>>,
    /// The version as which it was read, if the one that it says is not known here.
    pub read_as: Option<&'static str>,
    /// CycloneDX's `serialNumber`, SPDX's `documentNamespace`, the id of SPDX 3's document.
    pub serial: Option<Text<'a>>,
    /// The name of the document.
    pub name: Option<Text<'a>>,
    /// When it was made, as it is written; see [`Document::time`].
    pub timestamp: Option<Text<'a>>,
    /// Who and what made it.
    pub creators: Vec<Creator<'a>>,
    /// CycloneDX's lifecycles, SPDX 3's types of an SBOM: `build`, `pre-build`, `analyzed` …
    pub contexts: Vec<Text<'a>>,
    /// What is said about how it was made.
    pub comment: Option<Text<'a>>,
    /// What it is about, in `components`.
    pub primary: Vec<u32>,
    /// The components, nested ones too, in the order of the document.
    pub components: Vec<Component<'a>>,
    /// How components are related, by their place in `components`.
    pub edges: Vec<Edge>,
    /// References in relations that name nothing in the document: how many, and the first of them.
    pub dangling: (usize, Option<Text<'a>>),
    /// True if it says how complete the relations are.
    pub completeness: bool,
    /// True if a signature is part of it: JSF, or XML's. It is not verified.
    pub signed: bool,
    /// Vulnerabilities that it tells of.
    pub vulnerabilities: usize,
    /// What is wrong with it, by line.
    pub mistakes: Vec<Mistake>,
    /// True once components were left out.
    pub(super) full: bool,
}

/// Components of one document that are read: some 500 bytes each, and the largest documents that are known list
/// some ten thousands.
pub const COMPONENTS_MAX: usize = 250_000;

impl<'a> Document<'a> {
    /// Adds a component; returns its place, or nothing if there are too many, which is told once.
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

    /// A document that says nothing yet.
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

    /// When it was made, in seconds since 1970, if it says so in a form that can be read.
    #[must_use]
    pub fn time(&self) -> Option<i64> {
        let text = self.timestamp.as_deref()?;
        let stamp = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
        // Without a zone it is taken for UTC.
        stamp.or_else(|| {
            let local = text.parse::<jiff::civil::DateTime>().ok()?;
            local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
        })
    }

    /// True if it tells of vulnerabilities and lists nothing but what they are in: a VEX, which is no SBOM. `name` is
    /// that of its file.
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

/// What sort of creator made a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CreatorKind {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
    /// A program.
    Tool,
}

/// Who or what made a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creator<'a> {
    /// What it is.
    pub kind: CreatorKind,
    /// Its name, and where to ask.
    pub party: Party<'a>,
}

/// A person or an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party<'a> {
    /// The name.
    pub name: Option<Text<'a>>,
    /// An address for mail, or a URL.
    pub contact: Option<Text<'a>>,
}

/// Where a licence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// By whoever made the component.
    Declared,
    /// By whoever made the document.
    Concluded,
    /// It is not said.
    Unstated,
}

/// A licence of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence<'a> {
    /// An identifier, an expression or a name.
    pub text: Text<'a>,
    /// Who says so.
    pub source: Source,
}

/// A digest of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash<'a> {
    /// The algorithm as it is written: `SHA-256`, `SHA256`, `sha256`; see [`Hash::is`].
    pub algorithm: Text<'a>,
    /// In hexadecimal, as it is written.
    pub value: Text<'a>,
}

impl Hash<'_> {
    /// True if this is the algorithm, however it is written: `is("sha256")`.
    #[must_use]
    pub fn is(&self, algorithm: &str) -> bool {
        let written = self.algorithm.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
        written.map(|byte| byte.to_ascii_lowercase()).eq(algorithm.bytes())
    }
}

/// Something that a document lists.
#[derive(Clone, Debug, Default)]
pub struct Component<'a> {
    /// Where it starts in the text, in bytes.
    pub at: u32,
    /// The line of that, from 1.
    pub line: u32,
    /// What relations call it: `bom-ref`, `SPDXID`, `spdxId`.
    pub reference: Option<Text<'a>>,
    /// CycloneDX's type, SPDX's purpose, as it is written: `library`, `LIBRARY`, `file` …
    pub kind: Option<Text<'a>>,
    /// The group or namespace in front of its name.
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
    /// Further identifiers: SWHID, OmniBOR, what is there more than once.
    pub identifiers: Vec<Text<'a>>,
    /// Who distributes it.
    pub supplier: Option<Party<'a>>,
    /// CycloneDX's manufacturer, SPDX's originator: who made it.
    pub manufacturer: Option<Party<'a>>,
    /// CycloneDX's publisher.
    pub publisher: Option<Text<'a>>,
    /// Authors of a component.
    pub authors: Vec<Party<'a>>,
    /// Licences.
    pub licences: Vec<Licence<'a>>,
    /// The notice of copyright.
    pub copyright: Option<Text<'a>>,
    /// Digests, of what is distributed too.
    pub hashes: Vec<Hash<'a>>,
    /// The name of its file.
    pub filename: Option<Text<'a>>,
    /// Properties with names that the BSI has given: `bsi:component:executable` …
    pub properties: Vec<(Text<'a>, Text<'a>)>,
    /// Where it is had from.
    pub download: Option<Text<'a>>,
    /// True if it says that it is no part of what is delivered (CycloneDX's scope `excluded`).
    pub excluded: bool,
}

impl Component<'_> {
    /// True if it stands for software that has a supplier and a version, and not for a file or a key.
    #[must_use]
    pub fn is_software(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or_default();
        !kind.eq_ignore_ascii_case("file") && !kind.eq_ignore_ascii_case("cryptographic-asset")
    }
}

/// How two components are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The first needs the second.
    DependsOn,
    /// The second is a part of the first.
    Contains,
    /// Anything else that is said of two components.
    Other,
}

/// A relation of two components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The first, in `components`.
    pub from: u32,
    /// The second.
    pub to: u32,
    /// What is between them.
    pub relation: Relation,
}
