//! What profiles miss in a bill of materials.

use bartizan::parse::sbom::quality::{Element, Profile, SHOWN_MAX, judge, outdated, without_purl};
use bartizan::parse::sbom::{Document, paths};

use super::readers::document;

/// Judges by all profiles, for whoever only wants to know that it can be done.
pub(super) fn judged(document: &Document<'_>) {
    for profile in Profile::ALL {
        for fact in judge(document, profile) {
            assert!(fact.missing <= fact.of && fact.first.len() <= SHOWN_MAX, "{fact:?}");
        }
    }
    let (without, of) = without_purl(document);
    assert!(without <= of);
    assert!(outdated(document).is_none_or(|reason| !reason.is_empty()));
}

/// The elements that a document lacks, with how many components lack them.
fn lacks(text: &str, profile: Profile) -> Vec<(Element, usize)> {
    let facts = judge(&document(text), profile);
    facts.iter().filter(|fact| fact.missing > 0).map(|fact| (fact.element, fact.missing)).collect()
}

const SPDX: &str = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "demo",
"documentNamespace": "https://example.org/demo",
"creationInfo": {"created": "2026-01-02T03:04:05Z", "creators": ["Tool: lister-2"]},
"packages": [
{"SPDXID": "SPDXRef-app", "name": "app", "versionInfo": "1.0", "supplier": "Organization: Acme"},
{"SPDXID": "SPDXRef-lib", "name": "lib", "versionInfo": "0.1.0", "supplier": "Organization: Acme"}
],
"relationships": [
{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-app"},
{"spdxElementId": "SPDXRef-app", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-lib"}
]}"#;

#[test]
fn minimum_elements_of_the_ntia() {
    assert_eq!(lacks(SPDX, Profile::Ntia2021), []);
    for (from, to, expected) in [
        (
            "\"supplier\": \"Organization: Acme\"}\n",
            "\"supplier\": \"NOASSERTION\"}\n",
            (Element::Supplier, 1),
        ),
        ("\"versionInfo\": \"0.1.0\"", "\"versionInfo\": \" \"", (Element::Version, 1)),
        ("\"name\": \"lib\", ", "", (Element::Name, 1)),
        ("\"documentNamespace\": \"https://example.org/demo\",", "", (Element::Identifier, 2)),
        ("DESCRIBES", "OTHER", (Element::Relations, 1)),
        (
            "\"relatedSpdxElement\": \"SPDXRef-lib\"",
            "\"relatedSpdxElement\": \"NONE\"",
            (Element::Relations, 1),
        ),
        ("\"Tool: lister-2\"", "", (Element::Author, 1)),
        ("2026-01-02T03:04:05Z", "yesterday", (Element::Timestamp, 1)),
    ] {
        let text = SPDX.replace(from, to);
        assert_ne!(text, SPDX);
        assert_eq!(lacks(&text, Profile::Ntia2021), [expected], "{to}");
    }
    let text = SPDX.replace("\"versionInfo\": \"0.1.0\", ", "");
    let facts = judge(&document(&text), Profile::Ntia2021);
    let version = facts.iter().find(|fact| fact.element == Element::Version).unwrap();
    assert_eq!((version.missing, version.of, version.first.clone()), (1, 2, vec![(6, "lib".to_owned())]));
}

#[test]
fn what_cisa_adds() {
    let lacking = lacks(SPDX, Profile::Cisa2025);
    let expected = [
        (Element::Author, 1),
        (Element::SoftwareIdentifier, 2),
        (Element::Hash, 2),
        (Element::Licence, 2),
        (Element::GenerationContext, 1),
    ];
    assert_eq!(lacking, expected);
    let apart = SPDX.replace("\"SPDXRef-lib\"}", "\"SPDXRef-app\"}");
    assert!(lacks(&apart, Profile::Cisa2025).contains(&(Element::Related, 1)));
}

const WHOLE: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": "urn:uuid:0",
"metadata": {"timestamp": "2026-01-02T03:04:05Z", "lifecycles": [{"phase": "build"}],
"tools": [{"name": "lister", "version": "2"}], "authors": [{"email": "ann@example.org", "name": "Ann"}],
"component": {"type": "application", "bom-ref": "app", "name": "app", "version": "1", "purl": "pkg:cargo/app@1",
"manufacturer": {"name": "Acme", "url": ["https://acme.example"]}, "licenses": [{"expression": "MIT"}],
"hashes": [{"alg": "SHA-512", "content": "ab"}], "properties": [{"name": "bsi:component:filename", "value": "app"},
{"name": "bsi:component:executable", "value": "executable"}, {"name": "bsi:component:archive", "value": "no archive"},
{"name": "bsi:component:structured", "value": "unstructured"}]}},
"components": [{"type": "file", "bom-ref": "f", "name": "a/b"}],
"dependencies": [{"ref": "app", "dependsOn": []}], "compositions": [{"aggregate": "complete"}]}"#;

#[test]
fn a_document_may_have_it_all() {
    for profile in Profile::ALL {
        assert_eq!(lacks(WHOLE, profile), [], "{}", profile.as_str());
        assert_eq!(Profile::named(profile.as_str()), Some(profile));
    }
    // Of files no supplier is asked, nor that something depends on them; of libraries it is.
    let library = WHOLE.replace("\"type\": \"file\"", "\"type\": \"library\"");
    let lacking = lacks(&library, Profile::Ntia2021);
    assert_eq!(lacking, [(Element::Supplier, 1), (Element::Version, 1), (Element::Relations, 1)]);
}

#[test]
fn what_the_bsi_asks() {
    for (from, to, element) in [
        ("\"1.6\"", "\"1.5\"", Element::Format),
        ("\"serialNumber\": \"urn:uuid:0\",", "", Element::Serial),
        ("\"email\": \"ann@example.org\", ", "", Element::CreatorContact),
        ("https://acme.example", "", Element::ComponentCreator),
        ("bsi:component:filename", "bsi:component:name", Element::Filename),
        ("SHA-512", "SHA-256", Element::Sha512),
        ("bsi:component:archive", "archive", Element::Properties),
        ("\"compositions\": [{\"aggregate\": \"complete\"}]", "\"x\": 1", Element::Completeness),
        ("\"compositions\": ", "\"vulnerabilities\": [{}], \"compositions\": ", Element::NoVulnerabilities),
        ("\"licenses\"", "\"evidence\"", Element::Licence),
    ] {
        let text = WHOLE.replace(from, to);
        assert_ne!(text, WHOLE);
        assert_eq!(lacks(&text, Profile::BsiTr03183), [(element, 1)]);
    }
    assert!(lacks(SPDX, Profile::BsiTr03183).contains(&(Element::Format, 1)), "SPDX 2 is no longer allowed");
}

#[test]
fn outdated_formats() {
    for (version, old) in [("1.3", true), ("1.4", false), ("1.10", false), ("1.0", true), ("x", false)] {
        let text = WHOLE.replace("\"1.6\"", &format!("\"{version}\""));
        assert_eq!(outdated(&document(&text)).is_some(), old, "{version}");
    }
    for (version, old) in [("2.1", true), ("2.2", false), ("2.2.1", false)] {
        let text = SPDX.replace("SPDX-2.3", &format!("SPDX-{version}"));
        assert_eq!(outdated(&document(&text)).is_some(), old, "{version}");
    }
}

#[test]
fn package_urls_and_paths() {
    assert_eq!(without_purl(&document(SPDX)), (2, 2));
    assert_eq!(without_purl(&document(WHOLE)), (0, 1));
    let text = SPDX.replace("\"name\": \"lib\"", "\"name\": \"path+file:///home/ann/lib\"");
    let found = paths::of_machines(&text);
    assert_eq!((found.count, found.first), (1, vec![(6, "/home/ann/lib")]));
}
