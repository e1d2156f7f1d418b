//! Signatures, keys and lists that are wrong: one mistake each, and the rest is still read.

use bartizan::parse::signature::key::{facts, public_key, public_keys};
use bartizan::parse::signature::{Algorithm, Digested, Kind, certificates, checksums, read, sniff};
use data_encoding::BASE64;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{data, read_as, text};

fn bundle() -> Value {
    serde_json::from_str(&text("cosign/app-1.0.0.tar.gz.sigstore.json")).unwrap()
}

fn attestation() -> Value {
    serde_json::from_str(&text("cosign/app-1.0.0.tar.gz.cdx.intoto.sigstore.json")).unwrap()
}

/// Sets the value at a pointer, in a document that is written over several lines.
fn with(mut value: Value, place: &str, new: Value) -> String {
    let (parent, field) = place.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[field] = new;
    format!("{value:#}")
}

/// An attestation whose statement is `statement`.
fn stating(statement: &Value) -> String {
    with(attestation(), "/dsseEnvelope/payload", BASE64.encode(statement.to_string().as_bytes()).into())
}

#[track_caller]
fn mistake(text: &str) -> (u32, String) {
    let read = read_as("a.sigstore.json", text.as_bytes());
    assert_eq!(read.signatures, [], "{text}");
    assert_eq!(read.mistakes.len(), 1, "{text}: {:?}", read.mistakes);
    read.mistakes.into_iter().next().unwrap()
}

#[test]
fn fields_of_bundles() {
    let digest = "/messageSignature/messageDigest";
    let hint = "/verificationMaterial";
    for (place, new, expected) in [
        ("/messageSignature/signature", json!("not base64!"), "`signature` is not base64"),
        ("/messageSignature/signature", json!(""), "`signature` is empty"),
        ("/messageSignature/signature", json!(7), "has no text as `signature`"),
        (
            "/messageSignature/signature",
            json!("A".repeat(1 << 20)),
            "`signature` holds more than 65536 bytes",
        ),
        (&format!("{digest}/digest"), json!("AAAA"), "the digest is not valid for sha256"),
        (&format!("{digest}/digest"), json!("AAA*"), "`digest` is not base64"),
        (&format!("{digest}/algorithm"), json!("MD5"), "the digest algorithm is unknown"),
        (&format!("{digest}/algorithm"), json!(9), "the digest algorithm is unknown"),
        (
            &format!("{hint}/certificate"),
            json!({"rawBytes": "AAAA"}),
            "the bundle has more than one certificate or key",
        ),
        ("/verificationMaterial", json!({}), "the bundle has neither certificate nor key"),
        ("/verificationMaterial", json!([]), "the bundle has no `verificationMaterial`"),
        ("/verificationMaterial", json!({"certificate": {"rawBytes": "AAAA"}}), "the certificate is not DER"),
        (
            "/verificationMaterial",
            json!({"x509CertificateChain": {"certificates": []}}),
            "the chain of certificates is empty",
        ),
        ("/verificationMaterial", json!({"publicKey": {}, "tlogEntries": 7}), "`tlogEntries` is not a list"),
        (
            "/verificationMaterial",
            json!({"publicKey": {}, "tlogEntries": vec![json!({}); 65]}),
            "`tlogEntries` has 65 items; 64 are the most",
        ),
        (
            "/verificationMaterial",
            json!({"publicKey": {}, "tlogEntries": [{"logIndex": "-1"}]}),
            "`logIndex` is not a log index",
        ),
        (
            "/verificationMaterial",
            json!({"publicKey": {}, "tlogEntries": [{"integratedTime": 1.5}]}),
            "`integratedTime` is not a log index",
        ),
        ("/dsseEnvelope", json!({}), "the bundle holds a signature of a message and an envelope"),
    ] {
        let (line, message) = mistake(&with(bundle(), place, new));
        assert_eq!(message, expected, "{place}");
        assert!(line > 1, "{place}: the line of the field, not {line}");
    }
}

#[test]
fn json_that_is_none() {
    let deep = format!(
        "{{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\n\"a\":{}",
        "[".repeat(10_000)
    );
    assert_eq!(mistake(&deep), (2, "is not JSON: is nested too deeply".to_owned()));
    let twice = "{\n\"mediaType\": \"application/vnd.dev.sigstore.bundle.v0.3+json\",\n\"mediaType\": \"x\"}";
    assert_eq!(mistake(twice), (3, "is not JSON: an object has a duplicate key".to_owned()));
    assert_eq!(mistake("").1, "is empty");
    assert_eq!(mistake(" \n ").1, "is empty");
    assert!(mistake(&text("cosign/app-1.0.0.tar.gz.sigstore.json")[..200]).1.starts_with("is not JSON"));
    assert_eq!(mistake("[1, 2]").1, "is not a signature in a known format, although its name suggests one");
    let odd = read(Kind::Json, b"a.sigstore.json", b"{\n\"a\": \"\xff\"}");
    assert_eq!(odd.mistakes, [(2, "is not UTF-8".to_owned())]);
    let large = read(Kind::Json, b"a.sigstore.json", &vec![b' '; (4 << 20) + 1]);
    assert_eq!(large.mistakes.len(), 1);
    let many = read(Kind::Json, b"a.intoto.jsonl", "{}\n".repeat(20_000).as_bytes());
    assert_eq!(many.mistakes.len(), 101, "the first hundred, and how many more");
}

#[test]
fn statements() {
    let digest = "03879db26894882605eab398f81a1f98beb3018cbf276bc564e5659434fda662";
    for (statement, expected) in [
        (json!({"_type": "x"}), "the statement in the payload has no subjects"),
        (json!([]), "the statement in the payload has no subjects"),
    ] {
        assert_eq!(mistake(&stating(&statement)).1, expected);
    }
    let twice = "{\"subject\":[],\"subject\":[]}";
    let twice = with(attestation(), "/dsseEnvelope/payload", BASE64.encode(twice.as_bytes()).into());
    assert_eq!(mistake(&twice).1, "the statement in the payload is not JSON: an object has a duplicate key");
    let (line, message) = mistake(&with(attestation(), "/dsseEnvelope/payload", "%%%".into()));
    assert_eq!((line, message.as_str()), (3, "`payload` is not base64"));
    assert_eq!(
        mistake(&with(attestation(), "/dsseEnvelope/signatures", json!([]))).1,
        "the envelope has 0 signatures"
    );

    // What is wrong with single subjects is told, and the rest is there.
    let odd = stating(&json!({"subject": [
        {"name": "/etc/passwd", "digest": {"sha256": digest}},
        {"name": "../up", "digest": {"sha256": "zz"}},
        {"name": "in", "digest": {"sha256": digest, "gitCommit": "00", "sha512": digest}},
    ]}));
    let read = read_as("a.sigstore.json", odd.as_bytes());
    let told: Vec<&str> = read.mistakes.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(told, ["2 digests of subjects are not valid for their algorithm"]);
    let subjects = &read.signatures[0].subjects;
    assert_eq!(subjects.iter().map(|subject| subject.digests.len()).collect::<Vec<_>>(), [1, 0, 1]);
}

#[test]
fn legacy_forms() {
    let payload = json!({"body": "e30=", "integratedTime": 1, "logIndex": 1, "logID": "00".repeat(32)});
    let made = |field: &str, new: Value| {
        let mut value = json!({
            "base64Signature": "AAAA",
            "cert": "",
            "rekorBundle": {"SignedEntryTimestamp": "AAAA", "Payload": payload},
        });
        *value.pointer_mut(field).unwrap() = new;
        value.to_string()
    };
    for (field, new, expected) in [
        ("/base64Signature", json!("?"), "`base64Signature` is not base64"),
        ("/base64Signature", json!(""), "`base64Signature` is empty"),
        ("/base64Signature", json!(BASE64.encode(&[1; 70_000])), "the signature has more than 65536 bytes"),
        (
            "/base64Signature",
            json!(BASE64.encode(b"{\"a\"")),
            "the envelope is not JSON: EOF while parsing an object",
        ),
        ("/cert", json!("certainly not"), "`cert` holds no certificate that can be read"),
        ("/cert", json!(7), "`cert` holds no certificate that can be read"),
        ("/rekorBundle/SignedEntryTimestamp", json!("?"), "`SignedEntryTimestamp` is not base64"),
        ("/rekorBundle/Payload/body", json!("AA=="), "`body` is not JSON: expected value"),
        ("/rekorBundle/Payload/body", json!("/w=="), "`body` is not UTF-8"),
        ("/rekorBundle/Payload/integratedTime", json!(-1), "`integratedTime` is not a log index"),
        ("/rekorBundle/Payload/logIndex", json!(null), "`logIndex` is not a log index"),
        ("/rekorBundle/Payload/logID", json!("00"), "`logID` is not a log id: 64 hexadecimal digits"),
    ] {
        let read = read_as("a.bundle", made(field, new).as_bytes());
        assert_eq!(read.signatures, [], "{field}");
        assert_eq!(read.mistakes, [(1, expected.to_owned())], "{field}");
    }
    let download = json!({"Base64Signature": "AAAA", "Payload": "", "Cert": {"Raw": "AAAA"}}).to_string();
    assert_eq!(read_as("a.json", download.as_bytes()).mistakes, [(1, "`Payload` is empty".to_owned())]);
}

#[test]
fn detached_signatures() {
    for (bytes, expected) in [
        (&b"MEUCIQDirocN!X+75XbYLx+zeNN=="[..], "the signature is not base64"),
        (b"", "the signature is empty"),
        (b" \n", "the signature is empty"),
    ] {
        let read = read_as("a.sig", bytes);
        assert_eq!((read.signatures.len(), read.mistakes), (0, vec![(1, expected.to_owned())]));
    }
    assert_eq!(read(Kind::Detached, b"a.minisig", b"what is this").mistakes.len(), 1);
}

#[test]
fn keys() {
    let good = text("keys/prime256v1.pub");
    let rsa = public_key(&data("keys/rsa2048.pub")).unwrap().der;
    let pem = |der: &[u8]| {
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(der))
    };
    let der = public_key(good.as_bytes()).unwrap().der;
    let mut even = rsa.clone();
    *even.last_mut().unwrap() = 2;
    let mut compressed = der.clone();
    compressed[26] = 5;
    for (text, expected) in [
        (String::new(), "is empty"),
        ("a key".to_owned(), "holds no PEM block of a public key"),
        (good.replace("END PUBLIC", "END"), "holds a key block that has no matching end"),
        (good.replace("\nM", "\n*"), "holds a key block that is not base64"),
        (pem(&der[1..]), "contains a malformed key: it is not a SubjectPublicKeyInfo"),
        (pem(&[der.as_slice(), &[0]].concat()), "contains a malformed key: it is not a SubjectPublicKeyInfo"),
        (pem(&compressed), "holds a key for ECDSA P-256 whose point is malformed"),
        (pem(&even), "holds an RSA key with an invalid exponent"),
        (format!("{good}{good}"), "holds more than one key; cosign reads the first alone"),
        (
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----".to_owned(),
            "holds a key block that is empty",
        ),
    ] {
        assert_eq!(public_key(text.as_bytes()), Err(expected.to_owned()), "{text}");
    }
    let private = ["-----BEGIN ", "PRIVATE KEY-----\nAAAA\n-----END ", "PRIVATE KEY-----"].concat();
    assert_eq!(public_key(private.as_bytes()), Err("holds a private key and no public one".to_owned()));
    let gigantic = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", "A".repeat(1 << 20));
    assert_eq!(
        public_key(gigantic.as_bytes()),
        Err("holds a key block that is larger than 65536 bytes".to_owned())
    );
    // An algorithm that nobody knows is a fact, no mistake.
    let mut unknown = public_key(&data("keys/ed25519.pub")).unwrap().der;
    unknown[8] = 1;
    assert_eq!(facts(&unknown).unwrap().algorithm.name(), "an unknown algorithm (1.3.101.1)");
}

/// Documents that are nearly a signature.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let seeds = [
        data("cosign/app-1.0.0.tar.gz.sigstore.json"),
        data("cosign/app-1.0.0.tar.gz.cdx.intoto.sigstore.json"),
        data("cosign/app-1.0.0.tar.gz.sig"),
        data("cosign/cosign.pub"),
        data("leaf.pem"),
        b"03879db26894882605eab398f81a1f98beb3018cbf276bc564e5659434fda662  a\nSHA256 (b) = 00\n".to_vec(),
        b"{\"base64Signature\":\"AAAA\",\"cert\":\"\",\"rekorBundle\":{\"SignedEntryTimestamp\":\"AAAA\",\"Payload\":{\"body\":\"e30=\"}}}".to_vec(),
    ];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 0..6);
    (prop::sample::select(seeds.to_vec()), edits).prop_map(|(mut bytes, edits)| {
        for (at, byte, how) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        bytes
    })
}

fn anything(bytes: &[u8]) {
    for name in ["a.sigstore.json", "a.sig", "a.pem", "cosign.pub", "SHA256SUMS", "a.bundle", "oci-layout"] {
        let _ = sniff(name.as_bytes(), bytes);
    }
    for kind in [Kind::Json, Kind::Detached] {
        let read = read(kind, b"a.sigstore.json", bytes);
        let last = 1 + bytes.iter().filter(|b| **b == b'\n').count() as u32;
        assert!(read.mistakes.iter().all(|(line, _)| (1..=last).contains(line)));
        assert!(read.signatures.iter().all(|signed| (1..=last).contains(&signed.line)));
        assert!(
            !(read.signatures.is_empty() && read.mistakes.is_empty()),
            "what is called a signature says something"
        );
    }
    let _ = (certificates(bytes), public_keys(bytes), public_key(bytes), facts(bytes));
    let list = checksums(b"checksums.txt", bytes);
    let is_whole = |digest: &Digested| match digest {
        Digested::By(Algorithm::Sha2(algorithm), bytes, _) => bytes.len() == algorithm.size(),
        Digested::By(Algorithm::Sha1, bytes, _) => bytes.len() == 20,
        Digested::By(Algorithm::Md5, bytes, _) => bytes.len() == 16,
        Digested::Other(name) => !name.is_empty(),
    };
    assert!(list.listed.iter().all(|one| is_whole(&one.digest)));
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        anything(&bytes);
    }

    #[test]
    fn what_is_nearly_right_is_read(bytes in nearly()) {
        anything(&bytes);
    }
}
