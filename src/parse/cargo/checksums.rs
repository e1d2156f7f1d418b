//! The checksums of a `Cargo.lock`: with each package or, in the oldest format, in a table.

use std::collections::HashMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lock::Package;

/// Name, version and source of a package.
type Key<'a> = (&'a str, &'a str, Option<&'a str>);

/// The checksum of each of `packages`, in order; `None` if missing, or if the file is not TOML. It need not be a
/// SHA-256.
#[must_use]
pub fn checksums(bytes: &[u8], packages: &[Package<'_>]) -> Vec<Option<String>> {
    let text = std::str::from_utf8(bytes).ok();
    let table = text.and_then(|text| DeTable::parse(text).ok());
    let mut known = HashMap::new();
    if let Some(table) = &table {
        let top = table.get_ref();
        beside(top, &mut known);
        apart(top, &mut known);
    }
    let of = |package: &Package<'_>| {
        let key: Key<'_> = (&package.name, &package.version, package.source.as_deref());
        known.get(&key).map(|checksum| (*checksum).to_owned())
    };
    packages.iter().map(of).collect()
}

fn beside<'t>(top: &'t DeTable<'_>, known: &mut HashMap<Key<'t>, &'t str>) {
    let packages = top.get("package").and_then(|value| value.get_ref().as_array());
    for package in packages.into_iter().flat_map(|all| all.iter()) {
        let Some(package) = package.get_ref().as_table() else { continue };
        let field = |name: &str| package.get(name).and_then(string);
        if let (Some(name), Some(version), Some(checksum)) =
            (field("name"), field("version"), field("checksum"))
        {
            known.insert((name, version, field("source")), checksum);
        }
    }
}

/// Parses `"checksum tin 0.2.0 (registry+https://…)" = "…"`; `<none>` marks a missing checksum.
fn apart<'t>(top: &'t DeTable<'_>, known: &mut HashMap<Key<'t>, &'t str>) {
    let table = top.get("metadata").and_then(|value| value.get_ref().as_table());
    for (key, value) in table.into_iter().flat_map(|table| table.iter()) {
        let Some(checksum) = string(value).filter(|checksum| *checksum != "<none>") else { continue };
        let mut parts = key.get_ref().splitn(4, ' ');
        if parts.next() != Some("checksum") {
            continue;
        }
        if let (Some(name), Some(version)) = (parts.next(), parts.next()) {
            let source = parts.next().map(|source| source.trim_start_matches('(').trim_end_matches(')'));
            known.insert((name, version, source), checksum);
        }
    }
}

fn string<'v>(value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
    value.get_ref().as_str()
}

#[cfg(test)]
mod tests {
    use super::checksums;
    use crate::parse::cargo::lock::parse;

    fn parsed(text: &str) -> Vec<Option<String>> {
        checksums(text.as_bytes(), &parse(text.as_bytes()).packages)
    }

    #[test]
    fn beside_the_package() {
        let text = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"tin\"\nversion = \"0.2.0\"\nsource = \"registry+https://a\"\nchecksum = \"00\"\n\n[[package]]\nname = \"tin\"\nversion = \"0.2.0\"\nsource = \"registry+https://b\"\nchecksum = \"11\"\n";
        assert_eq!(parsed(text), [None, Some("00".to_owned()), Some("11".to_owned())]);
    }

    #[test]
    fn in_the_oldest_form() {
        let text = "[root]\nname = \"app\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"tin\"\nversion = \"0.2.0\"\nsource = \"registry+https://a\"\n\n[[package]]\nname = \"lead\"\nversion = \"1.0.0\"\nsource = \"git+https://a#1\"\n\n[metadata]\n\"checksum tin 0.2.0 (registry+https://a)\" = \"00\"\n\"checksum lead 1.0.0 (git+https://a#1)\" = \"<none>\"\n";
        let mut parsed = parsed(text);
        parsed.sort();
        assert_eq!(parsed, [None, None, Some("00".to_owned())]);
    }

    #[test]
    fn what_is_no_toml_has_none() {
        let text = "[[package]]\nname = \"tin\"\nversion = \"0.2.0\"\nchecksum = \"00\"\n]";
        assert_eq!(parsed(text), [None]);
        assert_eq!(checksums(b"\xff", &[]), []);
    }
}
