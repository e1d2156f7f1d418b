//! SPDX 2 in JSON and YAML, and shared code for tag-value: <https://spdx.github.io/spdx-spec/v2.3/>.

use super::kinds::Family;
use super::mistake::{Grade, Mistakes};
use super::model::{Component, Creator, CreatorKind, Document, Hash, Licence, Party, Relation, Source, Text};
use super::relations::Relations;
use crate::parse::tree::{Id, Kind, Tree, some};

/// Known versions, the newest last.
const VERSIONS: [&str; 6] = ["2.0", "2.1", "2.2", "2.2.1", "2.2.2", "2.3"];

/// The document's own identifier.
pub(super) const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// Parses a document; errors go to `mistakes`.
pub(super) fn read<'a>(family: Family, tree: &Tree<'a>, mistakes: &mut Mistakes) -> Document<'a> {
    let mut document = Document::new(family);
    // In YAML the root is the list of documents.
    let first = |root| if family == Family::SpdxYaml { tree.children(root).next() } else { Some(root) };
    let Some(outer) = tree.root().and_then(first) else { return document };
    // GitHub's export wraps it in a member, as did the first JSON tools.
    let wrapper = if family == Family::GitHubExport { "sbom" } else { "Document" };
    let wrapped = tree.get(outer, wrapper).filter(|id| tree.get(*id, "spdxVersion").is_some());
    let root = wrapped.unwrap_or(outer);
    let version = tree.member(root, "spdxVersion");
    document.version = version.map(number);
    document.read_as = read_as(&document, tree.at(root), mistakes);
    if tree.get(root, "bomFormat").is_some() || tree.get(root, "@graph").is_some() {
        let at = tree.at(root) as usize;
        mistakes.push(at, Grade::Broken, "is SPDX 2 and another format at once: read as SPDX 2".to_owned());
    }
    document.serial = tree.member(root, "documentNamespace");
    document.name = tree.member(root, "name");
    document.comment = tree.member(root, "comment");
    if let Some(creation) = tree.get(root, "creationInfo") {
        document.timestamp = tree.member(creation, "created");
        document.comment = tree.member(creation, "comment").or(document.comment.take());
        let creators = tree.items(tree.get(creation, "creators")).filter_map(|id| some(tree.text(id)?));
        document.creators = creators.map(creator).collect();
    }

    let mut relations = Relations::default();
    relations.others.push(Text::Borrowed(DOCUMENT));
    relations.others.extend(tree.member(root, "SPDXID"));
    let packages = tree.get(root, "packages");
    if let Some(packages) = packages.filter(|id| tree.kind(*id) != Kind::Array) {
        mistakes.push(
            tree.at(packages) as usize,
            Grade::Broken,
            "has `packages` that are not a list".to_owned(),
        );
    }
    for id in tree.items(packages).filter(|id| tree.kind(*id) == Kind::Object) {
        let package = package(tree, id, &mut document.vulnerabilities);
        if document.add(package, mistakes).is_none() {
            break;
        }
    }
    for key in ["files", "snippets"] {
        for id in tree.items(tree.get(root, key)) {
            relations.others.extend(tree.member(id, "SPDXID"));
        }
    }
    for id in tree.items(tree.get(root, "documentDescribes")) {
        relations.described.extend(tree.text(id).and_then(some));
    }
    for id in tree.items(tree.get(root, "relationships")) {
        let (mut from, mut kind, mut to) = (None, None, None);
        for member in tree.children(id) {
            match tree.raw_key(member) {
                "spdxElementId" => from = tree.text(member),
                "relationshipType" => kind = tree.text(member),
                "relatedSpdxElement" => to = tree.text(member),
                _ => {}
            }
        }
        if let (Some(from), Some(kind), Some(to)) = (from, kind, to) {
            relate(from, &kind, to, &mut relations);
        }
    }
    relations.finish(&mut document, mistakes);
    document
}

/// The version number of `SPDX-2.3`.
pub(super) fn number(version: Text<'_>) -> Text<'_> {
    match version {
        Text::Borrowed(version) => Text::Borrowed(version.strip_prefix("SPDX-").unwrap_or(version)),
        Text::Owned(version) => Text::Owned(version.strip_prefix("SPDX-").unwrap_or(&version).to_owned()),
    }
}

pub(super) fn read_as(document: &Document<'_>, at: u32, mistakes: &mut Mistakes) -> Option<&'static str> {
    super::read_as(&document.version, &VERSIONS, at, mistakes)
}

/// The text, unless it is `NONE` or `NOASSERTION`.
pub(super) fn asserted(text: Text<'_>) -> Option<Text<'_>> {
    some(text).filter(|text| !matches!(text.as_ref(), "NOASSERTION" | "NONE"))
}

/// `Person: Jane Doe (jane@example.com)`
pub(super) fn creator(text: Text<'_>) -> Creator<'_> {
    let (kind, name) = kind_and_name(text);
    Creator { kind, party: contact(name) }
}

/// The supplier or originator of a package.
pub(super) fn party(text: Text<'_>) -> Option<Party<'_>> {
    let party = contact(kind_and_name(asserted(text)?).1);
    party.name.is_some().then_some(party)
}

fn kind_and_name(text: Text<'_>) -> (CreatorKind, Text<'_>) {
    let (kind, skip) = match text.split_once(':') {
        Some((kind, _)) => match kind.trim().to_ascii_lowercase().as_str() {
            "tool" => (CreatorKind::Tool, kind.len() + 1),
            "organization" | "organisation" => (CreatorKind::Organisation, kind.len() + 1),
            "person" => (CreatorKind::Person, kind.len() + 1),
            _ => (CreatorKind::Organisation, 0),
        },
        None => (CreatorKind::Organisation, 0),
    };
    let name = match text {
        Text::Borrowed(text) => Text::Borrowed(text[skip..].trim()),
        Text::Owned(text) => Text::Owned(text[skip..].trim().to_owned()),
    };
    (kind, name)
}

/// `Name (e-mail)`
fn contact(text: Text<'_>) -> Party<'_> {
    let split = text.strip_suffix(')').and_then(|inner| inner.rfind('('));
    let Some(open) = split else { return Party { name: asserted(text), contact: None } };
    let (name, mail) = match text {
        Text::Borrowed(text) => {
            (Text::Borrowed(&text[..open]), Text::Borrowed(&text[open + 1..text.len() - 1]))
        }
        Text::Owned(text) => {
            (Text::Owned(text[..open].to_owned()), Text::Owned(text[open + 1..text.len() - 1].to_owned()))
        }
    };
    Party { name: asserted(name), contact: some(mail) }
}

/// Reads an external reference of a package.
pub(super) fn external<'a>(
    kind: &str,
    locator: Option<Text<'a>>,
    out: &mut Component<'a>,
    vulnerabilities: &mut usize,
) {
    let Some(locator) = locator.and_then(some) else { return };
    let kind = kind.rsplit(['/', '#']).next().unwrap_or(kind);
    let slot = match kind {
        "purl" => &mut out.purl,
        "cpe22Type" | "cpe23Type" => &mut out.cpe,
        "swid" => &mut out.swid,
        "swh" | "gitoid" => return out.identifiers.push(locator),
        "advisory" | "fix" => {
            *vulnerabilities += 1;
            return;
        }
        _ => return,
    };
    if slot.is_none() {
        *slot = Some(locator);
    } else {
        out.identifiers.push(locator);
    }
}

/// Adds a licence, if named.
pub(super) fn licence<'a>(text: Option<Text<'a>>, source: Source, out: &mut Component<'a>) {
    out.licences.extend(text.and_then(asserted).map(|text| Licence { text, source }));
}

fn package<'a>(tree: &Tree<'a>, id: Id, vulnerabilities: &mut usize) -> Component<'a> {
    let mut out = Component { at: tree.at(id), ..Component::default() };
    // One pass over the members: a package has a dozen, and there are thousands of packages.
    for member in tree.children(id) {
        let text = || tree.text(member).and_then(asserted);
        match tree.raw_key(member) {
            "SPDXID" => out.reference = text(),
            "name" => out.name = tree.text(member).and_then(some),
            "versionInfo" => out.version = text(),
            "packageFileName" => out.filename = text(),
            "primaryPackagePurpose" => out.kind = text(),
            "supplier" => out.supplier = tree.text(member).and_then(party),
            "originator" => out.manufacturer = tree.text(member).and_then(party),
            "downloadLocation" => out.download = text(),
            "licenseConcluded" => licence(tree.text(member), Source::Concluded, &mut out),
            "licenseDeclared" => licence(tree.text(member), Source::Declared, &mut out),
            "copyrightText" => out.copyright = text(),
            "checksums" => {
                for sum in tree.items(Some(member)) {
                    let value = tree.member(sum, "checksumValue");
                    if let (Some(algorithm), Some(value)) = (tree.member(sum, "algorithm"), value) {
                        out.hashes.push(Hash { algorithm, value });
                    }
                }
            }
            "externalRefs" => {
                for link in tree.items(Some(member)) {
                    let kind = tree.member(link, "referenceType").unwrap_or_default();
                    external(&kind, tree.member(link, "referenceLocator"), &mut out, vulnerabilities);
                }
            }
            _ => {}
        }
    }
    out
}

/// Adds a relation by its type.
pub(super) fn relate<'a>(from: Text<'a>, kind: &str, to: Text<'a>, relations: &mut Relations<'a>) {
    let (relation, turned) = match kind {
        "DESCRIBES" => return relations.described.push(to),
        "DESCRIBED_BY" => return relations.described.push(from),
        "DEPENDS_ON" | "STATIC_LINK" | "DYNAMIC_LINK" | "HAS_PREREQUISITE" => (Relation::DependsOn, false),
        "PREREQUISITE_FOR" => (Relation::DependsOn, true),
        "CONTAINS" => (Relation::Contains, false),
        "CONTAINED_BY" | "PACKAGE_OF" => (Relation::Contains, true),
        // DEPENDENCY_OF, BUILD_DEPENDENCY_OF, DEV_DEPENDENCY_OF …; a manifest is different.
        kind if kind.ends_with("DEPENDENCY_OF") => (Relation::DependsOn, true),
        _ => (Relation::Other, false),
    };
    let (from, to) = if turned { (to, from) } else { (from, to) };
    let (from, to) = (relations.name(from), relations.name(to));
    relations.add(from, to, relation);
}
