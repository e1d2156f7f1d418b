//! What an SBOM lacks, by profiles of required elements.

use super::kinds::Family;
use super::model::{Component, CreatorKind, Document, Party};

/// The most components listed per element.
pub const SHOWN_MAX: usize = 5;

/// A standard that defines required elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// NTIA's minimum elements of 2021:
    /// <https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom>.
    #[default]
    Ntia2021,
    /// CISA's draft of 2025:
    /// <https://www.cisa.gov/resources-tools/resources/2025-minimum-elements-software-bill-materials-sbom>.
    Cisa2025,
    /// The BSI's technical guideline, 2.1.0: <https://bsi.bund.de/dok/TR-03183>.
    BsiTr03183,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ntia2021, Self::Cisa2025, Self::BsiTr03183];

    /// Its name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ntia2021 => "ntia-2021",
            Self::Cisa2025 => "cisa-2025",
            Self::BsiTr03183 => "bsi-tr-03183",
        }
    }

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == name)
    }

    /// The required elements.
    #[must_use]
    pub const fn elements(self) -> &'static [Element] {
        use Element::{
            Author, Completeness, ComponentCreator, CreatorContact, Filename, Format, GenerationContext,
            Hash, Identifier, Licence, Name, NoVulnerabilities, Producer, Properties, Related, Relations,
            Serial, Sha512, SoftwareIdentifier, Supplier, Timestamp, Tool, Version,
        };
        match self {
            Self::Ntia2021 => &[Supplier, Name, Version, Identifier, Relations, Author, Timestamp],
            Self::Cisa2025 => &[
                Author,
                Producer,
                Name,
                Version,
                SoftwareIdentifier,
                Hash,
                Licence,
                Relations,
                Related,
                Tool,
                Timestamp,
                GenerationContext,
            ],
            Self::BsiTr03183 => &[
                Format,
                Serial,
                CreatorContact,
                Timestamp,
                ComponentCreator,
                Name,
                Version,
                Filename,
                Relations,
                Related,
                Completeness,
                Licence,
                Sha512,
                Properties,
                NoVulnerabilities,
            ],
        }
    }
}

/// A required element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// The distributor of a component.
    Supplier,
    /// The name of a component.
    Name,
    /// The version of a component.
    Version,
    /// An identifier of a component in addition to its name: a package URL, CPE, SWID or similar, or a reference
    /// that is globally unique together with the document's URI.
    Identifier,
    /// The same, but one that databases use.
    SoftwareIdentifier,
    /// The subject of the document, and the relations between components: dependencies and containment.
    Relations,
    /// Each component has a relation.
    Related,
    /// The completeness of the relations is stated.
    Completeness,
    /// The author of the document: a person or an organisation; for the NTIA also a program.
    Author,
    /// Its timestamp.
    Timestamp,
    /// The program that created it.
    Tool,
    /// The stage of its creation: from source, during the build, or from the product.
    GenerationContext,
    /// The producer of a component.
    Producer,
    /// A digest of a component.
    Hash,
    /// A licence of a component.
    Licence,
    /// An allowed format and version.
    Format,
    /// A URI of the document.
    Serial,
    /// Contact details of the document's creator.
    CreatorContact,
    /// The creator of a component, with contact details.
    ComponentCreator,
    /// The file name of a component.
    Filename,
    /// An SHA-512 digest of a component.
    Sha512,
    /// Whether a component is executable, an archive, structured.
    Properties,
    /// Vulnerabilities are in a separate document.
    NoVulnerabilities,
}

impl Element {
    /// Its description, to follow "lacks" or "without".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supplier => "supplier",
            Self::Name => "name",
            Self::Version => "version",
            Self::Identifier => "unique identifier",
            Self::SoftwareIdentifier => "software identifier (package URL, CPE or the like)",
            Self::Relations => "dependency relationships",
            Self::Related => "relationship to any other component",
            Self::Completeness => "word on how complete the dependencies are",
            Self::Author => "author",
            Self::Timestamp => "timestamp",
            Self::Tool => "name of the tool that made it",
            Self::GenerationContext => "generation context",
            Self::Producer => "producer",
            Self::Hash => "hash",
            Self::Licence => "licence",
            Self::Format => "format that the profile allows",
            Self::Serial => "address of its own (serial number, namespace)",
            Self::CreatorContact => "mail address or URL of its creator",
            Self::ComponentCreator => "creator with a mail address or URL",
            Self::Filename => "file name",
            Self::Sha512 => "SHA-512",
            Self::Properties => "properties executable, archive and structured",
            Self::NoVulnerabilities => {
                "freedom from vulnerabilities, which belong into a document of their own"
            }
        }
    }

    /// True if it applies to each component, not to the document.
    #[must_use]
    pub const fn is_of_components(self) -> bool {
        matches!(
            self,
            Self::Supplier
                | Self::Name
                | Self::Version
                | Self::Identifier
                | Self::SoftwareIdentifier
                | Self::Related
                | Self::Producer
                | Self::Hash
                | Self::Licence
                | Self::ComponentCreator
                | Self::Filename
                | Self::Sha512
                | Self::Properties
        )
    }
}

/// The result for one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The element.
    pub element: Element,
    /// Components without it; for an element of the document 1 if it is missing.
    pub missing: usize,
    /// Applicable components; 1 for an element of the document.
    pub of: usize,
    /// The first components without it: line, from 1, and name.
    pub first: Vec<(u32, String)>,
}

/// The result for each element of `profile`.
#[must_use]
pub fn judge(document: &Document<'_>, profile: Profile) -> Vec<Fact> {
    let related = related(document);
    profile
        .elements()
        .iter()
        .map(|element| {
            if !element.is_of_components() {
                let missing = usize::from(!of_document(document, *element, profile));
                return Fact { element: *element, missing, of: 1, first: Vec::new() };
            }
            let mut fact = Fact { element: *element, missing: 0, of: 0, first: Vec::new() };
            for (place, component) in document.components.iter().enumerate() {
                if !is_asked(document, component) {
                    continue;
                }
                fact.of += 1;
                let has = match element {
                    Element::Related => related.get(place).copied().unwrap_or(false),
                    element => of_component(document, component, *element),
                };
                if !has {
                    fact.missing += 1;
                    if fact.first.len() < SHOWN_MAX {
                        fact.first.push((component.line, called(component)));
                    }
                }
            }
            fact
        })
        .collect()
}

/// The number of components without a package URL, and of those that could have one.
#[must_use]
pub fn without_purl(document: &Document<'_>) -> (usize, usize) {
    let asked = || document.components.iter().filter(|component| is_asked(document, component));
    (asked().filter(|component| component.purl.is_none()).count(), asked().count())
}

/// Why the version of the format is outdated, if so.
///
/// CycloneDX before 1.4 cannot contain a signature, and 1.4 is the oldest version allowed by any edition of the
/// BSI's guideline. SPDX before 2.2 predates the ISO standard (ISO/IEC 5962:2021 is SPDX 2.2.1), and 2.2 is the
/// oldest version that tools for the NTIA's elements read.
#[must_use]
pub fn outdated(document: &Document<'_>) -> Option<&'static str> {
    let version = numbers(document.version.as_deref()?)?;
    if document.family.is_cyclonedx() {
        return (version < (1, 4, 0)).then_some(
            "CycloneDX before 1.4 cannot contain a signature, and no edition of BSI TR-03183-2 allows it",
        );
    }
    (document.family.is_spdx2() && version < (2, 2, 0)).then_some(
        "SPDX before 2.2 is older than the ISO standard (ISO/IEC 5962:2021), and tools no longer read it",
    )
}

/// A version as numbers.
fn numbers(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    Some((parts.next()??, parts.next().flatten().unwrap_or(0), parts.next().flatten().unwrap_or(0)))
}

/// True if elements of components apply to this one.
fn is_asked(document: &Document<'_>, component: &Component<'_>) -> bool {
    // CycloneDX lists files and keys among the components; an SPDX package is software.
    !document.family.is_cyclonedx() || component.is_software()
}

fn called(component: &Component<'_>) -> String {
    let name = component.name.as_deref().or(component.reference.as_deref()).unwrap_or("(without a name)");
    match component.version.as_deref() {
        Some(version) => super::short(&format!("{name} {version}")),
        None => super::short(name),
    }
}

/// Which components have a relation, or are the subject.
fn related(document: &Document<'_>) -> Vec<bool> {
    let mut related = vec![false; document.components.len()];
    let ends = document.edges.iter().flat_map(|edge| [edge.from, edge.to]);
    for place in ends.chain(document.primary.iter().copied()) {
        if let Some(slot) = related.get_mut(place as usize) {
            *slot = true;
        }
    }
    related
}

fn of_document(document: &Document<'_>, element: Element, profile: Profile) -> bool {
    let named = |kinds: &[CreatorKind]| {
        let mut creators = document.creators.iter().filter(|creator| kinds.contains(&creator.kind));
        creators.any(|creator| creator.party.name.is_some())
    };
    let people = [CreatorKind::Person, CreatorKind::Organisation];
    match element {
        Element::Author if profile == Profile::Ntia2021 => {
            named(&[CreatorKind::Person, CreatorKind::Organisation, CreatorKind::Tool])
        }
        Element::Author => named(&people),
        Element::Timestamp => document.time().is_some(),
        Element::Tool => named(&[CreatorKind::Tool]),
        Element::GenerationContext => !document.contexts.is_empty() || document.comment.is_some(),
        Element::Relations => {
            let asked = document.components.iter().filter(|component| is_asked(document, component)).count();
            let all_primary = document.primary.len() >= asked;
            let structured = document.edges.iter().any(|edge| edge.from != edge.to);
            !document.primary.is_empty() && (all_primary || structured)
        }
        Element::Completeness => document.completeness,
        Element::Format => {
            let version = document.version.as_deref().and_then(numbers);
            match document.family {
                Family::CycloneDxJson | Family::CycloneDxXml => version >= Some((1, 6, 0)),
                Family::Spdx3Json => version >= Some((3, 0, 1)),
                _ => false,
            }
        }
        Element::Serial => document.serial.is_some(),
        Element::CreatorContact => document
            .creators
            .iter()
            .any(|creator| people.contains(&creator.kind) && is_contact(&creator.party)),
        Element::NoVulnerabilities => document.vulnerabilities == 0,
        _ => true,
    }
}

fn is_contact(party: &Party<'_>) -> bool {
    // A name may be contact details, too.
    let address = |text: &str| text.contains('@') || text.contains("://");
    party.contact.is_some() || party.name.as_deref().is_some_and(address)
}

fn of_component(document: &Document<'_>, component: &Component<'_>, element: Element) -> bool {
    let known = component.purl.is_some()
        || component.cpe.is_some()
        || component.swid.is_some()
        || !component.identifiers.is_empty();
    let parties = || component.supplier.iter().chain(&component.manufacturer).chain(&component.authors);
    match element {
        Element::Supplier if document.family.is_cyclonedx() => {
            component.supplier.is_some() || component.manufacturer.is_some() || component.publisher.is_some()
        }
        Element::Supplier => component.supplier.as_ref().is_some_and(|supplier| supplier.name.is_some()),
        Element::Name => component.name.is_some(),
        Element::Version => component.version.is_some(),
        Element::Identifier => known || component.reference.is_some() && document.serial.is_some(),
        Element::SoftwareIdentifier => known,
        Element::Producer => component.publisher.is_some() || parties().next().is_some(),
        Element::Hash => !component.hashes.is_empty(),
        Element::Licence => !component.licences.is_empty(),
        Element::ComponentCreator => {
            let publisher = component.publisher.clone().map(|name| Party { name: Some(name), contact: None });
            parties().any(is_contact) || publisher.is_some_and(|party| is_contact(&party))
        }
        Element::Filename => component.filename.is_some(),
        Element::Sha512 => component.hashes.iter().any(|hash| hash.is("sha512")),
        Element::Properties => ["executable", "archive", "structured"].iter().all(|wanted| {
            let mut names = component.properties.iter().map(|(name, _)| name.as_ref());
            names.any(|name| name.strip_prefix("bsi:component:") == Some(wanted))
        }),
        _ => true,
    }
}
