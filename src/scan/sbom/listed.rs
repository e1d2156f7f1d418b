//! Packages of an SBOM or a lock file, with versions and hashes, for comparison.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::parse::lockfile::Ecosystem;
use crate::parse::sbom::packed::{self, Held};
use crate::parse::sbom::{Document, Grade, Mistake, Purl, decode, read};
use crate::parse::version;
use crate::render::sbom::{Bom, Component};

/// A listed package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The type of its package URL: `cargo`.
    pub kind: Option<String>,
    /// Its name, with the namespace in front.
    pub name: String,
    /// Its version; empty if there is none.
    pub version: String,
    /// The alias that it is installed under, if different; some tools list that name.
    pub alias: Option<String>,
    /// Its source, if not the default: the qualifiers `repository_url` and `vcs_url`.
    pub source: String,
    /// True if the version is not from a registry: a branch, a commit, a URL.
    pub moving: bool,
    /// True for the subject of the document.
    pub root: bool,
    /// The line of the document, from 1; 0 if unknown.
    pub line: u32,
    /// By algorithm, without hyphens and in capitals: `SHA256`; hashes in lower case.
    pub hashes: BTreeMap<String, BTreeSet<String>>,
}

impl Listed {
    /// A package of a document; its package URL takes precedence.
    #[must_use]
    pub fn new(purl: Option<&str>, name: &str, version: &str) -> Self {
        let mut listed = Self { name: name.to_owned(), version: version.to_owned(), ..Self::default() };
        if let Some(purl) = purl.and_then(|purl| Purl::parse(purl).ok()) {
            let place = ["repository_url", "vcs_url"].into_iter();
            let place = place.filter_map(|key| Some(format!("{key}={}", purl.qualifier(key)?)));
            listed.source = place.collect::<Vec<_>>().join("&");
            listed.kind = Some(purl.kind.into_owned());
            listed.name = match purl.namespace {
                Some(namespace) => format!("{namespace}/{}", purl.name),
                None => purl.name.into_owned(),
            };
            listed.version = purl.version.map_or(listed.version, Cow::into_owned);
        }
        listed
    }

    /// True if both are the same version of the same package by the rules of its ecosystem: `1.0` and `1.0.0` are one
    /// for Python, `v2.1.0` and `2.1.0` for Composer.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name && self.has_version_of(other)
    }

    fn has_version_of(&self, other: &Self) -> bool {
        if self.version == other.version || self.moving || other.moving {
            return true;
        }
        let Some(ecosystem) = self.kind.as_deref().and_then(Ecosystem::of_purl) else { return false };
        // A compiled gem has its platform after the version.
        let plain = |version: &'_ str| match ecosystem {
            Ecosystem::RubyGems => version.split('-').next().unwrap_or(version).to_owned(),
            _ => version.to_owned(),
        };
        let (a, b) = (plain(&self.version), plain(&other.version));
        let bare = |version: &str| version.trim_start_matches(['v', 'V', '=']).to_ascii_lowercase();
        version::compare(ecosystem, &a, &b).map_or_else(|| bare(&a) == bare(&b), std::cmp::Ordering::is_eq)
    }

    /// Adds a hash, however its algorithm is spelled.
    pub fn hash(&mut self, algorithm: &str, value: &str) {
        let algorithm = algorithm.replace(['-', '_'], "").to_ascii_uppercase();
        self.hashes.entry(algorithm).or_default().insert(value.to_ascii_lowercase());
    }
}

/// The packages of an SBOM.
#[must_use]
pub fn of_bom(bom: &Bom) -> Vec<Listed> {
    let of = |component: &Component| {
        let mut listed = Listed::new(component.purl.as_deref(), &component.name, &component.version);
        if let Some(sha256) = &component.sha256 {
            listed.hash("SHA256", sha256);
        }
        listed.alias.clone_from(&component.alias);
        listed.kind = listed.kind.or_else(|| component.kind.map(str::to_owned));
        listed.moving = component.moving;
        listed
    };
    bom.components.iter().map(of).collect()
}

/// The packages of the SBOM with these bytes, in a file of this name. The subject counts if it has a package URL.
///
/// # Errors
/// Why it is not an SBOM, or which line cannot be read: a partial list would compare wrongly.
pub fn of_sbom(name: &[u8], bytes: &[u8]) -> Result<Vec<Listed>, String> {
    let mut held = packed::held(name, bytes).into_iter();
    let Some(Held { family, bytes, .. }) = held.next() else {
        return Err("it is not a known SBOM format, and not named like a lock file".to_owned());
    };
    if held.next().is_some() {
        return Err("it contains several SBOMs".to_owned());
    }
    let shown = |mistake: &Mistake| format!("line {}: it {}", mistake.line, mistake.message);
    let text = decode(&bytes).map_err(|mistake| shown(&mistake))?;
    let document = read(family, &text);
    match document.mistakes.iter().find(|mistake| mistake.grade >= Grade::Broken) {
        Some(mistake) => Err(shown(mistake)),
        None => Ok(of_document(&document)),
    }
}

/// The packages that a document lists.
#[must_use]
pub fn of_document(document: &Document<'_>) -> Vec<Listed> {
    let mut all = Vec::with_capacity(document.components.len());
    for (component, place) in document.components.iter().zip(0..) {
        let Some(name) = component.name.as_deref().filter(|name| !name.is_empty()) else { continue };
        let about = component.purl.is_none() && document.primary.contains(&place);
        if about || !component.is_software() {
            continue;
        }
        let full = match component.group.as_deref() {
            Some(group) if !group.is_empty() => Cow::Owned(format!("{group}/{name}")),
            _ => Cow::Borrowed(name),
        };
        let version = component.version.as_deref().unwrap_or_default();
        let mut listed = Listed::new(component.purl.as_deref(), &full, version);
        listed.line = component.line;
        listed.root = document.primary.contains(&place);
        for hash in &component.hashes {
            listed.hash(&hash.algorithm, &hash.value);
        }
        all.push(listed);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Listed, of_sbom};

    fn shown(listed: &Listed) -> String {
        let kind = listed.kind.as_deref().unwrap_or("-");
        format!("{kind} {} {} {} {:?}", listed.name, listed.version, listed.source, listed.hashes)
    }

    #[test]
    fn package_urls_count_more_than_names() {
        let shown = |purl| shown(&Listed::new(Some(purl), "n", "9"));
        assert_eq!(shown("pkg:cargo/tin@1.0.0%2B2?download_url=x"), "cargo tin 1.0.0+2  {}");
        assert_eq!(shown("pkg:NPM/%40s/tin@1.0.0#sub"), "npm @s/tin 1.0.0  {}");
        assert_eq!(shown("pkg:npm/@s/tin"), "npm @s/tin 9  {}");
        assert_eq!(shown("pkg:golang/example.org/a/b@v1"), "golang example.org/a/b v1  {}");
        assert_eq!(
            shown("pkg:cargo/tin@1?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Ft%400a"),
            "cargo tin 1 vcs_url=git+https://example.org/t@0a {}"
        );
        for broken in ["", "pkg:", "pkg:cargo", "pkg:cargo/", "cargo/tin@1", "pkg:/tin"] {
            assert_eq!(shown(broken), "- n 9  {}", "{broken}");
        }
    }

    fn all(text: &str) -> Vec<String> {
        let mut all: Vec<String> = of_sbom(b"a", text.as_bytes()).unwrap().iter().map(shown).collect();
        all.sort();
        all
    }

    #[test]
    fn every_family_that_is_read_is_listed() {
        let cyclonedx = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"type": "application", "name": "app"}},
            "components": [{"type": "library", "name": "tin", "group": "s", "version": "1", "hashes": [{"alg": "SHA-256", "content": "0A"}],
            "components": [{"type": "library", "name": "zinc", "purl": "pkg:cargo/zinc@2"}]}, {"type": "file", "name": "a.txt"}]}"#;
        assert_eq!(all(cyclonedx), ["- s/tin 1  {\"SHA256\": {\"0a\"}}", "cargo zinc 2  {}"]);
        let xml = "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"><components><component \
                   type=\"library\"><name>tin</name><version>1</version></component></components></bom>";
        assert_eq!(all(xml), ["- tin 1  {}"]);
        let spdx = r#"{"spdxVersion": "SPDX-2.3", "packages": [{"name": "app", "SPDXID": "SPDXRef-a"},
            {"name": "tin", "SPDXID": "SPDXRef-b", "versionInfo": "1", "checksums": [{"algorithm": "SHA256", "checksumValue": "0A"}]}],
            "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"}]}"#;
        for text in [spdx.to_owned(), format!("\u{feff}{{\"sbom\": {spdx}}}")] {
            assert_eq!(all(&text), ["- tin 1  {\"SHA256\": {\"0a\"}}"]);
        }
    }

    #[test]
    fn what_is_no_sbom_is_told() {
        let shown = |text: &str| of_sbom(b"a.json", text.as_bytes()).unwrap_err();
        assert!(shown("{}").starts_with("it is not a known SBOM format"));
        assert!(shown("{\n\"bomFormat\": \"CycloneDX\",\n").starts_with("line 3: it "));
        assert!(shown("<SoftwareIdentity name=\"x\">").starts_with("line 1: it is SWID"));
        let deep = format!("{{\"bomFormat\": \"CycloneDX\", \"components\": {}", "[".repeat(100_000));
        assert!(shown(&deep).starts_with("line 1: it "));
    }
}
