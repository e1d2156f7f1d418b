//! Entries of the log of kind `intoto/0.0.1` verify, each part of them is needed, and kinds that are not known here make
//! nothing invalid.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::KeyPair;
use sigstore_verify::types::pae;

use super::log::{Signer, World, pem};
use super::made::{IN_TOTO, Made, sha256};
use super::verify;
use crate::cli::Ran;

const WHO: &str = "https://example.org/workflow";
const ARTIFACT: &[u8] = b"the artifact\n";

/// An attestation, as cosign writes it: exactly these bytes.
fn envelope(key: &KeyPair, content: &[u8]) -> String {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{ "name": "image", "digest": { "sha256": sha256(content) } }],
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "predicate": {},
    });
    let payload = statement.to_string();
    let signature = key.sign(&pae(IN_TOTO, payload.as_bytes())).unwrap();
    format!(
        "{{\"payloadType\":\"{IN_TOTO}\",\"payload\":\"{}\",\"signatures\":[{{\"keyid\":\"\",\"sig\":\"{}\"}}]}}",
        BASE64.encode(payload.as_bytes()),
        BASE64.encode(signature.as_bytes())
    )
}

fn hash(bytes: &[u8]) -> Value {
    json!({ "algorithm": "sha256", "value": HEXLOWER.encode(&Sha256::digest(bytes)) })
}

fn payload(envelope: &str) -> Vec<u8> {
    let value: Value = serde_json::from_str(envelope).unwrap();
    BASE64.decode(value["payload"].as_str().unwrap().as_bytes()).unwrap()
}

fn body(envelope: &str, signer: &str) -> Value {
    json!({
        "apiVersion": "0.0.1",
        "kind": "intoto",
        "spec": {
            "content": { "hash": hash(envelope.as_bytes()), "payloadHash": hash(&payload(envelope)) },
            "publicKey": signer,
        },
    })
}

/// What is asked of one world.
struct At {
    made: Made,
    world: World,
}

impl At {
    fn new() -> Self {
        let (made, world) = (Made::new(), World::new());
        made.write("root.json", world.root().to_string().as_bytes());
        made.write("app", ARTIFACT);
        Self { made, world }
    }

    fn signer(&self) -> Signer {
        self.world.signer(WHO)
    }

    fn bundle(&self, envelope: &str, certificate: Option<&[u8]>, entry: &Value) -> Value {
        let mut material = json!({ "publicKey": { "hint": "" }, "tlogEntries": [entry] });
        if let Some(certificate) = certificate {
            material =
                json!({ "certificate": { "rawBytes": BASE64.encode(certificate) }, "tlogEntries": [entry] });
        }
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": material,
            "dsseEnvelope": serde_json::from_str::<Value>(envelope).unwrap(),
        })
    }

    fn certified(&self, signer: &Signer, body: &Value, envelope: &str) -> Value {
        self.bundle(envelope, Some(&signer.certificate), &self.world.entry("intoto", "0.0.1", body))
    }

    fn run(&self, bundle: &str, who: &[&str]) -> Ran {
        self.made.write("bundle.json", bundle.as_bytes());
        let args = ["--trusted-root", "root.json", "--bundle", "bundle.json"];
        verify(self.made.at(), &[&args[..], who, &["app"]].concat())
    }

    #[track_caller]
    fn says(&self, bundle: &Value, code: i32, words: &str) {
        let who = ["--certificate-identity", WHO, "--certificate-oidc-issuer", "https://issuer.example.org"];
        says(&self.run(&bundle.to_string(), &who), code, words);
    }

    #[track_caller]
    fn by_key(&self, bundle: &Value, code: i32, words: &str) {
        says(&self.run(&bundle.to_string(), &["--key", "cosign.pub"]), code, words);
    }
}

#[track_caller]
fn says(ran: &Ran, code: i32, words: &str) {
    let flat = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(ran.code, code, "{flat}{}", ran.err);
    assert!(flat.contains(words), "{flat}");
}

fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

#[test]
fn attestations_by_a_certificate_verify() {
    let at = At::new();
    let signer = at.signer();
    let envelope = envelope(&signer.key, ARTIFACT);
    let body = body(&envelope, &pem("CERTIFICATE", &signer.certificate));
    let bundle = at.certified(&signer, &body, &envelope);
    at.says(&bundle, 0, "in the log at index 5");
    at.says(&bundle, 0, "inclusion proven");
    at.says(&bundle, 0, "certificate published in a log of certificates");
    // As cosign wrote it beside a blob, and as a log keeps the key of the certificate.
    let legacy = json!({
        "base64Signature": BASE64.encode(envelope.as_bytes()),
        "cert": pem("CERTIFICATE", &signer.certificate),
        "rekorBundle": at.world.promise(&body),
    });
    at.says(&legacy, 0, "the log has promised it");
    let mut of_key = body.clone();
    of_key["spec"]["publicKey"] = json!(pem("PUBLIC KEY", signer.key.public_key_der().unwrap().as_bytes()));
    at.says(&at.certified(&signer, &of_key, &envelope), 0, "verified:");
    at.made.append("app", b"!");
    at.says(&bundle, 1, "another file");
    at.says(&legacy, 1, "another file");
}

#[test]
fn attestations_by_a_key_verify() {
    let at = At::new();
    let der = at.made.key.public_key_der().unwrap();
    let envelope = envelope(&at.made.key, ARTIFACT);
    let body = body(&envelope, &pem("PUBLIC KEY", der.as_bytes()));
    let bundle = at.bundle(&envelope, None, &at.world.entry("intoto", "0.0.1", &body));
    at.by_key(&bundle, 0, "in the log at index 5");
    let legacy = json!({
        "base64Signature": BASE64.encode(envelope.as_bytes()),
        "cert": pem("PUBLIC KEY", der.as_bytes()),
        "rekorBundle": at.world.promise(&body),
    });
    at.by_key(&legacy, 0, "the log has promised it");
    let mut spoilt = bundle.clone();
    entry(&mut spoilt)["integratedTime"] = json!("1750000001");
    at.by_key(&spoilt, 1, "invalid inclusion promise");
    let mut of_other = body.clone();
    let other = KeyPair::generate_ecdsa_p256().unwrap().public_key_der().unwrap();
    of_other["spec"]["publicKey"] = json!(pem("PUBLIC KEY", other.as_bytes()));
    at.by_key(
        &at.bundle(&envelope, None, &at.world.entry("intoto", "0.0.1", &of_other)),
        1,
        "another signer",
    );
    at.made.append("app", b"!");
    at.by_key(&bundle, 1, "another file");
}

/// Whatever is proven of other kinds is proven of this one, too.
#[test]
fn each_part_is_needed() {
    let at = At::new();
    let signer = at.signer();
    let text = envelope(&signer.key, ARTIFACT);
    let of_signer = pem("CERTIFICATE", &signer.certificate);
    let sound = body(&text, &of_signer);
    let bundle = at.certified(&signer, &sound, &text);
    at.says(&bundle, 0, "verified:");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut bundle = bundle.clone();
        change(&mut bundle);
        bundle
    };
    // The log: its promise, its proof, and that it is one that the root names.
    at.says(&changed(&|b| entry(b)["logIndex"] = json!("6")), 1, "invalid inclusion promise");
    at.says(&changed(&|b| entry(b)["integratedTime"] = json!("1750000007")), 1, "invalid inclusion promise");
    let promise = at.world.promise(&json!({ "other": 1 }))["SignedEntryTimestamp"].clone();
    at.says(
        &changed(&|b| entry(b)["inclusionPromise"]["signedEntryTimestamp"] = promise.clone()),
        1,
        "promise",
    );
    let other = at.world.entry("intoto", "0.0.1", &json!({ "other": 1 }));
    at.says(
        &changed(&|b| entry(b)["inclusionProof"] = other["inclusionProof"].clone()),
        1,
        "inclusion proof",
    );
    at.says(
        &changed(&|b| *entry(b) = World::new().entry("intoto", "0.0.1", &sound)),
        2,
        "names no transparency log",
    );
    at.says(
        &changed(&|b| drop(entry(b).as_object_mut().unwrap().remove("inclusionPromise"))),
        2,
        "its time of signing is unproven",
    );
    // The certificate: its time, its authority, its publication, and whose it is.
    let by = |signer: &Signer| {
        let text = envelope(&signer.key, ARTIFACT);
        at.certified(signer, &body(&text, &pem("CERTIFICATE", &signer.certificate)), &text)
    };
    at.says(&by(&at.world.earlier_signer(WHO)), 1, "not signed while its certificates were valid");
    at.says(&by(&at.world.unpublished_signer(WHO)), 1, "signed certificate timestamp");
    at.says(&by(&at.world.signer("https://example.org/other")), 1, "unexpected identity");
    let foreign = World::new().signer(WHO);
    at.says(&by(&foreign), 1, "invalid:");
    // The signature.
    let unsigned = envelope(&KeyPair::generate_ecdsa_p256().unwrap(), ARTIFACT);
    at.says(&at.certified(&signer, &body(&unsigned, &of_signer), &unsigned), 1, "invalid:");
    // What the entry says.
    let entry_of = |change: &dyn Fn(&mut Value)| {
        let mut body = sound.clone();
        change(&mut body);
        at.certified(&signer, &body, &text)
    };
    at.says(&entry_of(&|b| b["spec"]["content"]["payloadHash"] = hash(b"other")), 1, "another payload");
    at.says(
        &entry_of(&|b| b["spec"]["publicKey"] = json!(pem("CERTIFICATE", &at.signer().certificate))),
        1,
        "another signer",
    );
    at.says(&entry_of(&|b| b["kind"] = json!("dsse")), 1, "another kind");
    at.says(&entry_of(&|b| b["apiVersion"] = json!("0.0.2")), 1, "another kind");
    at.says(&entry_of(&|b| *b = json!([])), 1, "cannot be read");
    at.says(&entry_of(&|b| b["spec"]["content"]["hash"] = hash(b"other")), 2, "written anew since");
    at.says(
        &entry_of(&|b| {
            b["spec"]["content"]["hash"] = hash(b"other");
            drop(b["spec"]["content"].as_object_mut().unwrap().remove("payloadHash"));
        }),
        1,
        "another envelope",
    );
    at.says(&entry_of(&|b| b["spec"]["content"]["hash"]["algorithm"] = json!("sha999")), 2, "`sha999`");
    // Beside one of another kind, both have to be right.
    let second = changed(&|b| {
        let entries = b["verificationMaterial"]["tlogEntries"].as_array_mut().unwrap();
        entries.push(at.world.entry("dsse", "0.0.1", &json!({ "kind": "dsse" })));
    });
    at.says(&second, 1, "invalid:");
    // A signature over a file has no such entry.
    let mut message = bundle.clone();
    message.as_object_mut().unwrap().remove("dsseEnvelope");
    message["messageSignature"] = json!({
        "messageDigest": { "algorithm": "SHA2_256", "digest": BASE64.encode(&Sha256::digest(ARTIFACT)) },
        "signature": BASE64.encode(signer.key.sign(ARTIFACT).unwrap().as_bytes()),
    });
    at.says(&message, 1, "invalid:");
}

#[test]
fn kinds_that_are_not_known_make_nothing_invalid() {
    let at = At::new();
    let signer = at.signer();
    let text = envelope(&signer.key, ARTIFACT);
    for (kind, version) in
        [("dsse", "0.0.2"), ("intoto", "0.0.3"), ("tea", "1.0.0"), ("hashedrekord", "0.0.9")]
    {
        let entry = at.world.entry(kind, version, &json!({ "kind": kind, "apiVersion": version }));
        let bundle = at.bundle(&text, Some(&signer.certificate), &entry);
        at.says(&bundle, 2, &format!("`{kind}/{version}`"));
        let by_key = at.bundle(&envelope(&at.made.key, ARTIFACT), None, &entry);
        at.by_key(&by_key, 2, &format!("`{kind}/{version}`"));
        // What is wrong in itself stays so.
        let wrong = envelope(&KeyPair::generate_ecdsa_p256().unwrap(), ARTIFACT);
        at.says(&at.bundle(&wrong, Some(&signer.certificate), &entry), 1, "invalid:");
        at.by_key(&at.bundle(&wrong, None, &entry), 1, "invalid:");
        let other = envelope(&signer.key, b"another");
        at.says(&at.bundle(&other, Some(&signer.certificate), &entry), 1, "about other files");
    }
    let mut newer =
        at.bundle(&text, Some(&signer.certificate), &at.world.entry("intoto", "0.0.1", &body(&text, "")));
    newer["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.9+json");
    at.says(&newer, 2, "an unknown version");
}
