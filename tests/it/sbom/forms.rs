//! SBOMs in every form and wrapping: read and held against the lock file, or said to be unread; and what is none.

use std::io::Write as _;

use bartizan::model::{Family, Report};
use bartizan::scan::registry;
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::fixtures::scan_folder;
use crate::verify::made::Made;

const LOCK: &str = r#"{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "app", "version": "1.0.0"},
  "node_modules/tin": {"version": "1.2.3", "resolved": "https://registry.npmjs.org/tin/-/tin-1.2.3.tgz"},
  "node_modules/zinc": {"version": "2.0.0", "resolved": "https://registry.npmjs.org/zinc/-/zinc-2.0.0.tgz"}
}}"#;

fn cyclonedx(version: &str) -> Value {
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "components": [
            { "type": "library", "bom-ref": "a", "name": "tin", "version": version, "purl": format!("pkg:npm/tin@{version}") },
            { "type": "library", "bom-ref": "b", "name": "zinc", "version": "2.0.0", "purl": "pkg:npm/zinc@2.0.0" },
        ],
    })
}

fn syft(version: &str) -> Value {
    json!({
        "artifacts": [
            { "id": "1", "name": "tin", "version": version, "type": "npm", "licenses": [{ "value": "MIT" }],
              "cpes": [{ "cpe": "cpe:2.3:a:x:tin:1:*:*:*:*:*:*:*" }], "purl": format!("pkg:npm/tin@{version}") },
            { "id": "2", "name": "zinc", "version": "2.0.0", "type": "npm", "licenses": ["MIT"],
              "cpes": ["cpe:2.3:a:x:zinc:2:*:*:*:*:*:*:*"], "purl": "pkg:npm/zinc@2.0.0" },
        ],
        "artifactRelationships": [{ "parent": "2", "child": "1", "type": "dependency-of" }],
        "source": { "id": "s", "name": ".", "type": "directory" },
        "descriptor": { "name": "syft", "version": "1.20.0" },
        "schema": { "version": "16.0.24", "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.0.24.json" },
    })
}

fn spdx_yaml(version: &str) -> String {
    format!(
        "SPDXID: \"SPDXRef-DOCUMENT\"\nspdxVersion: \"SPDX-2.3\"\ncreationInfo:\n  created: \"2026-01-02T03:04:05Z\"\n  creators:\n  - \"Tool: x\"\n\
         name: app\ndataLicense: CC0-1.0\ndocumentNamespace: https://example.org/a\npackages:\n- SPDXID: SPDXRef-a\n  name: tin\n  versionInfo: \"{version}\"\n  \
         downloadLocation: NOASSERTION\n  externalRefs:\n  - referenceCategory: PACKAGE-MANAGER\n    referenceType: purl\n    referenceLocator: pkg:npm/tin@{version}\n\
         - SPDXID: SPDXRef-b\n  name: zinc\n  versionInfo: 2.0.0\n  downloadLocation: NOASSERTION\n  externalRefs:\n  - referenceCategory: PACKAGE-MANAGER\n    \
         referenceType: purl\n    referenceLocator: pkg:npm/zinc@2.0.0\n"
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn statement(kind: &str, predicate: &Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "app", "digest": { "sha256": "00".repeat(32) } }],
        "predicateType": kind,
        "predicate": predicate,
    })
}

fn envelope(made: &Made, statement: &Value) -> Value {
    made.envelope_of(statement)
}

/// Each form, by the name of the file; `version` is that of one of the packages.
fn forms(made: &Made, version: &str) -> Vec<(&'static str, Vec<u8>)> {
    const BOM: &str = "https://cyclonedx.org/bom";
    let bom = cyclonedx(version);
    let text = |value: &Value| value.to_string().into_bytes();
    let signed = envelope(made, &statement(BOM, &bom));
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "" } },
        "dsseEnvelope": signed,
    });
    let padded = json!({ "x": " ".repeat(11 << 20) });
    let mut large = bom.clone();
    large["properties"] = json!([padded]);
    vec![
        ("bom.json", text(&bom)),
        ("bom.json.gz", gzip(&text(&bom))),
        ("app.cdx.json.gz", gzip(&text(&bom))),
        ("sbom.syft.json", text(&syft(version))),
        ("sbom.syft.json.gz", gzip(&text(&syft(version)))),
        ("sbom.json", serde_json::to_vec_pretty(&syft(version)).unwrap()),
        ("app.spdx.yml", spdx_yaml(version).into_bytes()),
        ("app.spdx.yaml.gz", gzip(spdx_yaml(version).as_bytes())),
        ("statement.json", text(&statement(BOM, &bom))),
        ("statement.json", serde_json::to_vec_pretty(&statement(BOM, &bom)).unwrap()),
        ("old.json", text(&statement("https://cyclonedx.org/schema", &json!({ "Data": bom })))),
        ("older.json", text(&statement(BOM, &json!({ "Data": bom.to_string(), "Timestamp": "" })))),
        ("syft.att.json", text(&statement("https://syft.dev/bom", &syft(version)))),
        ("app.intoto.jsonl", text(&signed)),
        ("app.sigstore.json", text(&bundle)),
        ("attestations.json", text(&json!({ "attestations": [{ "bundle": bundle }] }))),
        ("large.json", text(&large)),
    ]
}

fn scan(made: &Made) -> Report {
    let checks = registry::all().into_iter().filter(|check| check.meta.family == Family::Provenance);
    scan_folder(made.at(), checks.collect())
}

fn found<'r>(report: &'r Report, check: &str) -> Vec<&'r str> {
    let of = report.findings.iter().filter(|finding| finding.check.as_ref() == check);
    of.map(|finding| finding.message.as_str()).collect()
}

fn says_that_there_is_none(report: &Report) -> bool {
    report.remarks.iter().any(|remark| remark.message.starts_with("its packages have no SBOM"))
}

#[test]
fn each_form_is_held_against_the_lock_file() {
    let forms_of = |version| forms(&Made::new(), version);
    for ((name, right), (_, wrong)) in forms_of("1.2.3").into_iter().zip(forms_of("1.2.4")) {
        let made = Made::new();
        made.write("package-lock.json", LOCK.as_bytes());
        made.write(name, &right);
        let report = scan(&made);
        assert_eq!(found(&report, "sbom-drift"), Vec::<&str>::new(), "{name}");
        assert_eq!(found(&report, "unreadable-sbom"), Vec::<&str>::new(), "{name}");
        assert!(!says_that_there_is_none(&report), "{name}");
        made.write(name, &wrong);
        let report = scan(&made);
        let drift = found(&report, "sbom-drift");
        assert!(drift.len() == 1 && drift[0].contains("tin 1.2.4 is 1.2.3"), "{name}: {drift:?}");
    }
}

#[test]
fn what_is_not_read_is_said_to_be_so() {
    for (name, bytes) in [
        ("app.swidtag", b"<SoftwareIdentity name=\"x\" tagId=\"y\"/>".to_vec()),
        ("app.spdx.rdf", b"<rdf:RDF xmlns:rdf=\"x\" xmlns=\"http://spdx.org/rdf/terms#\"/>".to_vec()),
        ("app.spdx.json.zst", vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0]),
        ("bom.xml.xz", b"\xfd7zXZ\0\0".to_vec()),
        ("bom.json", b"version https://git-lfs.github.com/spec/v1\noid sha256:0000000000000000000000000000000000000000000000000000000000000000\nsize 12\n".to_vec()),
    ] {
        let made = Made::new();
        made.write("package-lock.json", LOCK.as_bytes());
        made.write(name, &bytes);
        let report = scan(&made);
        let told = report.notices.iter().any(|notice| {
            notice.path.as_ref().is_some_and(|path| path.shown() == name) && notice.message.contains("this SBOM")
        });
        assert!(told, "{name}: {:?}", report.notices);
        assert!(!says_that_there_is_none(&report), "{name}");
        assert_eq!(found(&report, "unreadable-sbom"), Vec::<&str>::new(), "{name}");
    }
    let made = Made::new();
    made.write("package-lock.json", LOCK.as_bytes());
    assert!(says_that_there_is_none(&scan(&made)));
    // What is cut off is one that cannot be read.
    let packed = gzip(cyclonedx("1.2.3").to_string().as_bytes());
    made.write("bom.json.gz", &packed[..packed.len() - 12]);
    assert_eq!(found(&scan(&made), "unreadable-sbom").len(), 1);
}

/// A VEX tells of vulnerabilities: it lists no packages, and need not.
#[test]
fn a_vex_is_no_sbom() {
    let vulnerability = json!([{ "id": "CVE-2026-1", "affects": [{ "ref": "urn:cdx:x/1#a" }], "analysis": { "state": "not_affected" } }]);
    let bare = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "vulnerabilities": vulnerability });
    let mut about = bare.clone();
    about["metadata"] = json!({ "component": { "type": "application", "bom-ref": "a", "name": "app" } });
    let mut listing = cyclonedx("0.0.1");
    listing["vulnerabilities"] = vulnerability.clone();
    let open = json!({ "@context": "https://openvex.dev/ns/v0.2.0", "statements": [] });
    let csaf =
        json!({ "document": { "category": "csaf_vex", "csaf_version": "2.0" }, "vulnerabilities": [] });
    for (name, document) in [
        ("vex.json", &bare),
        ("report.json", &bare),
        ("app.json", &about),
        ("app.vex.cdx.json", &listing),
        ("app-vex.json", &listing),
        ("openvex.json", &open),
        ("csaf.json", &csaf),
    ] {
        let made = Made::new();
        made.write("package-lock.json", LOCK.as_bytes());
        made.write(name, document.to_string().as_bytes());
        let report = scan(&made);
        for check in ["incomplete-sbom", "sbom-drift", "unreadable-sbom", "sbom-without-purls", "stale-sbom"]
        {
            assert_eq!(found(&report, check), Vec::<&str>::new(), "{name}");
        }
        assert!(says_that_there_is_none(&report), "{name}");
    }
    // An SBOM may tell of vulnerabilities as well.
    let made = Made::new();
    made.write("package-lock.json", LOCK.as_bytes());
    made.write("bom.json", listing.to_string().as_bytes());
    assert_eq!(found(&scan(&made), "sbom-drift").len(), 1);
}

/// The same document beside its attestation is judged once.
#[test]
fn an_attested_document_is_one_with_its_file() {
    let made = Made::new();
    made.write("package-lock.json", LOCK.as_bytes());
    let bom = cyclonedx("1.2.4");
    made.write("bom.json", bom.to_string().as_bytes());
    let payload = statement("https://cyclonedx.org/bom", &bom).to_string();
    let signed = json!({
        "payloadType": "application/vnd.in-toto+json",
        "payload": BASE64.encode(payload.as_bytes()),
        "signatures": [{ "sig": "AAAA" }],
    });
    made.write("app.intoto.jsonl", signed.to_string().as_bytes());
    assert_eq!(found(&scan(&made), "sbom-drift").len(), 1);
}
