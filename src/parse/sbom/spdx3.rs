//! SPDX 3 in JSON-LD: <https://spdx.github.io/spdx-spec/v3.0.1/>. Elements may be in the graph or inline, in any
//! order.

use std::collections::HashMap;

use super::kinds::Family;
use super::mistake::{Grade, Mistakes};
use super::model::{Component, Creator, CreatorKind, Document, Hash, Licence, Party, Relation, Source, Text};
use super::relations::Relations;
use crate::parse::tree::{Id, Kind, Tree, some};

/// Known versions, the newest last.
const VERSIONS: [&str; 2] = ["3.0.0", "3.0.1"];

/// Elements by id.
type Elements<'a> = HashMap<Text<'a>, Id>;

/// Parses a document; errors go to `mistakes`.
pub(super) fn read<'a>(tree: &Tree<'a>, mistakes: &mut Mistakes) -> Document<'a> {
    let mut document = Document::new(Family::Spdx3Json);
    let Some(root) = tree.root() else { return document };
    for (key, name) in [("spdxVersion", "SPDX 2"), ("bomFormat", "CycloneDX")] {
        if let Some(other) = tree.get(root, key) {
            let message = format!("is SPDX 3 and {name} at once: read as SPDX 3");
            mistakes.push(tree.at(other) as usize, Grade::Broken, message);
        }
    }
    let mut elements = Elements::new();
    let mut kinds: Vec<(Id, Text<'a>)> = Vec::new();
    for id in (0..tree.len()).filter(|id| tree.kind(*id) == Kind::Object) {
        let Some(kind) = tree.member(id, "type").or_else(|| tree.member(id, "@type")) else { continue };
        if let Some(name) = name(tree, id) {
            elements.entry(name).or_insert(id);
        }
        kinds.push((id, kind));
    }
    let mut reader = Reader { tree, elements, document: &mut document, relations: Relations::default() };
    let mut creation = None;
    let mut boms = Vec::new();
    for (id, kind) in &kinds {
        match local(kind) {
            "SpdxDocument" => {
                reader.head(*id);
                creation = tree.get(*id, "creationInfo").or(creation);
            }
            "Sbom" | "Bom" => boms.push(*id),
            "CreationInfo" if creation.is_none() => creation = Some(*id),
            // The limit is reached, and reported.
            "Package" | "AIPackage" | "DatasetPackage" if !reader.package(*id, mistakes) => break,
            "Vulnerability" => reader.document.vulnerabilities += 1,
            _ => {}
        }
    }
    if let Some(id) = creation {
        reader.creation(id);
    }
    for bom in boms {
        reader.bom(bom);
    }
    // Relations refer to packages, so these come first.
    let places: HashMap<Text<'a>, usize> = reader
        .document
        .components
        .iter()
        .enumerate()
        .filter_map(|(place, component)| Some((component.reference.clone()?, place)))
        .collect();
    for (id, kind) in &kinds {
        if matches!(local(kind), "Relationship" | "LifecycleScopedRelationship") {
            reader.relationship(*id, &places);
        }
    }
    let others = reader.elements.keys().filter(|name| !places.contains_key(*name)).cloned();
    reader.relations.others.extend(others);
    let relations = reader.relations;
    if document.version.is_none() {
        document.version = context(tree, root);
    }
    document.read_as = match document.version.as_deref() {
        Some("3.0") => None,
        _ => super::read_as(&document.version, &VERSIONS, 0, mistakes),
    };
    if kinds.is_empty() {
        let message = "has no elements with a `type`: nothing was read".to_owned();
        mistakes.push(0, Grade::Odd, message);
    }
    relations.finish(&mut document, mistakes);
    document
}

/// The id of an element.
fn name<'a>(tree: &Tree<'a>, id: Id) -> Option<Text<'a>> {
    tree.member(id, "spdxId").or_else(|| tree.member(id, "@id"))
}

/// A name without its namespace: `software_Package`, `spdx:Software/Package`.
fn local(name: &str) -> &str {
    name.rsplit(['_', '/', ':', '#']).next().unwrap_or(name)
}

/// The version in the URL of the context.
fn context<'a>(tree: &Tree<'a>, root: Id) -> Option<Text<'a>> {
    let piece = tree.piece(tree.get(root, "@context")?);
    let (_, version) = piece.split_once("rdf/").or_else(|| piece.split_once("/v"))?;
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    some(Text::Borrowed(version.get(..end)?))
}

struct Reader<'t, 'a> {
    tree: &'t Tree<'a>,
    elements: Elements<'a>,
    document: &'t mut Document<'a>,
    relations: Relations<'a>,
}

impl<'a> Reader<'_, 'a> {
    /// The values of a member, whether one or a list.
    fn all(&self, id: Id, key: &str) -> Vec<Id> {
        match self.tree.get(id, key) {
            Some(list) if self.tree.kind(list) == Kind::Array => self.tree.children(list).collect(),
            one => one.into_iter().collect(),
        }
    }

    /// The referenced element, by id or inline.
    fn reference(&self, id: Id) -> Option<Text<'a>> {
        if self.tree.kind(id) == Kind::Object { name(self.tree, id) } else { some(self.tree.text(id)?) }
    }

    /// The referenced element.
    fn element(&self, id: Id) -> Option<Id> {
        if self.tree.kind(id) == Kind::Object
            && (self.tree.get(id, "type").is_some() || self.tree.get(id, "@type").is_some())
        {
            return Some(id);
        }
        self.elements.get(&self.reference(id)?).copied()
    }

    fn head(&mut self, id: Id) {
        self.document.serial = name(self.tree, id);
        self.document.name = self.tree.member(id, "name");
        self.document.comment = self.tree.member(id, "comment").or(self.document.comment.take());
        for root in self.all(id, "rootElement") {
            self.relations.described.extend(self.reference(root));
        }
    }

    fn bom(&mut self, id: Id) {
        for root in self.all(id, "rootElement") {
            self.relations.described.extend(self.reference(root));
        }
        for kind in self.all(id, "software_sbomType") {
            self.document.contexts.extend(self.tree.text(kind).map(|kind| match kind {
                Text::Borrowed(kind) => Text::Borrowed(local(kind)),
                Text::Owned(kind) => Text::Owned(local(&kind).to_owned()),
            }));
        }
    }

    fn creation(&mut self, id: Id) {
        let Some(id) = self.element(id).or(Some(id)) else { return };
        self.document.version = self.tree.member(id, "specVersion");
        self.document.timestamp = self.tree.member(id, "created");
        self.document.comment = self.tree.member(id, "comment").or(self.document.comment.take());
        for (key, used) in [("createdBy", false), ("createdUsing", true)] {
            for value in self.all(id, key) {
                let agent = self.element(value);
                let kind = agent.and_then(|agent| {
                    self.tree.member(agent, "type").or_else(|| self.tree.member(agent, "@type"))
                });
                let kind = match kind.as_deref().map(local) {
                    Some("Person") if !used => CreatorKind::Person,
                    Some("Tool" | "SoftwareAgent") => CreatorKind::Tool,
                    _ if used => CreatorKind::Tool,
                    _ => CreatorKind::Organisation,
                };
                let party = self.party(value);
                self.document.creators.push(Creator { kind, party });
            }
        }
    }

    /// An agent; one that is defined elsewhere has its id as name.
    fn party(&self, id: Id) -> Party<'a> {
        let Some(agent) = self.element(id) else {
            return Party { name: self.reference(id), contact: None };
        };
        let identifiers = self.all(agent, "externalIdentifier").into_iter();
        let contact = identifiers
            .filter(|one| {
                let kind = self.tree.member(*one, "externalIdentifierType");
                kind.is_some_and(|kind| matches!(local(&kind), "email" | "urlScheme"))
            })
            .find_map(|one| self.tree.member(one, "identifier"));
        Party { name: self.tree.member(agent, "name"), contact }
    }

    /// Adds a package; false if there are too many.
    fn package(&mut self, id: Id, mistakes: &mut Mistakes) -> bool {
        let tree = self.tree;
        let member = |key| tree.member(id, key);
        let mut out = Component {
            at: tree.at(id),
            reference: name(tree, id),
            kind: member("software_primaryPurpose"),
            name: member("name"),
            version: member("software_packageVersion"),
            purl: member("software_packageUrl"),
            copyright: member("software_copyrightText").filter(|text| text != "NOASSERTION"),
            download: member("software_downloadLocation"),
            ..Component::default()
        };
        for one in self.all(id, "externalIdentifier") {
            let Some(identifier) = tree.member(one, "identifier") else { continue };
            let kind = tree.member(one, "externalIdentifierType").unwrap_or_default();
            let slot = match local(&kind) {
                "packageUrl" => &mut out.purl,
                "cpe22" | "cpe23" => &mut out.cpe,
                "swid" => &mut out.swid,
                "swhid" | "gitoid" => {
                    out.identifiers.push(identifier);
                    continue;
                }
                _ => continue,
            };
            if slot.is_none() {
                *slot = Some(identifier);
            } else {
                out.identifiers.push(identifier);
            }
        }
        for one in self.all(id, "software_contentIdentifier") {
            out.identifiers.extend(tree.member(one, "software_contentIdentifierValue"));
        }
        self.hashes(id, &mut out.hashes);
        let said = |party: &Party<'_>| party.name.is_some() || party.contact.is_some();
        out.supplier = self.all(id, "suppliedBy").first().map(|id| self.party(*id)).filter(said);
        out.manufacturer = self.all(id, "originatedBy").first().map(|id| self.party(*id)).filter(said);
        self.document.add(out, mistakes).is_some()
    }

    fn hashes(&self, id: Id, out: &mut Vec<Hash<'a>>) {
        for one in self.all(id, "verifiedUsing") {
            let algorithm = self.tree.member(one, "algorithm");
            if let (Some(algorithm), Some(value)) = (algorithm, self.tree.member(one, "hashValue")) {
                out.push(Hash { algorithm, value });
            }
        }
    }

    fn relationship(&mut self, id: Id, places: &HashMap<Text<'a>, usize>) {
        let tree = self.tree;
        let Some(from) = tree.get(id, "from").and_then(|from| self.reference(from)) else { return };
        let kind = tree.member(id, "relationshipType").unwrap_or_default();
        if tree.member(id, "completeness").is_some_and(|said| local(&said) != "noAssertion") {
            self.document.completeness = true;
        }
        let place = places.get(&from).copied();
        let relation = match local(&kind) {
            "dependsOn"
            | "hasStaticLink"
            | "hasDynamicLink"
            | "hasPrerequisite"
            | "hasOptionalDependency"
            | "hasProvidedDependency" => Relation::DependsOn,
            "contains" => Relation::Contains,
            "describes" => {
                for to in self.all(id, "to") {
                    self.relations.described.extend(self.reference(to));
                }
                return;
            }
            licence @ ("hasDeclaredLicense" | "hasConcludedLicense") => {
                let source =
                    if licence == "hasDeclaredLicense" { Source::Declared } else { Source::Concluded };
                for to in self.all(id, "to") {
                    let licence = self.licence(to).map(|text| Licence { text, source });
                    let component = place.and_then(|place| self.document.components.get_mut(place));
                    if let (Some(licence), Some(component)) = (licence, component) {
                        component.licences.push(licence);
                    }
                }
                return;
            }
            "hasDistributionArtifact" => {
                for to in self.all(id, "to") {
                    self.artifact(to, place);
                }
                return;
            }
            _ => Relation::Other,
        };
        let from = self.relations.name(from);
        for to in self.all(id, "to") {
            if let Some(to) = self.reference(to) {
                let to = self.relations.name(to);
                self.relations.add(from, to, relation);
            }
        }
    }

    /// The file of a package's distribution.
    fn artifact(&mut self, to: Id, place: Option<usize>) {
        let Some(file) = self.element(to) else { return };
        let mut hashes = Vec::new();
        self.hashes(file, &mut hashes);
        let purposes: Vec<_> = ["software_primaryPurpose", "software_additionalPurpose"]
            .iter()
            .flat_map(|key| self.all(file, key))
            .filter_map(|id| self.tree.text(id))
            .collect();
        let name = self.tree.member(file, "name");
        let Some(component) = place.and_then(|place| self.document.components.get_mut(place)) else { return };
        component.hashes.extend(hashes);
        component.filename = name.or(component.filename.take());
        // A purpose that a file does not have is denied.
        for (property, purpose, yes, no) in [
            ("bsi:component:executable", "executable", "executable", "non-executable"),
            ("bsi:component:archive", "archive", "archive", "no archive"),
            ("bsi:component:structured", "container", "structured", "unstructured"),
        ] {
            let said = if purposes.iter().any(|one| local(one) == purpose) { yes } else { no };
            component.properties.push((Text::Borrowed(property), Text::Borrowed(said)));
        }
    }

    fn licence(&self, to: Id) -> Option<Text<'a>> {
        let text = match self.element(to) {
            Some(id) => self
                .tree
                .member(id, "simplelicensing_licenseExpression")
                .or_else(|| self.tree.member(id, "name"))
                .or_else(|| self.reference(to)),
            None => self.reference(to),
        }?;
        let text = match text {
            Text::Borrowed(text) => {
                Text::Borrowed(text.strip_prefix("https://spdx.org/licenses/").unwrap_or(text))
            }
            text => text,
        };
        let none = matches!(local(&text), "NoAssertion" | "NoAssertionLicense" | "None" | "NoneLicense")
            || matches!(text.as_ref(), "NOASSERTION" | "NONE");
        (!none).then_some(text)
    }
}
