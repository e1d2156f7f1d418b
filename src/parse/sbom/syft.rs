//! Syft's own format: <https://github.com/anchore/syft/tree/main/schema/json>.

use super::kinds::Family;
use super::mistake::{Grade, Mistakes};
use super::model::{Component, Creator, CreatorKind, Document, Licence, Party, Relation, Source, Text};
use super::relations::Relations;
use crate::parse::tree::{Id, Kind, Tree, some};

/// Parses a document; errors go to `mistakes`.
pub(super) fn read<'a>(tree: &Tree<'a>, mistakes: &mut Mistakes) -> Document<'a> {
    let mut document = Document::new(Family::Syft);
    let Some(root) = tree.root() else { return document };
    document.version = tree.get(root, "schema").and_then(|schema| tree.member(schema, "version"));
    if let Some(tool) = tree.get(root, "descriptor") {
        let name = tree.member(tool, "name");
        document.timestamp = tree.member(tool, "timestamp");
        document.creators.push(Creator { kind: CreatorKind::Tool, party: Party { name, contact: None } });
    }
    let mut relations = Relations::default();
    if let Some(source) = tree.get(root, "source") {
        document.name = tree.member(source, "name");
        relations.others.extend(tree.member(source, "id"));
    }
    for id in tree.items(tree.get(root, "files")) {
        relations.others.extend(tree.member(id, "id"));
    }
    let artifacts = tree.get(root, "artifacts");
    if let Some(artifacts) = artifacts.filter(|id| tree.kind(*id) != Kind::Array) {
        let at = tree.at(artifacts) as usize;
        mistakes.push(at, Grade::Broken, "has `artifacts` that are not a list".to_owned());
    }
    for id in tree.items(artifacts).filter(|id| tree.kind(*id) == Kind::Object) {
        if document.add(artifact(tree, id), mistakes).is_none() {
            break;
        }
    }
    for id in tree.items(tree.get(root, "artifactRelationships")) {
        let (parent, child) = (tree.member(id, "parent"), tree.member(id, "child"));
        let (Some(parent), Some(child)) = (parent, child) else { continue };
        let (parent, child) = (relations.name(parent), relations.name(child));
        match tree.member(id, "type").as_deref() {
            Some("dependency-of") => relations.add(child, parent, Relation::DependsOn),
            Some("contains") => relations.add(parent, child, Relation::Contains),
            _ => relations.add(parent, child, Relation::Other),
        }
    }
    relations.finish(&mut document, mistakes);
    document
}

fn artifact<'a>(tree: &Tree<'a>, id: Id) -> Component<'a> {
    let text_or = |id: Id, key: &str| tree.text(id).and_then(some).or_else(|| tree.member(id, key));
    let cpes = tree.items(tree.get(id, "cpes")).find_map(|cpe| text_or(cpe, "cpe"));
    let licences = tree.items(tree.get(id, "licenses")).filter_map(|licence| text_or(licence, "value"));
    Component {
        at: tree.at(id),
        reference: tree.member(id, "id"),
        kind: Some(Text::Borrowed("library")),
        name: tree.member(id, "name"),
        version: tree.member(id, "version"),
        purl: tree.member(id, "purl"),
        cpe: cpes,
        licences: licences.map(|text| Licence { text, source: Source::Unstated }).collect(),
        ..Component::default()
    }
}
