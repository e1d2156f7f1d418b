//! What is compared of an SBOM or a lock file: packages with their versions and hashes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::render::sbom::{Bill, Component};

/// A package that a document lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The type of its package URL: `cargo`.
    pub kind: Option<String>,
    /// Its name, with the namespace in front.
    pub name: String,
    /// Its version; empty if there is none.
    pub version: String,
    /// Where it comes from, if not from the usual place: the qualifiers `repository_url` and `vcs_url`.
    pub source: String,
    /// By algorithm, without hyphens and in capitals: `SHA256`. In lower case.
    pub hashes: BTreeMap<String, BTreeSet<String>>,
}

impl Listed {
    /// A package as a document describes it: what its package URL says counts more.
    #[must_use]
    pub fn new(purl: Option<&str>, name: &str, version: &str) -> Self {
        let mut listed = Self { name: name.to_owned(), version: version.to_owned(), ..Self::default() };
        if let Some(purl) = purl.and_then(Purl::parse) {
            listed.kind = Some(purl.kind);
            listed.name = purl.name;
            listed.version = purl.version.unwrap_or(listed.version);
            listed.source = purl.source;
        }
        listed
    }

    /// Adds a hash, however its algorithm is spelled.
    pub fn hash(&mut self, algorithm: &str, value: &str) {
        let algorithm = algorithm.replace(['-', '_'], "").to_ascii_uppercase();
        self.hashes.entry(algorithm).or_default().insert(value.to_ascii_lowercase());
    }
}

/// The packages of a bill.
#[must_use]
pub fn of_bill(bill: &Bill) -> Vec<Listed> {
    let of = |component: &Component| {
        let mut listed = Listed::new(component.purl.as_deref(), &component.name, &component.version);
        if let Some(sha256) = &component.sha256 {
            listed.hash("SHA256", sha256);
        }
        listed
    };
    bill.components.iter().map(of).collect()
}

/// The packages of an SBOM in JSON: CycloneDX, or SPDX 2. What the document is about counts if it has a
/// package URL.
///
/// # Errors
/// Why it is no such document, as the end of a sentence.
pub fn of_json(bytes: &[u8]) -> Result<Vec<Listed>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON: {error}"))?;
    if document["bomFormat"] == "CycloneDX" {
        return Ok(cyclonedx(&document));
    }
    // GitHub wraps what it exports.
    let document = document.get("sbom").unwrap_or(&document);
    if document["spdxVersion"].as_str().is_some_and(|version| version.starts_with("SPDX-2.")) {
        return Ok(spdx(document));
    }
    Err("it is neither CycloneDX nor SPDX 2".to_owned())
}

fn cyclonedx(document: &Value) -> Vec<Listed> {
    let mut all = Vec::new();
    let primary = &document["metadata"]["component"];
    let mut open: Vec<&Value> = items(&document["components"]).chain(items(&primary["components"])).collect();
    open.extend(primary["purl"].is_string().then_some(primary));
    while let Some(component) = open.pop() {
        if !std::ptr::eq(component, primary) {
            open.extend(items(&component["components"]));
        }
        let name = text(&component["name"]);
        if name.is_empty() || matches!(text(&component["type"]), "file" | "cryptographic-asset") {
            continue;
        }
        let group = text(&component["group"]);
        let full = if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") };
        let mut listed = Listed::new(component["purl"].as_str(), &full, text(&component["version"]));
        for hash in items(&component["hashes"]) {
            listed.hash(text(&hash["alg"]), text(&hash["content"]));
        }
        all.push(listed);
    }
    all
}

fn spdx(document: &Value) -> Vec<Listed> {
    let mut about: BTreeSet<&str> = items(&document["documentDescribes"]).map(text).collect();
    for relationship in items(&document["relationships"]) {
        match text(&relationship["relationshipType"]) {
            "DESCRIBES" => about.insert(text(&relationship["relatedSpdxElement"])),
            "DESCRIBED_BY" => about.insert(text(&relationship["spdxElementId"])),
            _ => continue,
        };
    }
    let mut all = Vec::new();
    for package in items(&document["packages"]) {
        let purl = items(&package["externalRefs"])
            .find(|other| other["referenceType"] == "purl")
            .map(|other| text(&other["referenceLocator"]));
        if text(&package["name"]).is_empty() || (purl.is_none() && about.contains(text(&package["SPDXID"]))) {
            continue;
        }
        let mut listed = Listed::new(purl, text(&package["name"]), text(&package["versionInfo"]));
        for checksum in items(&package["checksums"]) {
            listed.hash(text(&checksum["algorithm"]), text(&checksum["checksumValue"]));
        }
        all.push(listed);
    }
    all
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a package URL says.
struct Purl {
    kind: String,
    name: String,
    version: Option<String>,
    source: String,
}

impl Purl {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("pkg:")?.trim_start_matches('/');
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, rest) = rest.split_once('/')?;
        let (name, version) = match rest.rsplit_once('@') {
            // `@scope/name` that somebody has not encoded is a name.
            Some((name, version)) if !version.contains('/') && !name.is_empty() => (name, Some(version)),
            _ => (rest, None),
        };
        let mut source: Vec<String> = qualifiers
            .split('&')
            .filter(|pair| pair.starts_with("repository_url=") || pair.starts_with("vcs_url="))
            .map(|pair| decoded(pair).into_owned())
            .collect();
        source.sort_unstable();
        let purl = Self {
            kind: kind.to_ascii_lowercase(),
            name: decoded(name.trim_end_matches('/')).into_owned(),
            version: version
                .filter(|version| !version.is_empty())
                .map(|version| decoded(version).into_owned()),
            source: source.join("&"),
        };
        Some(purl).filter(|purl| !purl.name.is_empty() && !purl.kind.is_empty())
    }
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::{Listed, of_json};

    fn told(listed: &Listed) -> String {
        let kind = listed.kind.as_deref().unwrap_or("-");
        format!("{kind} {} {} {} {:?}", listed.name, listed.version, listed.source, listed.hashes)
    }

    #[test]
    fn package_urls_count_more_than_names() {
        let told = |purl| told(&Listed::new(Some(purl), "n", "9"));
        assert_eq!(told("pkg:cargo/tin@1.0.0%2B2?download_url=x"), "cargo tin 1.0.0+2  {}");
        assert_eq!(told("pkg:NPM/%40s/tin@1.0.0#sub"), "npm @s/tin 1.0.0  {}");
        assert_eq!(told("pkg:npm/@s/tin"), "npm @s/tin 9  {}");
        assert_eq!(
            told("pkg:cargo/tin@1?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Ft%400a"),
            "cargo tin 1 vcs_url=git+https://example.org/t@0a {}"
        );
        for broken in ["", "pkg:", "pkg:cargo", "pkg:cargo/", "cargo/tin@1", "pkg:/tin"] {
            assert_eq!(told(broken), "- n 9  {}", "{broken}");
        }
    }

    #[test]
    fn both_families_are_read() {
        let cyclonedx = r#"{"bomFormat": "CycloneDX", "metadata": {"component": {"name": "app"}},
            "components": [{"name": "tin", "group": "s", "version": "1", "hashes": [{"alg": "SHA-256", "content": "0A"}],
            "components": [{"name": "zinc", "purl": "pkg:cargo/zinc@2"}]}, {"type": "file", "name": "a.txt"}, {}, 3]}"#;
        let all: Vec<String> = of_json(cyclonedx.as_bytes()).unwrap().iter().map(told).collect();
        assert_eq!(all, ["- s/tin 1  {\"SHA256\": {\"0a\"}}", "cargo zinc 2  {}"]);
        let spdx = r#"{"spdxVersion": "SPDX-2.3", "packages": [{"name": "app", "SPDXID": "a"},
            {"name": "tin", "versionInfo": "1", "checksums": [{"algorithm": "SHA256", "checksumValue": "0A"}]}],
            "relationships": [{"relationshipType": "DESCRIBES", "relatedSpdxElement": "a"}]}"#;
        for text in [spdx.to_owned(), format!("\u{feff}{{\"sbom\": {spdx}}}")] {
            let all: Vec<String> = of_json(text.as_bytes()).unwrap().iter().map(told).collect();
            assert_eq!(all, ["- tin 1  {\"SHA256\": {\"0a\"}}"]);
        }
    }

    #[test]
    fn what_is_no_sbom_is_told() {
        assert_eq!(of_json(b"{}").unwrap_err(), "it is neither CycloneDX nor SPDX 2");
        assert!(of_json(b"{").unwrap_err().starts_with("it is no JSON: EOF"));
        assert!(of_json("[".repeat(100_000).as_bytes()).unwrap_err().contains("recursion limit"));
    }
}
