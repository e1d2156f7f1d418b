//! Dart's `pubspec.lock`.

use super::json::inner;
use super::pnpm::mapping;
use super::reader::{Found, Reader, short};
use super::{Ecosystem, Origin, Scope};
use crate::parse::tree::Kind;

pub(super) fn read(reader: &mut Reader<'_>) {
    let Some(tree) = mapping(reader, &["packages", "sdks"]) else { return };
    for document in tree.items(tree.root()) {
        for entry in tree.members(inner(reader, &tree, document, "packages", Kind::Object)) {
            let (name, at) = (tree.key(entry), tree.key_span(entry));
            if tree.kind(entry) != Kind::Object {
                let message = format!("`{}` is not a package; it was not checked", short(&name));
                reader.mistake(at.start, message);
                continue;
            }
            let description = tree.get(entry, "description");
            let origin = match tree.member(entry, "source").as_deref() {
                // A part of Flutter or Dart.
                Some("sdk") => continue,
                Some("git") => Origin::Git,
                Some("path") => Origin::Path,
                _ => {
                    let url = description.and_then(|description| tree.member(description, "url"));
                    Origin::of_registry(Ecosystem::Pub, &url.unwrap_or_default())
                }
            };
            match tree.member(entry, "version") {
                Some(version) => {
                    reader.add(&Found { name: &name, version: &version, alias: None, origin, at });
                    match tree.member(entry, "dependency").as_deref() {
                        Some("direct main") => reader.scope(Scope::Runtime),
                        Some("direct dev") => reader.scope(Scope::Development),
                        _ => {}
                    }
                }
                None => {
                    let message = format!("`{}` has no version; it was not checked", short(&name));
                    reader.mistake(at.start, message);
                }
            }
        }
    }
}
