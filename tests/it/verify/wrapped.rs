//! Signatures as the interfaces of npm, GitHub and PyPI answer them: as good as those that are a file by themselves.

use std::io::Write as _;

use bartizan::model::{Ending, Report, Severity, Standing};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::log::{World, pem};
use super::made::{Made, accuses, of, said, sha256};
use super::verify;

const ARTIFACT: &[u8] = b"the package\n";

/// What each of them makes of bundles.
fn answers(bundles: &[Value]) -> Vec<(&'static str, Value)> {
    let each = |with: &dyn Fn(&Value) -> Value| -> Vec<Value> { bundles.iter().map(with).collect() };
    vec![
        (
            "npm",
            json!({ "attestations": each(&|one| json!({ "predicateType": "https://slsa.dev/provenance/v1", "bundle": one })) }),
        ),
        (
            "GitHub",
            json!({ "attestations": each(&|one| json!({ "bundle": one, "repository_id": 1, "bundle_url": "https://x" })) }),
        ),
        (
            "gh",
            json!(each(
                &|one| json!({ "attestation": { "bundle": one }, "verificationResult": { "statement": {} } })
            )),
        ),
        ("list", json!(bundles)),
    ]
}

#[test]
fn what_is_wrapped_is_found_and_compared() {
    let bundle = |made: &Made, name: &str, content: &[u8]| -> Value {
        serde_json::from_str(&made.attestation(&[(name, content)])).unwrap()
    };
    let forms = answers(&[]).len();
    for at in 0..forms {
        let made = Made::new();
        made.write("package.tgz", ARTIFACT);
        made.write("other.tgz", b"another");
        let bundles = [bundle(&made, "package.tgz", ARTIFACT), bundle(&made, "other.tgz", b"another")];
        let (by, answer) = answers(&bundles).remove(at);
        made.write("attestations.json", answer.to_string().as_bytes());
        let report = made.scan();
        for path in ["package.tgz", "other.tgz"] {
            assert!(
                of(&report, path).iter().any(|one| one.standing == Standing::Verified),
                "{by}: {}",
                said(&report)
            );
        }
        assert_eq!(report.ending(Some(Severity::Medium)), Ending::Clean, "{by}: {}", said(&report));
        let run = || {
            verify(made.at(), &["--key", "cosign.pub", "--bundle", "attestations.json", "package.tgz"]).code
        };
        assert_eq!(run(), 0, "{by}");
        made.append("package.tgz", b"!");
        let report = made.scan();
        assert!(accuses(&report, "package.tgz") && !accuses(&report, "other.tgz"), "{by}: {}", said(&report));
        assert_eq!(run(), 1, "{by}");
    }
}

/// The same answer as programs and shells write it.
fn spellings(answer: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let text = answer.to_string();
    let pretty = serde_json::to_string_pretty(answer).unwrap();
    let wide = |text: &str| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    vec![
        ("a.json", format!("\u{feff}{text}").into_bytes()),
        ("a.json", pretty.replace('\n', "\r\n").into_bytes()),
        ("a.json", wide(&pretty)),
        ("a.json.gz", gzip(text.as_bytes())),
        ("a.json", json!({ "answer": text }).to_string().into_bytes()),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn however_an_answer_is_written_it_is_read() {
    let made = Made::new();
    made.write("package.tgz", ARTIFACT);
    let bundle: Value = serde_json::from_str(&made.attestation(&[("package.tgz", ARTIFACT)])).unwrap();
    let answer = json!({ "attestations": [{ "bundle": bundle }] });
    let pretty = serde_json::to_string_pretty(&bundle).unwrap();
    let line = bundle.to_string();
    let mut all = spellings(&answer);
    all.extend(spellings(&json!([bundle])));
    // Several documents: one a line, with blank lines, or each over several lines.
    all.push(("a.jsonl", format!("\u{feff}{line}\r\n\r\n{line}\r\n").into_bytes()));
    all.push(("a.jsonl", format!("{pretty}\n{pretty}\n").into_bytes()));
    all.push(("a.jsonl.gz", gzip(format!("{line}\n{line}\n").as_bytes())));
    for (at, (name, bytes)) in all.into_iter().enumerate() {
        made.write("package.tgz", ARTIFACT);
        made.write(name, &bytes);
        let report = made.scan();
        let standings: Vec<Standing> = of(&report, "package.tgz").iter().map(|one| one.standing).collect();
        assert!(!standings.is_empty(), "{at} {name}: {}", said(&report));
        assert!(standings.iter().all(|one| *one == Standing::Verified), "{at} {name}: {}", said(&report));
        assert_eq!(report.ending(Some(Severity::Medium)), Ending::Clean, "{at} {name}: {}", said(&report));
        made.append("package.tgz", b"!");
        assert!(accuses(&made.scan(), "package.tgz"), "{at} {name}");
        std::fs::remove_file(made.at().join(name)).unwrap();
    }
}

/// A statement can hold a whole SBOM.
#[test]
fn large_envelopes_are_read() {
    let large = 9 << 20;
    for (name, sorted, size) in [
        ("app.cdx.sigstore.json", true, large),
        ("attestation.json", true, 100 << 10),
        ("attestation.json", false, 100 << 10),
    ] {
        let made = Made::new();
        made.write("app", ARTIFACT);
        let envelope = made.envelope_of(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "app", "digest": { "sha256": sha256(ARTIFACT) } }],
            "predicateType": "https://cyclonedx.org/bom",
            "predicate": { "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{ "name": "x".repeat(size) }] },
        }));
        let material = json!({ "publicKey": { "hint": "x".repeat(6 << 10) } });
        let media = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let text = match sorted {
            true => format!(
                "{{\"dsseEnvelope\":{envelope},\"mediaType\":\"{media}\",\"verificationMaterial\":{material}}}"
            ),
            false => format!(
                "{{\"mediaType\":\"{media}\",\"verificationMaterial\":{material},\"dsseEnvelope\":{envelope}}}"
            ),
        };
        assert!(size < large || text.len() > 11 << 20, "larger than what other checks read");
        made.write(name, text.as_bytes());
        let report = made.scan();
        let verified = of(&report, "app").iter().any(|one| one.standing == Standing::Verified);
        assert!(verified, "{name}: {}", said(&report));
        made.append("app", b"!");
        assert!(accuses(&made.scan(), "app"), "{name}");
    }
}

#[test]
fn each_of_several_counts_by_itself() {
    let (made, other) = (Made::new(), Made::new());
    made.write("package.tgz", ARTIFACT);
    let by = |made: &Made| -> Value {
        serde_json::from_str(&made.attestation(&[("package.tgz", ARTIFACT)])).unwrap()
    };
    let mut newer = by(&made);
    newer["mediaType"] = "application/vnd.dev.sigstore.bundle.v9+json".into();
    let strange = json!({ "predicateType": "https://example.org/x", "signedBundle": { "form": "new" } });
    let wrap = |bundle: Value| json!({ "predicateType": "https://slsa.dev/provenance/v1", "bundle": bundle });
    let answer = |all: &[Value]| json!({ "attestations": all }).to_string();
    let run = || verify(made.at(), &["--key", "cosign.pub", "--bundle", "a.json", "package.tgz"]);

    made.write("a.json", answer(&[wrap(by(&made)), wrap(by(&other))]).as_bytes());
    let report = made.scan();
    let numbered = |report: &Report| -> Vec<(String, Standing)> {
        of(report, "package.tgz").iter().map(|one| (one.form.to_string(), one.standing)).collect()
    };
    let form = |number: u32| format!("Sigstore bundle v0.3, number {number} of 2");
    assert_eq!(numbered(&report), [(form(1), Standing::Verified), (form(2), Standing::Invalid)]);
    assert_eq!(report.ending(Some(Severity::Medium)), Ending::Findings, "{}", said(&report));
    assert!(said(&report).contains("number 2 of 2 of package.tgz is invalid"), "{}", said(&report));
    let ran = run();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("number 2 of 2"), "{}", ran.out);

    for unknown in [wrap(newer), strange] {
        made.write("a.json", answer(&[wrap(by(&made)), unknown.clone()]).as_bytes());
        let report = made.scan();
        assert_eq!(report.ending(Some(Severity::Medium)), Ending::Incomplete, "{unknown} {}", said(&report));
        assert!(said(&report).contains("unknown"), "{}", said(&report));
        assert!(run().out.contains("unknown"), "{}", run().out);
        made.write("a.json", answer(&[unknown]).as_bytes());
        assert_eq!(run().code, 2, "{}", run().out);
    }
}

/// The registry of npm signs what it has taken in with a key of its own.
#[test]
fn the_key_of_a_registry_is_no_wrong_one() {
    let (made, registry) = (Made::new(), Made::new());
    made.write("package.tgz", ARTIFACT);
    let mut bundle: Value =
        serde_json::from_str(&registry.attestation(&[("package.tgz", ARTIFACT)])).unwrap();
    let key = registry.key.public_key_der().unwrap();
    let hint = data_encoding::BASE64_NOPAD.encode(&Sha256::digest(key.as_bytes()));
    bundle["verificationMaterial"]["publicKey"]["hint"] = format!("SHA256:{hint}").into();
    made.write("a.json", json!({ "attestations": [{ "bundle": bundle }] }).to_string().as_bytes());
    let report = made.scan();
    assert!(
        of(&report, "package.tgz").iter().all(|one| one.standing == Standing::Inconclusive),
        "{}",
        said(&report)
    );
    assert_ne!(report.ending(Some(Severity::Medium)), Ending::Findings, "{}", said(&report));
    made.write("registry.pub", key.to_pem().as_bytes());
    let report = made.scan();
    assert!(
        of(&report, "package.tgz").iter().any(|one| one.standing == Standing::Verified),
        "{}",
        said(&report)
    );
    made.append("package.tgz", b"!");
    assert!(accuses(&made.scan(), "package.tgz"));
}

#[test]
fn bundles_that_are_left_out_are_told() {
    let made = Made::new();
    let answer = json!({ "attestations": [{ "bundle": null, "bundle_url": "https://x" }] });
    made.write("app.sigstore.json", answer.to_string().as_bytes());
    let report = made.scan();
    assert_eq!(report.ending(Some(Severity::Medium)), Ending::Incomplete, "{}", said(&report));
    assert!(said(&report).contains("but at a URL in it"), "{}", said(&report));
}

/// An attestation of PyPI is a bundle by other names.
#[test]
fn attestations_of_pypi_verify() {
    let (made, world) = (Made::new(), World::new());
    made.write("root.json", world.root().to_string().as_bytes());
    made.write("app-1.0.whl", ARTIFACT);
    let signer = world.signer("https://example.org/workflow");
    let signed = Made { key: signer.key, ..Made::new() };
    let envelope = signed.envelope(&[("app-1.0.whl", ARTIFACT)]);
    let text = |path: &str| envelope.pointer(path).and_then(Value::as_str).unwrap().to_owned();
    let payload = BASE64.decode(text("/payload").as_bytes()).unwrap();
    let body = json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": { "algorithm": "sha256", "value": sha256(envelope.to_string().as_bytes()) },
            "payloadHash": { "algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(&payload)) },
            "signatures": [{
                "signature": text("/signatures/0/sig"),
                "verifier": pem("CERTIFICATE", &signer.certificate),
            }],
        },
    });
    let attestation = json!({
        "version": 1,
        "verification_material": {
            "certificate": BASE64.encode(&signer.certificate),
            "transparency_entries": [world.entry("dsse", "0.0.1", &body)],
        },
        "envelope": { "statement": text("/payload"), "signature": text("/signatures/0/sig") },
    });
    let provenance = json!({
        "version": 1,
        "attestation_bundles": [{ "publisher": { "kind": "GitHub" }, "attestations": [attestation] }],
    });
    made.write("app-1.0.whl.publish.attestation", attestation.to_string().as_bytes());
    made.write("provenance.json", provenance.to_string().as_bytes());
    let run = |bundle: &str| {
        let who = ["--certificate-identity", "https://example.org/workflow"];
        let issuer =
            ["--certificate-oidc-issuer", "https://issuer.example.org", "--trusted-root", "root.json"];
        verify(made.at(), &[&who[..], &issuer, &["--bundle", bundle, "app-1.0.whl"]].concat())
    };
    for bundle in ["app-1.0.whl.publish.attestation", "provenance.json"] {
        let ran = run(bundle);
        assert_eq!(ran.code, 0, "{bundle}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("Python attestation"), "{}", ran.out);
    }
    // The roots that are built in know nothing of this one; that the file is another is told all the same.
    let report = made.scan();
    assert!(!accuses(&report, "app-1.0.whl"), "{}", said(&report));
    made.append("app-1.0.whl", b"!");
    let report = made.scan();
    assert!(accuses(&report, "app-1.0.whl"), "{}", said(&report));
    for bundle in ["app-1.0.whl.publish.attestation", "provenance.json"] {
        assert_eq!(run(bundle).code, 1, "{bundle}");
    }
    let mut newer = attestation;
    newer["version"] = json!(2);
    made.write("app-1.0.whl.publish.attestation", newer.to_string().as_bytes());
    assert_eq!(run("app-1.0.whl.publish.attestation").code, 2);
}
