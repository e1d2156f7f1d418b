//! What is read of each form of a bill of materials, and what is told of those that are wrong.

use bartizan::parse::sbom::{
    BYTES_MAX, COMPONENTS_MAX, Component, CreatorKind, Document, Family, Grade, MISTAKES_MAX, Relation,
    Source, decode, read, sniff,
};
use proptest::prelude::*;

use crate::props::config;

const CYCLONEDX: &str = r#"{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  "metadata": {
    "timestamp": "2026-01-02T03:04:05Z",
    "lifecycles": [{"phase": "build"}],
    "tools": {"components": [{"type": "application", "group": "acme", "name": "lister", "version": "2"}]},
    "authors": [{"name": "Ann", "email": "ann@example.org"}],
    "supplier": {"name": "Acme", "url": ["https://acme.example"]},
    "component": {"type": "application", "bom-ref": "app", "name": "app", "version": "1.0"}
  },
  "components": [
    {
      "type": "library", "bom-ref": "lib", "group": "org", "name": "l\u00efb", "version": "0.1.0",
      "purl": "pkg:cargo/lib@0.1.0", "cpe": "cpe:2.3:a:x:lib:0.1.0:*:*:*:*:*:*:*",
      "swid": {"tagId": "tag-1", "name": "lib"}, "scope": "excluded", "publisher": "Maker",
      "hashes": [{"alg": "SHA-512", "content": "ab"}],
      "licenses": [{"license": {"id": "MIT", "acknowledgement": "declared"}}],
      "properties": [{"name": "bsi:component:filename", "value": "lib.rlib"}, {"name": "other", "value": "x"}],
      "externalReferences": [{"type": "distribution", "url": "https://x/lib.crate", "hashes": [{"alg": "SHA-256", "content": "cd"}]}],
      "components": [
        {"type": "library", "bom-ref": "inner", "name": "inner"}
      ]
    }
  ],
  "services": [{"bom-ref": "service", "name": "s"}],
  "dependencies": [
    {"ref": "app", "dependsOn": ["lib", "service", "nowhere"]}
  ],
  "compositions": [{"aggregate": "complete"}],
  "vulnerabilities": [{"id": "CVE-2026-1"}],
  "signature": {"algorithm": "ES256", "value": "x"}
}
"#;

const CYCLONEDX_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79" version="1">
  <c:metadata>
    <c:timestamp>2026-01-02T03:04:05Z</c:timestamp>
    <c:lifecycles><c:lifecycle><c:phase>build</c:phase></c:lifecycle></c:lifecycles>
    <c:tools><c:components><c:component type="application"><c:group>acme</c:group><c:name>lister</c:name><c:version>2</c:version></c:component></c:components></c:tools>
    <c:authors><c:author><c:name>Ann</c:name><c:email>ann@example.org</c:email></c:author></c:authors>
    <c:supplier><c:name>Acme</c:name><c:url>https://acme.example</c:url></c:supplier>
    <c:component type="application" bom-ref="app"><c:name>app</c:name><c:version>1.0</c:version></c:component>
  </c:metadata>
  <c:components>
    <c:component type="library" bom-ref="lib">
      <c:publisher>Maker</c:publisher>
      <c:group>org</c:group><c:name>l&#xef;b</c:name><c:version><![CDATA[0.1.0]]></c:version>
      <c:scope>excluded</c:scope>
      <c:hashes><c:hash alg="SHA-512">ab</c:hash></c:hashes>
      <c:licenses><c:license acknowledgement="declared"><c:id>MIT</c:id></c:license></c:licenses>
      <c:cpe>cpe:2.3:a:x:lib:0.1.0:*:*:*:*:*:*:*</c:cpe>
      <c:purl>pkg:cargo/lib@0.1.0</c:purl>
      <c:swid tagId="tag-1" name="lib"/>
      <c:externalReferences><c:reference type="distribution"><c:url>https://x/lib.crate</c:url><c:hashes><c:hash alg="SHA-256">cd</c:hash></c:hashes></c:reference></c:externalReferences>
      <c:properties><c:property name="bsi:component:filename">lib.rlib</c:property><c:property name="other">x</c:property></c:properties>
      <c:components>
        <c:component type="library" bom-ref="inner"><c:name>inner</c:name></c:component>
      </c:components>
    </c:component>
  </c:components>
  <c:services><c:service bom-ref="service"><c:name>s</c:name></c:service></c:services>
  <c:dependencies>
    <c:dependency ref="app"><c:dependency ref="lib"/><c:dependency ref="service"/><c:dependency ref="nowhere"/></c:dependency>
  </c:dependencies>
  <c:compositions><c:composition><c:aggregate>complete</c:aggregate></c:composition></c:compositions>
  <c:vulnerabilities><c:vulnerability><c:id>CVE-2026-1</c:id></c:vulnerability></c:vulnerabilities>
  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>x</ds:SignatureValue></ds:Signature>
</c:bom>
"#;

const SPDX: &str = r#"{
  "spdxVersion": "SPDX-2.3",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "demo",
  "documentNamespace": "https://example.org/demo",
  "creationInfo": {
    "created": "2026-01-02T03:04:05Z",
    "creators": ["Tool: lister-2", "Person: Ann (ann@example.org)"],
    "comment": "made by the build"
  },
  "packages": [
    {"SPDXID": "SPDXRef-app", "name": "app", "versionInfo": "1.0", "supplier": "Organization: Acme ()",
     "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT"},
    {"SPDXID": "SPDXRef-lib", "name": "lib", "versionInfo": "0.1.0", "supplier": "NOASSERTION",
     "originator": "Person: Bob", "packageFileName": "lib.crate", "primaryPackagePurpose": "LIBRARY",
     "checksums": [{"algorithm": "SHA256", "checksumValue": "cd"}],
     "externalRefs": [
       {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:cargo/lib@0.1.0"},
       {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:x:lib:0.1.0:*:*:*:*:*:*:*"}
     ]}
  ],
  "files": [{"SPDXID": "SPDXRef-file", "fileName": "./a"}],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-app"},
    {"spdxElementId": "SPDXRef-lib", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-app"},
    {"spdxElementId": "SPDXRef-lib", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-file"},
    {"spdxElementId": "SPDXRef-lib", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NOASSERTION"}
  ]
}
"#;

const TAG_VALUE: &str = "# by hand
SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
DocumentName: demo
DocumentNamespace: https://example.org/demo
Creator: Tool: lister-2
Creator: Person: Ann (ann@example.org)
CreatorComment: <text>made by
the build</text>
Created: 2026-01-02T03:04:05Z

PackageName: app
SPDXID: SPDXRef-app
PackageVersion: 1.0
PackageSupplier: Organization: Acme ()
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: MIT

PackageName: lib
SPDXID: SPDXRef-lib
PackageVersion: 0.1.0
PackageFileName: lib.crate
PackageSupplier: NOASSERTION
PackageOriginator: Person: Bob
PackageChecksum: SHA256: cd
PackageCopyrightText: <text>Copyright
PackageName: not one</text>
PrimaryPackagePurpose: LIBRARY
ExternalRef: PACKAGE-MANAGER purl pkg:cargo/lib@0.1.0
ExternalRef: SECURITY cpe23Type cpe:2.3:a:x:lib:0.1.0:*:*:*:*:*:*:*

FileName: ./a
SPDXID: SPDXRef-file

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app
Relationship: SPDXRef-lib DEPENDENCY_OF SPDXRef-app
Relationship: SPDXRef-lib CONTAINS SPDXRef-file
";

const SPDX3: &str = r#"{
  "@context": ["https://spdx.org/rdf/3.0.1/spdx-context.jsonld"],
  "@graph": [
    {"type": "Relationship", "spdxId": "https://e.org/r1", "creationInfo": "_:c", "relationshipType": "dependsOn",
     "completeness": "complete", "from": "https://e.org/app", "to": ["https://e.org/lib"]},
    {"type": "Relationship", "spdxId": "https://e.org/r2", "creationInfo": "_:c", "relationshipType": "hasDeclaredLicense",
     "from": "https://e.org/lib", "to": ["https://e.org/mit"]},
    {"type": "Relationship", "spdxId": "https://e.org/r3", "creationInfo": "_:c", "relationshipType": "hasDistributionArtifact",
     "from": "https://e.org/lib", "to": [{"type": "software_File", "spdxId": "https://e.org/f", "name": "lib.crate",
       "software_additionalPurpose": ["archive"], "verifiedUsing": [{"type": "Hash", "algorithm": "sha512", "hashValue": "ab"}]}]},
    {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-01-02T03:04:05Z",
     "createdBy": ["https://e.org/ann"], "createdUsing": ["https://e.org/tool"]},
    {"type": "Person", "spdxId": "https://e.org/ann", "name": "Ann", "creationInfo": "_:c",
     "externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "email", "identifier": "ann@example.org"}]},
    {"type": "Tool", "spdxId": "https://e.org/tool", "name": "lister-2", "creationInfo": "_:c"},
    {"type": "SpdxDocument", "spdxId": "https://e.org/doc", "name": "demo", "creationInfo": "_:c", "rootElement": ["https://e.org/bom"]},
    {"type": "software_Sbom", "spdxId": "https://e.org/bom", "creationInfo": "_:c", "software_sbomType": ["build"], "rootElement": ["https://e.org/app"]},
    {"type": "software_Package", "spdxId": "https://e.org/app", "name": "app", "software_packageVersion": "1.0", "creationInfo": "_:c",
     "suppliedBy": {"type": "Organization", "spdxId": "https://e.org/acme", "name": "Acme"}},
    {"type": "software_Package", "spdxId": "https://e.org/lib", "name": "lib", "software_packageVersion": "0.1.0", "creationInfo": "_:c",
     "software_packageUrl": "pkg:cargo/lib@0.1.0", "software_primaryPurpose": "library",
     "externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:x:lib:0.1.0:*:*:*:*:*:*:*"}]},
    {"type": "simplelicensing_LicenseExpression", "spdxId": "https://e.org/mit", "creationInfo": "_:c", "simplelicensing_licenseExpression": "MIT"}
  ]
}
"#;

/// Reads a document of the family that it says it is of.
#[track_caller]
pub(super) fn document(text: &str) -> Document<'_> {
    read(sniff(b"x", text.as_bytes()).expect("it says what it is"), text)
}

fn named<'d, 'a>(document: &'d Document<'a>, name: &str) -> &'d Component<'a> {
    document.components.iter().find(|component| component.name.as_deref() == Some(name)).unwrap()
}

fn messages(document: &Document<'_>) -> Vec<String> {
    let told = document.mistakes.iter();
    told.map(|mistake| format!("{:?} {}: {}", mistake.grade, mistake.line, mistake.message)).collect()
}

/// Relations by the names of the components.
fn relations<'d>(document: &'d Document<'_>) -> Vec<(&'d str, Relation, &'d str)> {
    let name = |place: u32| document.components[place as usize].name.as_deref().unwrap();
    document.edges.iter().map(|edge| (name(edge.from), edge.relation, name(edge.to))).collect()
}

fn creators<'d>(document: &'d Document<'_>) -> Vec<(CreatorKind, Option<&'d str>, Option<&'d str>)> {
    let all = document.creators.iter();
    all.map(|one| (one.kind, one.party.name.as_deref(), one.party.contact.as_deref())).collect()
}

#[test]
fn cyclonedx_says_the_same_in_both_forms() {
    for (text, family, lines) in
        [(CYCLONEDX, Family::CycloneDxJson, [11, 14, 23]), (CYCLONEDX_XML, Family::CycloneDxXml, [9, 12, 24])]
    {
        let document = document(text);
        assert_eq!(messages(&document), [""; 0]);
        assert_eq!((document.family, document.version.as_deref()), (family, Some("1.6")));
        assert_eq!(document.serial.as_deref(), Some("urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"));
        assert_eq!(document.time(), Some(1_767_323_045));
        assert_eq!(document.contexts, ["build"]);
        assert!(document.signed && document.completeness);
        assert_eq!(document.vulnerabilities, 1);
        assert_eq!(document.primary, [0]);
        assert_eq!((document.dangling.0, document.dangling.1.as_deref()), (1, Some("nowhere")));
        let expected = [
            (CreatorKind::Person, Some("Ann"), Some("ann@example.org")),
            (CreatorKind::Tool, Some("acme lister 2"), None),
        ];
        assert_eq!(creators(&document), expected);
        let expected = [("app", Relation::DependsOn, "lïb"), ("lïb", Relation::Contains, "inner")];
        assert_eq!(relations(&document), expected);

        let app = named(&document, "app");
        let supplier = app.supplier.as_ref().unwrap();
        assert_eq!(supplier.name.as_deref(), Some("Acme"));
        assert_eq!(supplier.contact.as_deref(), Some("https://acme.example"));
        let lib = named(&document, "lïb");
        assert_eq!((lib.group.as_deref(), lib.version.as_deref()), (Some("org"), Some("0.1.0")));
        assert_eq!((lib.kind.as_deref(), lib.publisher.as_deref()), (Some("library"), Some("Maker")));
        assert_eq!(lib.purl.as_deref(), Some("pkg:cargo/lib@0.1.0"));
        assert_eq!(lib.cpe.as_deref(), Some("cpe:2.3:a:x:lib:0.1.0:*:*:*:*:*:*:*"));
        assert_eq!((lib.swid.as_deref(), lib.filename.as_deref()), (Some("tag-1"), Some("lib.rlib")));
        assert_eq!(lib.download.as_deref(), Some("https://x/lib.crate"));
        assert!(lib.excluded && !app.excluded);
        assert!(lib.hashes.iter().any(|hash| hash.is("sha512") && hash.value == "ab"));
        assert!(lib.hashes.iter().any(|hash| hash.is("sha256") && hash.value == "cd"));
        assert_eq!((lib.licences[0].text.as_ref(), lib.licences[0].source), ("MIT", Source::Declared));
        assert_eq!(lib.properties.len(), 1);
        let found: Vec<u32> = document.components.iter().map(|component| component.line).collect();
        assert_eq!(found, lines);
    }
}

#[test]
fn spdx_says_the_same_in_all_forms() {
    let wrapped = format!("{{\"sbom\": {SPDX}}}");
    for (text, family) in [
        (SPDX, Family::Spdx2Json),
        (&wrapped, Family::GitHubExport),
        (TAG_VALUE, Family::SpdxTagValue),
        (SPDX3, Family::Spdx3Json),
    ] {
        let document = document(text);
        assert_eq!(messages(&document), [""; 0], "{family:?}");
        assert_eq!(document.family, family);
        let version = if family == Family::Spdx3Json { "3.0.1" } else { "2.3" };
        assert_eq!((document.version.as_deref(), document.name.as_deref()), (Some(version), Some("demo")));
        assert_eq!(document.time(), Some(1_767_323_045));
        assert!(document.serial.is_some());
        assert!(!document.contexts.is_empty() || document.comment.is_some());
        let mut found = creators(&document);
        found.sort();
        let expected = [
            (CreatorKind::Person, Some("Ann"), Some("ann@example.org")),
            (CreatorKind::Tool, Some("lister-2"), None),
        ];
        assert_eq!(found, expected);
        assert_eq!(document.primary, [0]);
        assert_eq!(document.dangling, (0, None), "{family:?}");
        assert_eq!(relations(&document), [("app", Relation::DependsOn, "lib")]);
        let app = named(&document, "app");
        assert_eq!(app.supplier.as_ref().and_then(|supplier| supplier.name.as_deref()), Some("Acme"));
        let lib = named(&document, "lib");
        assert_eq!(lib.version.as_deref(), Some("0.1.0"));
        assert_eq!(lib.supplier, None);
        assert_eq!(lib.purl.as_deref(), Some("pkg:cargo/lib@0.1.0"));
        assert!(lib.cpe.is_some());
        assert_eq!(lib.filename.as_deref(), Some("lib.crate"));
        assert_eq!(lib.kind.as_deref().map(str::to_lowercase).as_deref(), Some("library"));
        assert_eq!(lib.hashes.len(), 1);
        let licensed = if family == Family::Spdx3Json { lib } else { app };
        assert_eq!(licensed.licences.len(), 1);
        assert_eq!(
            (licensed.licences[0].text.as_ref(), licensed.licences[0].source),
            ("MIT", Source::Declared)
        );
        // The line is that on which the component starts.
        let line = text.lines().nth(lib.line as usize - 1).unwrap();
        assert!(line.contains("lib"), "{family:?}: {line}");
    }
}

#[test]
fn utf16_is_read() {
    for (order, text) in [(true, CYCLONEDX), (false, SPDX), (true, TAG_VALUE), (false, CYCLONEDX_XML)] {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        let bytes: Vec<u8> =
            units.flat_map(|unit| if order { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
        let decoded = decode(&bytes).unwrap();
        let family = sniff(b"x", &bytes).unwrap();
        assert_eq!(read(family, &decoded).components.len(), document(text).components.len());
    }
}

#[test]
fn newer_versions_are_read() {
    for (text, told) in [
        (
            CYCLONEDX.replace("\"1.6\"", "\"1.9\""),
            "Odd 1: says version `1.9`, which is not supported: read as 1.7",
        ),
        (
            SPDX.replace("SPDX-2.3", "SPDX-2.9"),
            "Odd 1: says version `2.9`, which is not supported: read as 2.3",
        ),
        (
            SPDX3.replace("\"3.0.1\"", "\"3.4\""),
            "Odd 1: says version `3.4`, which is not supported: read as 3.0.1",
        ),
        (
            CYCLONEDX.replace("  \"specVersion\": \"1.6\",\n", ""),
            "Odd 1: does not say its version: read as 1.7",
        ),
    ] {
        let document = document(&text);
        assert_eq!(messages(&document), [told]);
        assert!(document.read_as.is_some());
        assert!(document.components.len() >= 2);
    }
}

/// What is wrong is one mistake with its line, and the rest is read.
#[test]
fn what_is_wrong_is_told() {
    let comp = |inner: &str| format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\n{inner}}}");
    for (text, expected) in [
        (
            comp("\"components\":[{\"bom-ref\":\"a\",\"name\":\"a\"},\n{\"bom-ref\":\"a\",\"name\":\"b\"}]"),
            "Odd 3: has the reference `a` at several components",
        ),
        (
            comp("\"components\":[{\"bom-ref\":\"a\",\"name\":\"a\"},\n{\"bom-ref\":\"b\",\"name\":\"b\"}],\"dependencies\":[{\"ref\":\"a\",\"dependsOn\":[\"b\"]},{\"ref\":\"b\",\"dependsOn\":[\"a\"]}]"),
            "Odd 2: has a dependency cycle: a → b → a",
        ),
        (comp("\"version\":1,\n\"version\":2"), "Odd 3: has `version` twice in an object: the last one counts here, others may take the first"),
        (comp("\n\"spdxVersion\":\"SPDX-2.3\""), "Broken 3: is CycloneDX and SPDX (`SPDX-2.3`) at once: read as CycloneDX"),
        (comp("\"components\":7"), "Broken 2: has `components` that are not a list"),
        (comp("\"components\":[\n"), "Unreadable 3: is not JSON: `}` is not expected there"),
        (comp("\"a\":1} {"), "Unreadable 2: has more behind its end: it is two documents, or none"),
        (comp(&format!("\"a\":{}", "[".repeat(10_000))), "Unreadable 2: is nested deeper than 128 levels"),
        (CYCLONEDX[..800].to_owned(), "Unreadable 17: has a string without an end"),
        (
            "<!DOCTYPE bom [\n<!ENTITY a \"lol\">]><bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><components><component><name>&a;&a;</name></component></components></bom>".to_owned(),
            "Broken 1: defines entities, which are not expanded",
        ),
        (
            "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">\n<components>".to_owned(),
            "Unreadable 2: ends in the middle: the file may have been cut off",
        ),
        (
            "SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>no end\nPackageVersion: 1\n".to_owned(),
            "Broken 3: has a `<text>` without `</text>` for `PackageComment`",
        ),
        ("SPDXVersion: SPDX-2.3\nRelationship: A B\n".to_owned(), "Broken 2: has a `Relationship` that is not three words: `A B`"),
        ("SPDXVersion: SPDX-2.3\nSPDXVersion: SPDX-2.3\n".to_owned(), "Broken 2: has a second `SPDXVersion`: it is several documents in one file"),
        ("<SoftwareIdentity/>".to_owned(), "Unreadable 1: is SWID, a recognised but unsupported format"),
    ] {
        let document = document(&text);
        assert_eq!(messages(&document), [expected], "{text:.300}");
        assert_eq!(document.is_unreadable(), expected.starts_with("Unreadable"));
    }
    let broken =
        document("SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>no end\nPackageVersion: 1\n");
    assert_eq!(broken.components[0].version.as_deref(), Some("1"));
}

/// Many mistakes are counted, many components take no more than their share of time.
#[test]
fn sizes_are_bounded() {
    let twice = "{\"bom-ref\":\"a\",\"name\":\"a\"},".repeat(5_000);
    let text =
        format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{twice}{{}}]}}");
    let told = document(&text).mistakes;
    assert_eq!(told.len(), MISTAKES_MAX + 1);
    assert_eq!(told.last().unwrap().message, format!("has {} more such mistakes", 4_999 - MISTAKES_MAX));

    // One ring of 50,000, all in a line of relations, and as many texts without an end.
    let count = 50_000;
    let mut ring = "SPDXVersion: SPDX-2.3\n".to_owned();
    for n in 0..count {
        let next = (n + 1) % count;
        ring.push_str(&format!(
            "PackageName: <text>p\nSPDXID: SPDXRef-{n}\nRelationship: SPDXRef-{n} DEPENDS_ON SPDXRef-{next}\n"
        ));
    }
    let read = document(&ring);
    assert_eq!((read.components.len(), read.edges.len()), (count, count));
    assert!(
        read.mistakes.iter().any(|mistake| mistake.message.contains("circle"))
            || read.mistakes.len() > MISTAKES_MAX
    );

    let wide: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect();
    let wide = format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",{}}}", wide.join(","));
    assert_eq!(messages(&document(&wide)), [""; 0]);

    let packages = format!("SPDXVersion: SPDX-2.3\n{}", "PackageName: a\n".repeat(COMPONENTS_MAX + 9));
    let many = document(&packages);
    assert_eq!(many.components.len(), COMPONENTS_MAX);
    let told = format!(
        "Broken {}: lists more than {COMPONENTS_MAX} components: the others are not read",
        COMPONENTS_MAX + 2
    );
    assert_eq!(messages(&many), [told]);

    let large = vec![b' '; BYTES_MAX + 1];
    assert!(decode(&large).unwrap_err().message.contains("larger than 64 MiB"));
    let text = String::from_utf8(large).unwrap();
    assert_eq!(read_grade(Family::CycloneDxJson, &text), Some(Grade::Unreadable));
}

fn read_grade(family: Family, text: &str) -> Option<Grade> {
    read(family, text).mistakes.first().map(|mistake| mistake.grade)
}

const FAMILIES: [Family; 6] = [
    Family::CycloneDxJson,
    Family::CycloneDxXml,
    Family::Spdx2Json,
    Family::SpdxTagValue,
    Family::Spdx3Json,
    Family::GitHubExport,
];

/// Documents with a piece cut out, doubled or changed.
fn mangled() -> impl Strategy<Value = String> {
    let texts = prop::sample::select(vec![CYCLONEDX, CYCLONEDX_XML, SPDX, TAG_VALUE, SPDX3]);
    (
        texts,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..4u8,
        "[\\[\\]{}<>/\"&:;,a-c\\\\]{0,6}",
    )
        .prop_map(|(text, first, second, what, piece)| {
            let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let (a, b) = (*first.get(&places), *second.get(&places));
            let (a, b) = (a.min(b), a.max(b));
            match what {
                0 => format!("{}{}", &text[..a], &text[b..]),
                1 => format!("{}{}", &text[..b], &text[a..]),
                2 => format!("{}{piece}{}", &text[..a], &text[a..]),
                _ => text[..b].to_owned(),
            }
        })
}

fn is_sound(text: &str, family: Family) -> Result<(), TestCaseError> {
    let document = read(family, text);
    let count = document.components.len() as u32;
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1;
    prop_assert!(document.mistakes.len() <= MISTAKES_MAX + 2);
    prop_assert!(document.mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)));
    prop_assert!(document.edges.iter().all(|edge| edge.from < count && edge.to < count));
    prop_assert!(document.primary.iter().all(|place| *place < count));
    for component in &document.components {
        prop_assert!((1..=lines).contains(&component.line));
        prop_assert!(text.is_char_boundary(component.at as usize));
    }
    super::quality::judged(&document);
    Ok(())
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn no_mangled_document_breaks_a_reader(text in mangled()) {
        for family in FAMILIES {
            is_sound(&text, family)?;
        }
    }

    #[test]
    fn no_bytes_break_a_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let family = sniff(b"bom.json", &bytes);
        prop_assert!(family.is_none_or(|family| !family.name().is_empty()));
        if let Ok(text) = decode(&bytes) {
            for family in FAMILIES {
                is_sound(&text, family)?;
            }
        }
    }
}
