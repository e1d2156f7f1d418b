//! Signatures as the interfaces of npm, GitHub and PyPI answer them: as good as those that are a file by themselves.

use bartizan::model::{Ending, Severity, Standing};
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

#[test]
fn bundles_that_are_left_out_are_told() {
    let made = Made::new();
    let answer = json!({ "attestations": [{ "bundle": null, "bundle_url": "https://x" }] });
    made.write("app.sigstore.json", answer.to_string().as_bytes());
    let report = made.scan();
    assert_eq!(report.ending(Some(Severity::Medium)), Ending::Incomplete, "{}", said(&report));
    assert!(said(&report).contains("at the address that it gives"), "{}", said(&report));
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
