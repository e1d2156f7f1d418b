//! CocoaPods' `Podfile.lock`.

use std::collections::{HashMap, HashSet};

use super::Origin;
use super::json::inner;
use super::pnpm::mapping;
use super::reader::{Found, Reader, short};
use crate::model::Span;
use crate::parse::tree::{Kind, Tree};

pub(super) fn read(reader: &mut Reader<'_>) {
    let Some(tree) = mapping(reader, &["PODS", "PODFILE CHECKSUM", "COCOAPODS"]) else { return };
    for document in tree.items(tree.root()) {
        let origins = origins(&tree, document);
        let (mut listed, mut needed) = (HashSet::new(), Vec::new());
        for entry in tree.items(inner(reader, &tree, document, "PODS", Kind::Array)) {
            let (text, at, needs) = match tree.kind(entry) {
                Kind::Object => match tree.children(entry).next() {
                    Some(pod) => (tree.key(pod), tree.key_span(pod), Some(pod)),
                    None => continue,
                },
                _ => (tree.text(entry).unwrap_or_default(), tree.span(entry), None),
            };
            let Some((name, version)) = text.strip_suffix(')').and_then(|text| text.split_once(" (")) else {
                reader.mistake(
                    at.start,
                    format!("`{}` is not `name (version)`; it was not checked", short(&text)),
                );
                continue;
            };
            needed.extend(
                tree.items(needs).filter_map(|id| {
                    Some((root(&tree.text(id)?).to_owned(), root(name).to_owned(), at.start))
                }),
            );
            // `Tin/Core` is a subspec of `Tin`, in the same version.
            let name = root(name);
            if listed.insert(name.to_owned()) {
                add(reader, name, version, at, origins.get(name).copied().unwrap_or_default());
            }
        }
        if let Some((dependency, owner, at)) = needed.iter().find(|(name, ..)| !listed.contains(name)) {
            reader.unlisted(*at, owner, dependency);
        }
        if tree.get(document, "COCOAPODS").is_none() && !reader.has_mistakes() {
            reader
                .mistake(reader.text.len(), "has no `COCOAPODS` at its end: the file may have been cut off");
        }
    }
}

fn add(reader: &mut Reader<'_>, name: &str, version: &str, at: Span, origin: Origin) {
    reader.add(&Found { name, version, alias: None, origin, at });
}

/// The name of the pod of a subspec.
fn root(text: &str) -> &str {
    text.split([' ', '/']).next().unwrap_or(text)
}

/// The sources of pods that are not from the public registry.
fn origins(tree: &Tree<'_>, document: u32) -> HashMap<String, Origin> {
    let mut all = HashMap::new();
    for list in tree.members(tree.get(document, "SPEC REPOS")) {
        let place = tree.key(list);
        let public = place == "trunk"
            || place.contains("github.com/CocoaPods/Specs")
            || place.contains("github.com/cocoapods/specs")
            || place.contains("cdn.cocoapods.org");
        for pod in tree.items(Some(list)).filter(|_| !public) {
            all.insert(tree.text(pod).unwrap_or_default().into_owned(), Origin::Registry);
        }
    }
    for pod in tree.members(tree.get(document, "EXTERNAL SOURCES")) {
        let has = |key: &str| tree.get(pod, key).is_some();
        let origin = match () {
            () if has(":path") => Origin::Path,
            () if has(":git") || has(":hg") || has(":svn") => Origin::Git,
            // A podspec beside the project, or at a URL.
            () => match tree.member(pod, ":podspec").or_else(|| tree.member(pod, ":http")) {
                Some(place) if !place.contains("://") => Origin::Path,
                _ => Origin::Url,
            },
        };
        all.insert(tree.key(pod).into_owned(), origin);
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    const GOOD: &str = "PODS:\n  - Tin (1.0.0)\n  - Zinc/Core (2.0.0):\n    - Tin (~> 1.0)\n  - Zinc/Net (2.0.0):\n    - Zinc/Core\n  - \"Lead+Gold (3.0.0)\"\n  - Own (4.0.0)\n  - React (5.0.0)\n\nDEPENDENCIES:\n  - Own (from `https://example.org/own.git`)\n  - React (from `../node_modules/react`)\n  - Zinc\n\nSPEC REPOS:\n  https://example.org/specs.git:\n    - Lead+Gold\n  trunk:\n    - Tin\n    - Zinc\n\nEXTERNAL SOURCES:\n  Own:\n    :git: https://example.org/own.git\n  React:\n    :path: \"../node_modules/react\"\n\nSPEC CHECKSUMS:\n  Tin: 00\n\nPODFILE CHECKSUM: 00\n\nCOCOAPODS: 1.15.2\n";

    #[test]
    fn pods_and_where_they_come_from() {
        assert_eq!(
            parsed(Format::Podfile, GOOD),
            [
                "Tin 1.0.0 2",
                "Zinc 2.0.0 3",
                "Lead+Gold 3.0.0 7 another registry",
                "Own 4.0.0 8 git",
                "React 5.0.0 9 a path"
            ]
        );
        for end in [GOOD.find("  - \"Lead").unwrap(), GOOD.find("DEPEND").unwrap(), GOOD.len() - 20] {
            assert!(line_of_mistake(Format::Podfile, &GOOD[..end]).is_some(), "{end}");
        }
    }
}
