//! Signatures that hold, each changed in one way: what is said of it then.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{IDENTITY, ISSUER, cosign, suite, verify};
use crate::cli::Ran;

/// Files of one case that a change is written beside.
struct Changed {
    folder: TempDir,
    suite: PathBuf,
}

impl Changed {
    fn new() -> Option<Self> {
        Some(Self { suite: suite()?, folder: tempfile::tempdir().unwrap() })
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&fs::read(self.suite.join(path)).unwrap()).unwrap()
    }

    fn bundle(&self, case: &str) -> Value {
        self.json(&format!("{case}/bundle.sigstore.json"))
    }

    /// The verdict on `bundle` as a bundle of the suite's artifact.
    fn verdict(&self, bundle: &Value, more: &[&str]) -> Ran {
        let path = self.folder.path().join("bundle.json");
        fs::write(&path, bundle.to_string()).unwrap();
        let artifact = self.suite.join("a.txt");
        let mut args = vec!["--bundle", "bundle.json", "--certificate-oidc-issuer", ISSUER];
        if !more.contains(&"--certificate-identity") {
            args.extend(["--certificate-identity", IDENTITY]);
        }
        args.extend(more);
        if !more.last().is_some_and(|last| Path::new(last).is_file() && !last.ends_with("root.json")) {
            args.push(artifact.to_str().unwrap());
        }
        verify(self.folder.path(), &args)
    }
}

fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

/// Adds to a number that stands in a string, as the format has it.
fn add(value: &mut Value, more: i64) {
    let number: i64 = value.as_str().unwrap().parse().unwrap();
    *value = json!((number + more).to_string());
}

#[track_caller]
fn says(ran: &Ran, code: i32, words: &str) {
    let flat = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(ran.code, code, "{flat}{}", ran.err);
    assert!(flat.contains(words), "{flat}");
}

#[test]
fn a_log_entry_that_was_changed() {
    let Some(at) = Changed::new() else { return };
    let change = |change: &dyn Fn(&mut Value)| {
        let mut bundle = at.bundle("happy-path-v0.3");
        change(&mut bundle);
        at.verdict(&bundle, &[])
    };
    says(&change(&|_| {}), 0, "verified:");
    says(&change(&|b| add(&mut entry(b)["integratedTime"], 10)), 1, "invalid inclusion promise");
    // So late that the certificate would have expired: it is the promise that is wrong, first of all.
    says(&change(&|b| add(&mut entry(b)["integratedTime"], 100_000)), 1, "invalid inclusion promise");
    says(&change(&|b| add(&mut entry(b)["logIndex"], 1)), 1, "invalid inclusion promise");
    says(&change(&|b| add(&mut entry(b)["inclusionProof"]["logIndex"], -1)), 1, "inclusion proof");
    says(
        &change(&|b| b["verificationMaterial"]["tlogEntries"] = json!([])),
        2,
        "the proof that the log holds it is missing",
    );
    says(
        &change(&|b| drop(entry(b).as_object_mut().unwrap().remove("inclusionProof"))),
        2,
        "the proof that the log holds it is missing",
    );
    says(
        &change(&|b| drop(entry(b).as_object_mut().unwrap().remove("inclusionPromise"))),
        2,
        "its time of signing is unproven",
    );
    let foreign = at.bundle("happy-path-v0.2")["verificationMaterial"]["tlogEntries"].clone();
    says(&change(&|b| b["verificationMaterial"]["tlogEntries"] = foreign.clone()), 1, "invalid:");
    // One that is sound and for another signature, beside the right one.
    says(
        &change(&|b| {
            let entries = b["verificationMaterial"]["tlogEntries"].as_array_mut().unwrap();
            entries.push(foreign[0].clone());
        }),
        1,
        "invalid:",
    );
    let log = "0000000000000000000000000000000000000000000=";
    says(&change(&|b| entry(b)["logId"]["keyId"] = json!(log)), 2, "names no transparency log d34d34");
}

#[test]
fn a_bundle_does_not_choose_what_it_needs() {
    let Some(at) = Changed::new() else { return };
    let old = "application/vnd.dev.sigstore.bundle+json;version=0.1";
    let mut flipped = at.bundle("happy-path-v0.3");
    flipped["mediaType"] = json!(old);
    // The proof is there all the same, and is told.
    says(&at.verdict(&flipped, &[]), 0, "inclusion proven");
    drop(entry(&mut flipped).as_object_mut().unwrap().remove("inclusionProof"));
    says(&at.verdict(&flipped, &[]), 1, "calls itself v0.1 and has the form of v0.3");
    // What really is as old holds by the log's promise, and says no more than that.
    let mut aged = at.bundle("happy-path-v0.2");
    aged["mediaType"] = json!(old);
    drop(entry(&mut aged).as_object_mut().unwrap().remove("inclusionProof"));
    let ran = at.verdict(&aged, &[]);
    says(&ran, 0, "inclusion not proven: the log has promised it");
    assert!(!ran.out.contains("inclusion proven"), "{}", ran.out);
    says(&at.verdict(&aged, &["--require-inclusion-proof"]), 2, "a proof that the log holds it is required");
    says(&at.verdict(&at.bundle("happy-path-v0.2"), &["--require-inclusion-proof"]), 0, "verified:");
}

#[test]
fn another_artifact_identity_or_issuer() {
    let Some(at) = Changed::new() else { return };
    let bundle = at.bundle("happy-path-v0.3");
    let other = at.folder.path().join("other.txt");
    fs::write(&other, "something else").unwrap();
    let other = other.to_str().unwrap();
    says(&at.verdict(&bundle, &[other]), 1, "another file than this artifact");
    // Wrong in two ways: that the signature is none counts for more.
    let mut broken = bundle.clone();
    let signature = broken["messageSignature"]["signature"].as_str().unwrap().to_owned();
    let tail = signature.len() - 8;
    let cut = format!("{}AAAA{}", &signature[..tail], &signature[tail + 4..]);
    broken["messageSignature"]["signature"] = json!(cut);
    let ran = at.verdict(&broken, &[other]);
    says(&ran, 1, "invalid:");
    assert!(!ran.out.contains("another file"), "{}", ran.out);
    says(&at.verdict(&bundle, &["--certificate-identity", "me@example.org"]), 1, "unexpected identity");
    let whole = format!("{IDENTITY}/");
    says(&at.verdict(&bundle, &["--certificate-identity", &whole]), 1, "unexpected identity");
}

/// A root that is too old for a signature, or was cut, makes nothing invalid.
#[test]
fn what_the_root_lacks_is_told() {
    let Some(at) = Changed::new() else { return };
    let case = "rekor2-happy-path";
    let bundle = at.bundle(case);
    let file = at.folder.path().join("root.json");
    let with = |change: &dyn Fn(&mut Value), bundle: &Value| {
        let mut root = at.json(&format!("{case}/trusted_root.json"));
        change(&mut root);
        fs::write(&file, root.to_string()).unwrap();
        at.verdict(bundle, &["--trusted-root", file.to_str().unwrap()])
    };
    says(&with(&|_| {}, &bundle), 0, "time stamped by an authority");
    says(&with(&|r| r["tlogs"] = json!([]), &bundle), 2, "names no transparency log");
    says(&with(&|r| r["ctlogs"] = json!([]), &bundle), 2, "names no log of certificates");
    says(
        &with(&|r| r["timestampAuthorities"] = json!([]), &bundle),
        2,
        "names no authority that made this time",
    );
    says(&with(&|r| r["certificateAuthorities"] = json!([]), &bundle), 2, "which no trusted root names");
    let early = |r: &mut Value| {
        for authority in r["certificateAuthorities"].as_array_mut().unwrap() {
            authority["validFor"] = json!({ "start": "2001-01-01T00:00:00Z", "end": "2002-01-01T00:00:00Z" });
        }
    };
    says(&with(&early, &bundle), 2, "names no authority that is valid at 2025-06-12");
    // Yet what is wrong in itself stays wrong, whatever the root knows.
    let mut other = bundle.clone();
    other["messageSignature"]["messageDigest"]["digest"] =
        json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let mut cut = bundle;
    cut["messageSignature"]["signature"] = json!("MEUCIQ==");
    says(&with(&|r| r["tlogs"] = json!([]), &cut), 1, "invalid:");
    says(&with(&|_| {}, &other), 1, "invalid:");
}

#[test]
fn an_expired_certificate() {
    let Some(at) = Changed::new() else { return };
    let case = "intoto-set-outside-signing-cert-validity_fail";
    let root = at.suite.join(case).join("trusted_root.json");
    let artifact = at.suite.join(case).join("artifact");
    let args = ["--trusted-root", root.to_str().unwrap(), artifact.to_str().unwrap()];
    says(&at.verdict(&at.bundle(case), &args), 1, "it was not signed while its certificates were valid");
}

#[test]
fn signatures_by_a_key() {
    let folder = cosign();
    let at = folder.path();
    let run = |args: &[&str]| verify(at, args);
    says(&run(&["--key", "cosign.pub", "app-1.0.0.tar.gz"]), 0, "signed by the key cosign.pub, as expected");
    says(&run(&["--key", "cosign.pub", "app-1.0.0.tar.gz"]), 0, "in no transparency log");
    let proof = ["--key", "cosign.pub", "--require-inclusion-proof", "app-1.0.0.tar.gz"];
    says(&run(&proof), 2, "a proof that the log holds it is required");
    for bundle in ["app-1.0.0.tar.gz.sigstore.json", "app-1.0.0.tar.gz.cdx.intoto.sigstore.json"] {
        says(&run(&["--bundle", bundle, "--key", "cosign.pub", "app-1.0.0.tar.gz"]), 0, "verified:");
        says(&run(&["--bundle", bundle, "--key", "cosign.pub", "cosign.pub"]), 1, "invalid:");
        says(&run(&["--bundle", bundle, "app-1.0.0.tar.gz"]), 2, "no key is given");
    }
    let raw = ["--signature", "app-1.0.0.tar.gz.sig", "--key", "cosign.pub"];
    says(&run(&[&raw[..], &["app-1.0.0.tar.gz"]].concat()), 0, "verified:");
    says(&run(&[&raw[..], &["cosign.pub"]].concat()), 1, "not made by the key over this artifact");
    // As it is, not in base64.
    let text = fs::read_to_string(at.join("app-1.0.0.tar.gz.sig")).unwrap();
    fs::write(at.join("raw.sig"), data_encoding::BASE64.decode(text.trim().as_bytes()).unwrap()).unwrap();
    says(&run(&["--signature", "raw.sig", "--key", "cosign.pub", "app-1.0.0.tar.gz"]), 0, "verified:");
}

/// Keys of every kind, made and used by OpenSSL: each has signed what it has signed, and nothing else.
#[test]
fn every_kind_of_key() {
    let at = crate::tidy::root().join("tests/it/verify/keys");
    let signatures = [
        ("ed25519", "ed25519"),
        ("p256", "p256"),
        ("p384-sha256", "p384"),
        ("p384-sha384", "p384"),
        ("rsa-pkcs1-sha256", "rsa"),
        ("rsa-pkcs1-sha512", "rsa"),
        ("rsa-pss-sha256", "rsa"),
    ];
    for (signature, signer) in signatures {
        for key in ["ed25519", "p256", "p384", "rsa"] {
            let (signature, key_file) = (format!("{signature}.sig"), format!("{key}.pub"));
            let args = ["--signature", &signature, "--key", &key_file];
            says(&verify(&at, &[&args[..], &["app"]].concat()), i32::from(signer != key), "app");
            says(&verify(&at, &[&args[..], &["p256.pub"]].concat()), 1, "invalid:");
        }
    }
    // Of a digest only what signs digests can be judged, and of that kind.
    let digest = super::conformance::sha256(&at.join("app"));
    says(&verify(&at, &["--signature", "p256.sig", "--key", "p256.pub", &digest]), 0, "verified:");
    says(
        &verify(&at, &["--signature", "ed25519.sig", "--key", "ed25519.pub", &digest]),
        2,
        "the artifact itself",
    );
    let other = format!("sha512:{}", "0".repeat(128));
    says(&verify(&at, &["--signature", "p256.sig", "--key", "p256.pub", &other]), 2, "of another algorithm");
    // What is sound and not known here is not called wrong.
    says(
        &verify(&at, &["--signature", "p521.sig", "--key", "p521.pub", "app"]),
        2,
        "the key type is not supported",
    );
}

/// An envelope on its own: by a key it is judged, by a certificate it lacks the time.
#[test]
fn envelopes() {
    let folder = cosign();
    let at = folder.path();
    let bundle = fs::read(at.join("app-1.0.0.tar.gz.cdx.intoto.sigstore.json")).unwrap();
    let bundle: Value = serde_json::from_slice(&bundle).unwrap();
    let envelope = &bundle["dsseEnvelope"];
    fs::write(at.join("e.intoto.jsonl"), format!("{envelope}\n")).unwrap();
    let args = ["--bundle", "e.intoto.jsonl", "--key", "cosign.pub"];
    says(&verify(at, &[&args[..], &["app-1.0.0.tar.gz"]].concat()), 0, "verified:");
    says(&verify(at, &[&args[..], &["cosign.pub"]].concat()), 1, "about other files than this artifact");
    let mut changed = envelope.clone();
    let payload = data_encoding::BASE64.decode(changed["payload"].as_str().unwrap().as_bytes()).unwrap();
    let payload = String::from_utf8(payload).unwrap().replace("serde", "sedre");
    changed["payload"] = json!(data_encoding::BASE64.encode(payload.as_bytes()));
    fs::write(at.join("e.intoto.jsonl"), format!("{changed}\n")).unwrap();
    says(&verify(at, &[&args[..], &["app-1.0.0.tar.gz"]].concat()), 1, "not signed by the key");
    // Several, one a line: the one that holds counts.
    fs::write(at.join("e.intoto.jsonl"), format!("{changed}\n{envelope}\n")).unwrap();
    says(&verify(at, &[&args[..], &["app-1.0.0.tar.gz"]].concat()), 0, "e.intoto.jsonl:2");
}

/// A signature with its certificate holds or not; the time of signing is unproven.
#[test]
fn a_certificate_without_a_witness() {
    let Some(at) = Changed::new() else { return };
    let bundle = at.bundle("happy-path-v0.2");
    let certificate =
        bundle["verificationMaterial"]["x509CertificateChain"]["certificates"][0]["rawBytes"].clone();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        certificate.as_str().unwrap()
    );
    let folder = at.folder.path();
    fs::copy(at.suite.join("a.txt"), folder.join("a.txt")).unwrap();
    fs::write(folder.join("a.txt.pem"), pem).unwrap();
    fs::write(folder.join("a.txt.sig"), bundle["messageSignature"]["signature"].as_str().unwrap()).unwrap();
    let who = ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER];
    says(&verify(folder, &[&who[..], &["a.txt"]].concat()), 2, "its time of signing is unproven");
    fs::write(folder.join("a.txt"), "changed").unwrap();
    says(&verify(folder, &[&who[..], &["a.txt"]].concat()), 1, "invalid:");
}
