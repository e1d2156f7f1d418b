//! Every form of a signature, from material that cosign made and from our own.

use bartizan::parse::signature::key::{Algorithm, facts, public_key, public_keys};
use bartizan::parse::signature::{Content, DigestAlgorithm, Digested, Form, Signed, certificates, checksums};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};

use super::{conformance, data, read_as, sha256, text};

const APP: &str = "cosign/app-1.0.0.tar.gz";

/// The one signature of a file without mistakes.
#[track_caller]
fn only(name: &str, bytes: &[u8]) -> Signed {
    let read = read_as(name, bytes);
    assert_eq!(read.mistakes, [], "{name}");
    assert_eq!(read.signatures.len(), 1, "{name}");
    read.signatures.into_iter().next().unwrap()
}

fn bundle_of(signed: &Signed) -> Value {
    let Content::Bundle(json) = &signed.content else { panic!("no bundle: {signed:?}") };
    // What is handed on can be read by who verifies it.
    #[cfg(feature = "signatures")]
    sigstore_types::Bundle::from_json(json).unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn what_cosign_writes() {
    let app = sha256(&data(APP));
    let signed = only("app-1.0.0.tar.gz.sigstore.json", &data(&format!("{APP}.sigstore.json")));
    assert_eq!((signed.form, signed.line), (Form::BundleV03, 1));
    assert_eq!(signed.subjects.len(), 1);
    assert_eq!(signed.subjects[0].name, None);
    assert_eq!(signed.subjects[0].digests, std::slice::from_ref(&app));
    let Content::Bundle(json) = &signed.content else { panic!() };
    assert_eq!(json.as_str(), text(&format!("{APP}.sigstore.json")).trim_end(), "as it stands");

    let signed =
        only("app-1.0.0.tar.gz.cdx.intoto.sigstore.json", &data(&format!("{APP}.cdx.intoto.sigstore.json")));
    assert_eq!(signed.predicate.as_deref(), Some("https://cyclonedx.org/bom"));
    assert_eq!(signed.subjects[0].name.as_deref(), Some("app-1.0.0.tar.gz"));
    assert_eq!(signed.subjects[0].digests, [app]);

    let signed = only("app-1.0.0.tar.gz.sig", &data(&format!("{APP}.sig")));
    assert_eq!(signed.form, Form::Detached);
    let Content::Raw { signature, certificates } = &signed.content else { panic!() };
    assert_eq!((signature.len(), signature[0], certificates.len()), (71, 0x30, 0));
    assert_eq!(only("raw.sig", signature).content, signed.content, "DER says the same as base64");
}

#[test]
fn every_spelling_of_the_media_type() {
    let text = text(&format!("{APP}.sigstore.json"));
    for (spelling, form) in [
        ("application/vnd.dev.sigstore.bundle.v0.3+json", Form::BundleV03),
        ("application/vnd.dev.sigstore.bundle+json;version=0.3", Form::BundleV03),
        ("application/vnd.dev.sigstore.bundle+json; version=0.2", Form::BundleV02),
        ("application/vnd.dev.sigstore.bundle+json;version=0.2", Form::BundleV02),
        ("application/vnd.dev.sigstore.bundle.v0.2+json", Form::BundleV02),
        ("application/vnd.dev.sigstore.bundle.v0.1+json", Form::BundleV01),
        ("application/vnd.dev.sigstore.bundle+json;version=0.1", Form::BundleV01),
    ] {
        let text = text.replace("application/vnd.dev.sigstore.bundle.v0.3+json", spelling);
        let signed = only("a.json", text.as_bytes());
        assert_eq!(signed.form, form, "{spelling}");
        let version = bundle_of(&signed)["mediaType"].as_str().unwrap().to_owned();
        assert!(version.contains(&format!("0.{}", form as u8 + 1)), "{spelling} became {version}");
    }
    for unknown in ["application/vnd.dev.sigstore.bundle.v0.4+json", "application/vnd.dev.sigstore.bundle"] {
        let text = text.replace("application/vnd.dev.sigstore.bundle.v0.3+json", unknown);
        let read = read_as("a.json", text.as_bytes());
        assert_eq!(read.signatures, []);
        assert_eq!(read.mistakes, [(1, "is a Sigstore bundle of an unknown version".to_owned())]);
    }
}

#[test]
fn bundles_on_lines_of_their_own() {
    let one = text(&format!("{APP}.sigstore.json"));
    let two = text(&format!("{APP}.cdx.intoto.sigstore.json"));
    let file = format!("\n{}\n\nnot JSON\n{{\"mediaType\":7}}\n{}\n", one.trim(), two.trim());
    let read = read_as("app.intoto.jsonl", file.as_bytes());
    assert_eq!(read.signatures.iter().map(|signed| signed.line).collect::<Vec<_>>(), [2, 6]);
    assert_eq!(read.mistakes.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(read_as("sha256:00.jsonl", file.as_bytes()).mistakes.len(), 1, "the name says nothing");
}

#[test]
fn numbers_may_be_text_and_what_is_null_is_not_there() {
    let mut bundle: Value = serde_json::from_str(&text(&format!("{APP}.sigstore.json"))).unwrap();
    bundle["dsseEnvelope"] = Value::Null;
    bundle["verificationMaterial"]["tlogEntries"] = Value::Null;
    let handed = bundle_of(&only("a.json", bundle.to_string().as_bytes()));
    assert!(handed.get("dsseEnvelope").is_none());

    let (_, legacy) = legacy("cert");
    for number in [json!(4), json!("4")] {
        let mut bundle = bundle_of(&only("a.bundle", legacy.to_string().as_bytes()));
        bundle["verificationMaterial"]["tlogEntries"][0]["logIndex"] = number;
        assert_eq!(bundle_of(&only("a.json", bundle.to_string().as_bytes())), bundle);
    }
}

/// A legacy bundle with nothing in it that would hold, and the body of its entry.
fn legacy(verifier: &str) -> (String, Value) {
    let digest = sha256(b"release artifact one\n");
    let body = json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": { "hash": { "algorithm": "sha256", "value": HEXLOWER.encode(&digest.bytes) } },
            "signature": {
                "content": BASE64.encode(b"signature"),
                "publicKey": { "content": BASE64.encode(&data("cosign/cosign.pub")) },
            },
        },
    });
    let body = BASE64.encode(body.to_string().as_bytes());
    let mut bundle = json!({
        "base64Signature": BASE64.encode(b"signature"),
        "rekorBundle": {
            "SignedEntryTimestamp": BASE64.encode(b"promise"),
            "Payload": { "body": body, "integratedTime": 1_700_000_000, "logIndex": 17, "logID": "ab".repeat(32) },
        },
    });
    let field = match verifier {
        "cert" => BASE64.encode(&data("leaf.pem")),
        "plain" => text("leaf.pem"),
        "key" => BASE64.encode(&data("cosign/cosign.pub")),
        _ => return (body, bundle),
    };
    bundle["cert"] = field.into();
    (body, bundle)
}

#[test]
fn legacy_bundles_become_bundles() {
    let leaf = certificates(&data("leaf.pem")).remove(0);
    let hint = public_key(&data("cosign/cosign.pub")).unwrap().fingerprint;
    let hint = BASE64.encode(&HEXLOWER.decode(hint.strip_prefix("SHA256:").unwrap().as_bytes()).unwrap());
    for verifier in ["cert", "plain", "key", "none"] {
        let (body, bundle) = legacy(verifier);
        let signed = only("app.cosign.bundle", bundle.to_string().as_bytes());
        assert_eq!(signed.form, Form::LegacyBundle);
        assert_eq!(signed.subjects[0].digests, [sha256(b"release artifact one\n")]);
        let material = match verifier {
            "cert" | "plain" => {
                json!({ "x509CertificateChain": { "certificates": [{ "rawBytes": BASE64.encode(&leaf) }] } })
            }
            // Without either the log says which key it was shown.
            _ => json!({ "publicKey": { "hint": hint } }),
        };
        let mut expected = json!({
            "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
            "verificationMaterial": material,
            "messageSignature": {
                "messageDigest": {
                    "algorithm": "SHA2_256",
                    "digest": BASE64.encode(&sha256(b"release artifact one\n").bytes),
                },
                "signature": BASE64.encode(b"signature"),
            },
        });
        expected["verificationMaterial"]["tlogEntries"] = json!([{
            "logIndex": "17",
            "logId": { "keyId": BASE64.encode(&[0xab; 32]) },
            "kindVersion": { "kind": "hashedrekord", "version": "0.0.1" },
            "integratedTime": "1700000000",
            "inclusionPromise": { "signedEntryTimestamp": BASE64.encode(b"promise") },
            "canonicalizedBody": body,
        }]);
        assert_eq!(bundle_of(&signed), expected, "{verifier}");
    }
}

#[test]
fn legacy_bundles_without_a_log_stay_signatures() {
    let bundle = json!({ "base64Signature": BASE64.encode(b"signature"), "cert": text("leaf.pem"), "rekorBundle": null });
    let signed = only("a.bundle", bundle.to_string().as_bytes());
    let leaf = certificates(&data("leaf.pem"));
    assert_eq!(signed.content, Content::Raw { signature: b"signature".to_vec(), certificates: leaf });
    assert!(signed.subjects.is_empty());
}

/// What the translation gives verifies, and no longer does if one thing of it is changed: bundles of the
/// conformance suite are taken apart into the old form first.
#[cfg(feature = "signatures")]
#[test]
fn translated_bundles_verify() {
    use sigstore_trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};
    use sigstore_verify::{VerificationPolicy, Verifier};

    let Some(folder) = conformance() else { return };
    let real: Value =
        serde_json::from_slice(&std::fs::read(folder.join("happy-path-v0.1/bundle.sigstore.json")).unwrap())
            .unwrap();
    let artifact = std::fs::read(folder.join("a.txt")).unwrap();
    let entry = &real["verificationMaterial"]["tlogEntries"][0];
    let number = |field: &str| entry[field].as_str().unwrap().parse::<i64>().unwrap();
    let log = BASE64.decode(entry["logId"]["keyId"].as_str().unwrap().as_bytes()).unwrap();
    let leaf = &real["verificationMaterial"]["x509CertificateChain"]["certificates"][0]["rawBytes"];
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", leaf.as_str().unwrap());
    let old = json!({
        "base64Signature": real["messageSignature"]["signature"],
        "cert": BASE64.encode(pem.as_bytes()),
        "rekorBundle": {
            "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "Payload": {
                "body": entry["canonicalizedBody"],
                "integratedTime": number("integratedTime"),
                "logIndex": number("logIndex"),
                "logID": HEXLOWER.encode(&log),
            },
        },
    });
    let root = TrustedRoot::from_json(SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
    let verifier = Verifier::new(&root).unwrap();
    let holds = |old: &Value| {
        let Content::Bundle(json) = only("a.bundle", old.to_string().as_bytes()).content else { panic!() };
        let bundle = sigstore_types::Bundle::from_json(&json).unwrap();
        verifier.verify(artifact.as_slice(), &bundle, &VerificationPolicy::any_identity()).is_ok()
    };
    assert!(holds(&old));
    let mut later = old.clone();
    later["rekorBundle"]["Payload"]["integratedTime"] = (number("integratedTime") + 10).into();
    assert!(!holds(&later), "the promise of the log is for another time");
    let mut moved = old.clone();
    moved["rekorBundle"]["Payload"]["logIndex"] = (number("logIndex") + 1).into();
    assert!(!holds(&moved));
    let mut foreign = old;
    foreign["rekorBundle"]["Payload"]["logID"] = "00".repeat(32).into();
    assert!(!holds(&foreign));
}

#[test]
fn lines_of_cosign_download_signature() {
    let blob = "cosign/oci-layout-legacy/blobs/sha256/b951d61d8d113634f535dc919df6898d0d99c4e5007988dd72eef2bdfb8f7627";
    let payload = data(blob);
    let image = "sha256:fd05d91300eb026cbdee531b07da9b6e3820c0329356ca56386105f0e99180bc";
    let leaf = certificates(&data("leaf.pem")).remove(0);
    // Go writes a certificate as the structure that it is, with numbers of any length.
    let cert = format!("{{\"Raw\":\"{}\",\"PublicKey\":{{\"X\":{}}}}}", BASE64.encode(&leaf), "9".repeat(77));
    let line = |cert: &str, bundle: &Value| {
        format!(
            "{{\"Base64Signature\":\"c2lnbmF0dXJl\",\"Payload\":\"{}\",\"Cert\":{cert},\"Chain\":null,\"Bundle\":{bundle},\"RFC3161Timestamp\":null}}",
            BASE64.encode(&payload)
        )
    };
    let (_, legacy) = legacy("none");
    let file = format!("{}\n{}\n", line("null", &Value::Null), line(&cert, &legacy["rekorBundle"]));
    let read = read_as("signatures.json", file.as_bytes());
    assert_eq!(read.mistakes, []);
    let [bare, full] = read.signatures.as_slice() else { panic!() };
    for signed in [bare, full] {
        assert_eq!(signed.form, Form::CosignDownload);
        assert_eq!(signed.payload.as_deref(), Some(payload.as_slice()));
        assert_eq!(signed.subjects[0].digests[0].shown(), image);
    }
    assert_eq!(bare.content, Content::Raw { signature: b"signature".to_vec(), certificates: vec![] });
    let bundle = bundle_of(full);
    assert_eq!(bundle["messageSignature"]["messageDigest"]["digest"], BASE64.encode(&sha256(&payload).bytes));
}

#[test]
fn envelopes_alone() {
    let bundle: Value = serde_json::from_str(&text(&format!("{APP}.cdx.intoto.sigstore.json"))).unwrap();
    let mut envelope = bundle["dsseEnvelope"].clone();
    let signed = only("app.intoto.jsonl", envelope.to_string().as_bytes());
    assert_eq!(signed.form, Form::Envelope);
    assert_eq!(signed.subjects[0].name.as_deref(), Some("app-1.0.0.tar.gz"));
    assert!(matches!(signed.content, Content::Envelope { certificate: None, .. }));
    envelope["signatures"][0]["cert"] = text("leaf.pem").into();
    let signed = only("multiple.intoto.jsonl", envelope.to_string().as_bytes());
    let Content::Envelope { certificate, json } = signed.content else { panic!() };
    assert_eq!(certificate, certificates(&data("leaf.pem")).into_iter().next());
    assert!(json.contains("payloadType"));
    // An attestation in the old form has the envelope where the signature would be.
    let old = json!({ "base64Signature": BASE64.encode(bundle["dsseEnvelope"].to_string().as_bytes()) });
    let signed = only("a.bundle", old.to_string().as_bytes());
    assert_eq!(signed.predicate.as_deref(), Some("https://cyclonedx.org/bom"));
    assert!(matches!(signed.content, Content::Envelope { .. }));
}

#[test]
fn signatures_of_others_are_recognised() {
    for (name, bytes, form) in [
        ("a.minisig", &b"untrusted comment: signature\nRWQ="[..], Form::Minisign),
        ("a.asc", b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n", Form::Pgp),
        ("a.sig", b"\x89\x01\x33\x04\x00\x01", Form::Pgp),
        ("a.sig", b"\xc2\x5e\x04\x00\x16", Form::Pgp),
        ("a.sig", b"-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n", Form::Ssh),
        ("a.sig", b"dW50cnVzdGVkIGNvbW1lbnQ6IHNpZ25hdHVyZQ==", Form::Tauri),
    ] {
        let signed = only(name, bytes);
        assert_eq!((signed.form, signed.content), (form, Content::Opaque), "{name}");
    }
}

#[test]
fn what_is_something_else_is_passed_over() {
    // Each names what signatures are told by, and is none.
    for (name, text) in [
        (
            "manifest.json",
            r#"{"schemaVersion":2,"artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#,
        ),
        ("words.json", r#"{"list":["vnd.dev.sigstore.bundle"]}"#),
        (
            "trusted_root.sigstore.json",
            r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#,
        ),
    ] {
        assert_eq!(read_as(name, text.as_bytes()), Default::default(), "{name}");
    }
    assert_eq!(read_as("a.sigstore.json", b"{}").mistakes.len(), 1, "the name says that it signs");
}

#[test]
fn keys_of_every_algorithm() {
    for (name, algorithm, weak, usual) in [
        ("prime256v1", Algorithm::P256, false, true),
        ("secp384r1", Algorithm::P384, false, true),
        ("secp521r1", Algorithm::P521, false, true),
        ("ed25519", Algorithm::Ed25519, false, true),
        ("rsa2048", Algorithm::Rsa(2048), false, true),
        ("rsa3072", Algorithm::Rsa(3072), false, true),
        ("rsa2048.pkcs1", Algorithm::Rsa(2048), false, true),
        ("rsa1024", Algorithm::Rsa(1024), true, false),
        ("rsa1024.pkcs1", Algorithm::Rsa(1024), true, false),
        ("dsa", Algorithm::Dsa, true, false),
        ("secp224r1", Algorithm::P224, true, false),
        ("prime192v1", Algorithm::P192, true, false),
        ("secp256k1", Algorithm::Secp256k1, false, false),
        ("ed448", Algorithm::Ed448, false, false),
        ("x25519", Algorithm::Other("1.3.101.110".to_owned()), false, false),
    ] {
        let key = public_key(&data(&format!("keys/{name}.pub"))).unwrap();
        assert_eq!(key.algorithm, algorithm, "{name}");
        assert_eq!((algorithm.weakness().is_some(), algorithm.is_usual()), (weak, usual), "{name}");
        assert_eq!(facts(&key.der).as_ref(), Ok(&key));
    }
    // Both forms of a key of RSA are the same key.
    let [one, other] =
        ["rsa2048", "rsa2048.pkcs1"].map(|name| public_key(&data(&format!("keys/{name}.pub"))).unwrap());
    assert_eq!(one, other);
    // Bundles name a key by this digest.
    let key = public_key(&data("cosign/cosign.pub")).unwrap();
    let hint = BASE64.decode(b"NeS6XONxJzyGt8t6HB08dvItmYD+Nj1GnegiiLOiHS0=").unwrap();
    assert_eq!(key.fingerprint, format!("SHA256:{}", HEXLOWER.encode(&hint)));
    let two = [data("keys/ed25519.pub"), data("keys/dsa.pub")].concat();
    assert_eq!(public_keys(&two).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 4]);
    assert!(public_key(&two).is_err());
}

#[test]
fn lists_hold_for_the_material() {
    let list = format!("{}  app-1.0.0.tar.gz\n", HEXLOWER.encode(&sha256(&data(APP)).bytes));
    let found = checksums(b"checksums.txt", list.as_bytes());
    let Digested::By(algorithm, bytes, false) = &found.listed[0].digest else { panic!("{found:?}") };
    assert_eq!((*algorithm, bytes), (DigestAlgorithm::Sha256.into(), &sha256(&data(APP)).bytes));
    assert!(found.mistakes.is_empty());
}

/// Nothing that is to verify is turned away by the reader.
#[test]
fn conformance_cases_are_read() {
    let Some(folder) = conformance() else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let Ok(bytes) = std::fs::read(entry.path().join("bundle.sigstore.json")) else { continue };
        let read = read_as("bundle.sigstore.json", &bytes);
        assert_eq!(read.signatures.len() + read.mistakes.len(), 1, "{:?}: {:?}", entry.path(), read.mistakes);
        if !entry.file_name().to_str().unwrap().ends_with("_fail") {
            assert_eq!(read.mistakes, [], "{:?}", entry.path());
            seen += 1;
        }
    }
    assert_eq!(seen, 21);
}
