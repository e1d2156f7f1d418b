//! Julia's `Manifest.toml`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Origin;
use super::reader::{Found, Reader};
use crate::model::Span;

pub(super) fn read(reader: &mut Reader<'_>) {
    let (table, errors) = DeTable::parse_recoverable(reader.text);
    let top = table.get_ref();
    let nested = top.get("deps").and_then(|deps| deps.get_ref().as_table());
    let entries = nested.unwrap_or(top);
    let is_package = |value: &Spanned<DeValue<'_>>| {
        let first = value.get_ref().as_array().and_then(|all| all.iter().next());
        first.and_then(|first| first.get_ref().as_table()).is_some_and(|one| one.contains_key("uuid"))
    };
    let known = ["julia_version", "manifest_format", "project_hash"].iter().any(|key| top.contains_key(*key))
        || entries.iter().any(|(_, value)| is_package(value));
    if !known && errors.is_empty() && !top.is_empty() {
        // Other tools have files with this name.
        return;
    }
    if let Some(error) = errors.first() {
        let at = error.span().map_or(reader.text.len(), |span| span.start);
        let message = format!("not TOML: {}; packages that cannot be read were not checked", error.message());
        reader.mistake(at, message);
    }
    for (key, value) in entries {
        let Some(all) = value.get_ref().as_array() else { continue };
        for one in all.iter().filter_map(|one| one.get_ref().as_table()) {
            let text = |name: &str| one.get(name).and_then(|value| value.get_ref().as_str());
            let origin = match () {
                () if one.contains_key("path") => Origin::Path,
                () if one.contains_key("repo-url") => Origin::Git,
                () => Origin::Public,
            };
            // Packages without a version belong to Julia itself.
            let Some(version) = text("version") else { continue };
            let at = Span::new(key.span().start, key.span().end);
            reader.add(&Found { name: key.get_ref(), version, alias: None, origin, at });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn manifests_of_julia() {
        let two = "julia_version = \"1.10.0\"\nmanifest_format = \"2.0\"\n\n[[deps.Tin]]\ndeps = [\"Zinc\"]\ngit-tree-sha1 = \"00\"\nuuid = \"0\"\nversion = \"1.0.0\"\n\n[[deps.Dates]]\nuuid = \"1\"\n\n[[deps.Zinc]]\nrepo-url = \"https://example.org/zinc\"\nuuid = \"2\"\nversion = \"2.0.0\"\n";
        assert_eq!(parsed(Format::Julia, two), ["Tin 1.0.0 4", "Zinc 2.0.0 13 git"]);
        let one = "[[Tin]]\nuuid = \"0\"\nversion = \"1.0.0\"\n";
        assert_eq!(parsed(Format::Julia, one), ["Tin 1.0.0 1"]);
        // Another tool's file.
        assert_eq!(parsed(Format::Julia, "[package]\nname = \"tin\"\n"), [""; 0]);
        assert_eq!(line_of_mistake(Format::Julia, "<html>\n"), Some(1));
    }
}
