//! CycloneDX, JSON and XML: <https://cyclonedx.org/specification/overview/>.

use super::kinds::Family;
use super::mistake::{Grade, Mistakes, short};
use super::model::{
    Component, Creator, CreatorKind, Document, Edge, Hash, Licence, Party, Relation, Source, Text,
};
use super::relations::Relations;
use crate::parse::tree::{Id, Kind, Tree, some};

/// Known versions, the newest last.
const VERSIONS: [&str; 8] = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

/// Parses a document; errors go to `mistakes`.
pub(super) fn read<'a>(family: Family, tree: &Tree<'a>, mistakes: &mut Mistakes) -> Document<'a> {
    let mut document = Document::new(family);
    let Some(root) = tree.root() else { return document };
    document.version =
        if family == Family::CycloneDxXml { namespace(tree, root) } else { tree.member(root, "specVersion") };
    document.read_as = super::read_as(&document.version, &VERSIONS, tree.at(root), mistakes);
    document.serial = tree.member(root, "serialNumber");
    document.signed = ["signature", "Signature"].iter().any(|key| tree.get(root, key).is_some());
    document.vulnerabilities = tree.items(tree.get(root, "vulnerabilities")).count();
    document.completeness = tree.items(tree.get(root, "compositions")).next().is_some();

    let mut relations = Relations::default();
    if let Some(metadata) = tree.get(root, "metadata") {
        about(tree, metadata, &mut document);
        if let Some(primary) = tree.get(metadata, "component") {
            document.primary.push(0);
            components(tree, vec![(primary, None)], &mut document, &mut relations, mistakes);
            if let Some(primary) = document.components.first_mut() {
                let whole = |key| said(party(tree, tree.get(metadata, key)?));
                primary.supplier = primary.supplier.take().or_else(|| whole("supplier"));
                primary.manufacturer = primary.manufacturer.take().or_else(|| whole("manufacture"));
            }
        }
    }
    let listed = tree.get(root, "components");
    if let Some(listed) = listed.filter(|id| tree.kind(*id) != Kind::Array && !tree.is_xml()) {
        mistakes.push(
            tree.at(listed) as usize,
            Grade::Broken,
            "has `components` that are not a list".to_owned(),
        );
    }
    components(tree, listing(tree, listed, None), &mut document, &mut relations, mistakes);
    services(tree, tree.get(root, "services"), &mut relations);
    dependencies(tree, tree.get(root, "dependencies"), &mut relations);
    relations.finish(&mut document, mistakes);
    document
}

/// The version in the namespace of the root element.
fn namespace<'a>(tree: &Tree<'a>, root: Id) -> Option<Text<'a>> {
    let tag = tree.text.get(tree.at(root) as usize..)?.split('>').next()?;
    let (_, version) = tag.split_once("cyclonedx.org/schema/bom/")?;
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    some(Text::Borrowed(&version[..end]))
}

/// Its creators, timestamp and subject.
fn about<'a>(tree: &Tree<'a>, metadata: Id, document: &mut Document<'a>) {
    document.timestamp = tree.member(metadata, "timestamp");
    let mut creator = |kind, party: Party<'a>| {
        if party.name.is_some() || party.contact.is_some() {
            document.creators.push(Creator { kind, party });
        }
    };
    for author in tree.items(tree.get(metadata, "authors")) {
        creator(CreatorKind::Person, party(tree, author));
    }
    // `manufacture` and `supplier` describe the subject, and are not authors.
    if let Some(organisation) = tree.get(metadata, "manufacturer") {
        creator(CreatorKind::Organisation, party(tree, organisation));
    }
    // A list of tools until 1.4; since then an object with components and services.
    let tools = tree.get(metadata, "tools");
    let listed = tools.into_iter().flat_map(|tools| tree.children(tools)).flat_map(|tool| {
        let grouped = ["components", "services"].iter().any(|key| tree.is_key(tool, key));
        let inside = grouped.then(|| tree.children(tool)).into_iter().flatten();
        inside.chain((!grouped).then_some(tool))
    });
    for tool in listed {
        let mut name = String::new();
        for key in ["vendor", "group", "name", "version"] {
            if let Some(part) = tree.member(tool, key) {
                name.push_str(if name.is_empty() { "" } else { " " });
                name.push_str(&part);
            }
        }
        creator(CreatorKind::Tool, Party { name: some(Text::Owned(name)), contact: None });
    }
    let lifecycles = tree.items(tree.get(metadata, "lifecycles"));
    document.contexts =
        lifecycles.filter_map(|one| tree.member(one, "phase").or_else(|| tree.member(one, "name"))).collect();
}

/// A person or an organisation; a string is a name.
fn party<'a>(tree: &Tree<'a>, id: Id) -> Party<'a> {
    let first = |id: Id| if tree.kind(id) == Kind::Array { tree.children(id).next() } else { Some(id) };
    let contacts = tree.get(id, "contact").into_iter();
    let contacts = contacts
        .flat_map(|id| tree.children(id).filter(move |_| tree.kind(id) == Kind::Array).chain(Some(id)));
    let mail = contacts.filter_map(|contact| tree.member(contact, "email")).next();
    let url = || some(tree.text(first(tree.get(id, "url")?)?)?);
    Party {
        name: tree.member(id, "name").or_else(|| some(tree.text(id)?)),
        contact: tree.member(id, "email").or(mail).or_else(url),
    }
}

/// The components of a list, reversed for use as a stack.
fn listing(tree: &Tree<'_>, list: Option<Id>, within: Option<u32>) -> Vec<(Id, Option<u32>)> {
    let mut listed: Vec<_> =
        tree.items(list).filter(|id| tree.kind(*id) == Kind::Object).map(|id| (id, within)).collect();
    listed.reverse();
    listed
}

/// Reads components, including nested ones.
fn components<'a>(
    tree: &Tree<'a>,
    mut open: Vec<(Id, Option<u32>)>,
    document: &mut Document<'a>,
    relations: &mut Relations<'a>,
    mistakes: &mut Mistakes,
) {
    while let Some((id, within)) = open.pop() {
        let (component, inner) = component(tree, id);
        document.vulnerabilities +=
            tree.get(id, "vulnerabilities").map_or(0, |list| tree.children(list).count());
        let Some(place) = document.add(component, mistakes) else { return };
        if let Some(from) = within {
            relations.nested.push(Edge { from, to: place, relation: Relation::Contains });
        }
        if inner.is_some() {
            open.extend(listing(tree, inner, Some(place)));
        }
    }
}

/// A component, and the list of its nested ones.
fn component<'a>(tree: &Tree<'a>, id: Id) -> (Component<'a>, Option<Id>) {
    let mut out = Component { at: tree.at(id), ..Component::default() };
    let mut inner = None;
    // One pass over the members: a component has a dozen, and there are thousands of components.
    for member in tree.children(id) {
        let text = || tree.text(member).and_then(some);
        match tree.raw_key(member) {
            "bom-ref" => out.reference = text(),
            "type" => out.kind = text(),
            "group" => out.group = text(),
            "name" => out.name = text(),
            "version" => out.version = text(),
            "purl" => out.purl = text(),
            "cpe" => out.cpe = text(),
            "swid" => out.swid = tree.member(member, "tagId"),
            "omniborId" | "swhid" => {
                out.identifiers.extend(text());
                out.identifiers.extend(tree.items(Some(member)).filter_map(|id| some(tree.text(id)?)));
            }
            "supplier" => out.supplier = said(party(tree, member)),
            "manufacturer" => out.manufacturer = said(party(tree, member)),
            "publisher" => out.publisher = text(),
            "author" => out.authors.extend(said(Party { name: text(), contact: None })),
            "authors" => out.authors.extend(tree.items(Some(member)).filter_map(|id| said(party(tree, id)))),
            "licenses" => out.licences.extend(tree.items(Some(member)).filter_map(|id| licence(tree, id))),
            "copyright" => out.copyright = text(),
            "hashes" => out.hashes.extend(hashes(tree, member)),
            "externalReferences" => links(tree, member, &mut out),
            "properties" => properties(tree, member, &mut out),
            "scope" => out.excluded = text().as_deref() == Some("excluded"),
            "components" => inner = Some(member),
            _ => {}
        }
    }
    (out, inner)
}

fn said(party: Party<'_>) -> Option<Party<'_>> {
    (party.name.is_some() || party.contact.is_some()).then_some(party)
}

fn hashes<'t, 'a>(tree: &'t Tree<'a>, list: Id) -> impl Iterator<Item = Hash<'a>> + use<'t, 'a> {
    tree.children(list).filter_map(move |id| {
        let value = tree.member(id, "content").or_else(|| some(tree.text(id)?))?;
        Some(Hash { algorithm: tree.member(id, "alg")?, value })
    })
}

/// A licence: `{"license": {"id": …}}`, `{"expression": …}`; in XML the element itself.
fn licence<'a>(tree: &Tree<'a>, id: Id) -> Option<Licence<'a>> {
    let inner = tree.get(id, "license").or_else(|| tree.get(id, "expression")).unwrap_or(id);
    let text = tree.member(inner, "id").or_else(|| tree.member(inner, "name"));
    let text = text.or_else(|| some(tree.text(inner)?))?;
    let said = tree.member(inner, "acknowledgement").or_else(|| tree.member(id, "acknowledgement"));
    let source = match said.as_deref() {
        Some("declared") => Source::Declared,
        Some("concluded") => Source::Concluded,
        _ => Source::Unstated,
    };
    Some(Licence { text, source })
}

/// The download URL and its digests.
fn links<'a>(tree: &Tree<'a>, list: Id, out: &mut Component<'a>) {
    for link in tree.items(Some(list)) {
        let kind = tree.member(link, "type");
        let distributed = matches!(kind.as_deref(), Some("distribution" | "distribution-intake"));
        if distributed || kind.as_deref() == Some("vcs") && out.download.is_none() {
            out.download = tree.member(link, "url").or_else(|| out.download.take());
        }
        if let Some(list) = tree.get(link, "hashes").filter(|_| distributed) {
            out.hashes.extend(hashes(tree, list));
        }
    }
}

/// Keeps the BSI's properties.
fn properties<'a>(tree: &Tree<'a>, list: Id, out: &mut Component<'a>) {
    for property in tree.items(Some(list)) {
        let Some(name) = tree.member(property, "name").filter(|name| name.starts_with("bsi:")) else {
            continue;
        };
        let value = tree.member(property, "value").or_else(|| some(tree.text(property)?));
        let value = value.unwrap_or_default();
        if name == "bsi:component:filename" {
            out.filename = some(value.clone());
        }
        out.properties.push((name, value));
    }
}

/// Services can be dependencies, too.
fn services<'a>(tree: &Tree<'a>, list: Option<Id>, relations: &mut Relations<'a>) {
    let mut open: Vec<Id> = tree.items(list).collect();
    while let Some(service) = open.pop() {
        relations.others.extend(tree.member(service, "bom-ref"));
        open.extend(tree.items(tree.get(service, "services")));
    }
}

/// `{"ref": …, "dependsOn": […]}`; in XML nested elements.
fn dependencies<'a>(tree: &Tree<'a>, list: Option<Id>, relations: &mut Relations<'a>) {
    for dependency in tree.items(list) {
        let Some(from) = tree.member(dependency, "ref").map(|from| relations.name(from)) else { continue };
        for member in tree.children(dependency) {
            let relation = match tree.raw_key(member) {
                "dependsOn" | "dependency" => Relation::DependsOn,
                "provides" => Relation::Other,
                _ => continue,
            };
            if tree.kind(member) == Kind::Array {
                for to in tree.children(member).filter_map(|to| some(tree.text(to)?)) {
                    let to = relations.name(to);
                    relations.add(from, to, relation);
                }
            } else if let Some(to) = tree.member(member, "ref") {
                let to = relations.name(to);
                relations.add(from, to, relation);
            }
        }
    }
}

/// Reports a JSON document that claims to be another format as well.
pub(super) fn also(tree: &Tree<'_>, root: Id, mistakes: &mut Mistakes) {
    if let Some(other) = tree.member(root, "spdxVersion") {
        let at = tree.get(root, "spdxVersion").map_or(0, |id| tree.at(id));
        let message = format!("is CycloneDX and SPDX (`{}`) at once: read as CycloneDX", short(&other));
        mistakes.push(at as usize, Grade::Broken, message);
    }
}
