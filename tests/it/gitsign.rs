//! CMS objects: those that openssl makes, and made up ones of the form that gitsign writes.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use bartizan::model::Signer;
use bartizan::parse::signature::Content;
use bartizan::parse::signature::cms::CmsSignature;
use bartizan::parse::signature::der::{BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, context, wrap};
use bartizan::parse::signature::sshsig::Mistake;
use bartizan::verify::gitsign::verify;
use bartizan::verify::{Artifact, Failure, Proof, PublicKey, Unable, Verifier};
use data_encoding::BASE64;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nmessage\n";

/// Takes every bundle for sound, and keeps what it is asked.
#[derive(Default)]
struct Keeper(Mutex<Vec<(serde_json::Value, Vec<u8>)>>);

impl Verifier for Keeper {
    fn verify(
        &self,
        content: &Content,
        artifact: &Artifact<'_>,
        keys: &[PublicKey],
    ) -> Result<Proof, Failure> {
        let (Content::Bundle(bundle), Artifact::Stream(open), []) = (content, artifact, keys) else {
            panic!("no bundle over bytes without keys")
        };
        let mut bytes = Vec::new();
        open().unwrap().read_to_end(&mut bytes).unwrap();
        self.0.lock().unwrap().push((serde_json::from_str(bundle).unwrap(), bytes));
        let signer = Signer::Identity {
            identity: "t@example.org".to_owned(),
            issuer: "https://accounts.example.org".to_owned(),
            repository: None,
        };
        Ok(Proof { signer, evidence: Vec::new(), time: None })
    }
}

/// An object identifier by the numbers behind 1.3.6.1.4.1, in base 128.
fn oid(bytes: &[u8]) -> Vec<u8> {
    wrap(OID, bytes)
}

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const TIMESTAMP: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 14];
const LOG_ENTRY: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 3, 1];
const FULCIO_ISSUER: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    wrap(SEQUENCE, &parts.concat())
}

fn attribute(name: &[u8], value: &[u8]) -> Vec<u8> {
    seq(&[oid(name), wrap(SET, value)])
}

/// A field of protobuf.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let len = u8::try_from(bytes.len()).unwrap();
    [&[number << 3 | 2, len], bytes].concat()
}

/// What gitsign would write, with a key and a certificate of our own.
struct Form {
    fulcio: bool,
    log_entry: bool,
    digest: &'static [u8],
    /// How many signers.
    signers: usize,
    /// A byte of the signature that is changed.
    spoilt: bool,
}

const SOUND: Form = Form { fulcio: true, log_entry: true, digest: SHA256, signers: 1, spoilt: false };

impl Form {
    fn object(&self) -> Vec<u8> {
        self.over(PAYLOAD)
    }

    fn over(&self, payload: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap();
        let (issuer, serial) = (seq(&[]), wrap(INTEGER, &[7]));
        let point = wrap(BIT_STRING, &[&[0], key.public_key().as_ref()].concat());
        let extension = seq(&[oid(if self.fulcio { FULCIO_ISSUER } else { DATA }), wrap(OCTET_STRING, b"x")]);
        let body = seq(&[
            wrap(context(0), &wrap(INTEGER, &[2])),
            serial.clone(),
            seq(&[oid(ECDSA_SHA256)]),
            issuer.clone(),
            seq(&[]),
            seq(&[]),
            seq(&[seq(&[oid(EC_KEY), oid(P256)]), point]),
            wrap(context(3), &seq(&[extension])),
        ]);
        let certificate = seq(&[body, seq(&[oid(ECDSA_SHA256)]), wrap(BIT_STRING, &[0])]);
        let attributes = [
            attribute(CONTENT_TYPE, &oid(DATA)),
            attribute(MESSAGE_DIGEST, &wrap(OCTET_STRING, &Sha256::digest(payload))),
        ]
        .concat();
        let signature = key.sign(&random, &wrap(SET, &attributes)).unwrap();
        let mut signature = signature.as_ref().to_vec();
        if self.spoilt {
            *signature.last_mut().unwrap() ^= 1;
        }
        let mut unsigned = attribute(TIMESTAMP, &seq(&[oid(SIGNED_DATA)]));
        if self.log_entry {
            let kind = [field(1, b"hashedrekord"), field(2, b"0.0.1")].concat();
            let entry = [vec![8, 9], field(3, &kind), field(6, &field(5, &field(1, b"log\n")))].concat();
            unsigned.extend(attribute(LOG_ENTRY, &wrap(OCTET_STRING, &entry)));
        }
        let signer = seq(&[
            wrap(INTEGER, &[1]),
            seq(&[issuer, serial]),
            seq(&[oid(self.digest)]),
            wrap(context(0), &attributes),
            seq(&[oid(ECDSA_SHA256)]),
            wrap(OCTET_STRING, &signature),
            wrap(context(1), &unsigned),
        ]);
        let data = seq(&[
            wrap(INTEGER, &[1]),
            wrap(SET, &seq(&[oid(self.digest)])),
            seq(&[oid(DATA)]),
            wrap(context(0), &certificate),
            wrap(SET, &signer.repeat(self.signers)),
        ]);
        seq(&[oid(SIGNED_DATA), wrap(context(0), &data)])
    }

    fn read(&self) -> CmsSignature {
        CmsSignature::from_der(&self.object()).unwrap()
    }
}

/// Takes every bundle for sound.
pub(crate) fn keeper() -> impl Verifier + Send {
    Keeper::default()
}

/// A signature over `payload` as gitsign writes it, by `t@example.org` if [`keeper`] is asked.
pub(crate) fn armoured(payload: &[u8]) -> String {
    let base64 = BASE64.encode(&SOUND.over(payload));
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SIGNED MESSAGE-----\n{}\n-----END SIGNED MESSAGE-----\n", lines.join("\n"))
}

fn inconclusive(failure: Result<Proof, Failure>) -> String {
    match failure {
        Err(Failure::Inconclusive(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signature_of_gitsign_becomes_a_bundle_over_its_attributes() {
    let signature = SOUND.read();
    let keeper = Keeper::default();
    verify(&signature, PAYLOAD, &keeper).unwrap();
    let asked = keeper.0.into_inner().unwrap();
    let [(bundle, artifact)] = asked.as_slice() else { panic!("{}", asked.len()) };
    assert_eq!(artifact, signature.attributes.as_ref().unwrap());
    assert_eq!(artifact[0], SET);
    assert_eq!(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
    let signed = &bundle["messageSignature"];
    assert_eq!(signed["signature"], BASE64.encode(&signature.signature));
    assert_eq!(signed["messageDigest"]["digest"], BASE64.encode(&Sha256::digest(artifact)));
    let material = &bundle["verificationMaterial"];
    assert_eq!(material["certificate"]["rawBytes"], BASE64.encode(&signature.certificate));
    let token = seq(&[oid(SIGNED_DATA)]);
    let answer = seq(&[seq(&[wrap(INTEGER, &[0])]), token]);
    let times = &material["timestampVerificationData"]["rfc3161Timestamps"];
    assert_eq!(times[0]["signedTimestamp"], BASE64.encode(&answer));
    let entry = &material["tlogEntries"][0];
    assert_eq!(
        (entry["logIndex"].as_str(), entry["kindVersion"]["kind"].as_str()),
        (Some("9"), Some("hashedrekord"))
    );
    let body = BASE64.decode(entry["canonicalizedBody"].as_str().unwrap().as_bytes()).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(artifact));
    assert_eq!(body["spec"]["data"]["hash"]["value"], digest);
    assert_eq!(body["spec"]["signature"]["content"], BASE64.encode(&signature.signature));
}

#[test]
fn what_does_not_fit_is_invalid_before_a_verifier_is_asked() {
    let other = verify(&SOUND.read(), b"something else", &Unable);
    assert!(matches!(other, Err(Failure::ArtifactMismatch(_))), "{other:?}");
    let spoilt = verify(&Form { spoilt: true, ..SOUND }.read(), PAYLOAD, &Unable);
    assert!(matches!(spoilt, Err(Failure::Invalid(_))), "{spoilt:?}");
    // The attributes are what is signed: none can be put beside them.
    let mut more = SOUND.read();
    more.attributes.as_mut().unwrap().push(0);
    assert!(matches!(verify(&more, PAYLOAD, &Unable), Err(Failure::Invalid(_))));
}

#[test]
fn what_cannot_be_told_says_what_it_would_take() {
    let of = |form: Form| inconclusive(verify(&form.read(), PAYLOAD, &Unable));
    assert!(of(Form { log_entry: false, ..SOUND }).contains("gitsign verify"));
    assert!(of(Form { fulcio: false, ..SOUND }).contains("S/MIME"));
    assert!(of(Form { digest: SHA1, ..SOUND }).contains("SHA-1"));
    assert!(of(SOUND).contains("this build cannot verify"), "the verifier is asked");
    let two = CmsSignature::from_der(&Form { signers: 2, ..SOUND }.object());
    assert_eq!(two, Err(Mistake::Unknown("it has 2 signers and not one".to_owned())));
    let none = CmsSignature::from_der(&Form { signers: 0, ..SOUND }.object());
    assert_eq!(none, Err(Mistake::Unknown("it has 0 signers and not one".to_owned())));
}

#[test]
fn what_nests_deep_costs_nothing() {
    let mut deep = Vec::new();
    for _ in 0..2000 {
        deep = wrap(SEQUENCE, &deep);
    }
    assert!(matches!(CmsSignature::from_der(&deep), Err(Mistake::Malformed(_))));
    let inside = seq(&[oid(SIGNED_DATA), wrap(context(0), &deep)]);
    assert!(matches!(CmsSignature::from_der(&inside), Err(Mistake::Malformed(_))));
    assert!(matches!(CmsSignature::from_der(&[SEQUENCE, 0x80].repeat(30_000)), Err(Mistake::Unknown(_))));
}

proptest! {
    /// Whatever is changed in an object, it is not taken for one that holds.
    #[test]
    fn no_change_goes_unnoticed(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let whole = SOUND.object();
        let sound = CmsSignature::from_der(&whole).unwrap();
        let mut bytes = whole.clone();
        *at.get_mut(&mut bytes) = byte;
        let keeper = Keeper::default();
        if let Ok(read) = CmsSignature::from_der(&bytes)
            && verify(&read, PAYLOAD, &keeper).is_ok()
        {
            // Of what the key has signed nothing is another; the rest is the verifier's to judge.
            prop_assert_eq!(&read.attributes, &sound.attributes);
            prop_assert_eq!(&read.digest, &sound.digest);
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let read = CmsSignature::from_der(&bytes);
        prop_assert!(read.is_err() || bytes.starts_with(&[SEQUENCE]));
    }
}

fn openssl(folder: &Path, arguments: &str) -> Option<()> {
    let output = Command::new("openssl").current_dir(folder).args(arguments.split(' ')).output().ok()?;
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

/// What openssl makes is read: its certificates are no Fulcio's, but what does not hold is seen.
#[test]
fn objects_by_openssl_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("payload"), PAYLOAD).unwrap();
    for (kind, more) in [
        ("ec -pkeyopt ec_paramgen_curve:P-256", ""),
        ("ec -pkeyopt ec_paramgen_curve:P-384", "-md sha384"),
        ("rsa:2048", "-md sha512"),
        ("rsa:2048", "-keyid"),
        ("rsa:2048", "-noattr"),
        ("ec -pkeyopt ec_paramgen_curve:P-256", "-md sha1"),
        ("rsa:2048", "-keyopt rsa_padding_mode:pss"),
        ("rsa:2048", "-stream"),
    ] {
        let request = format!("req -x509 -nodes -newkey {kind} -subj /CN=t -keyout key -out certificate");
        let Some(()) = openssl(at, &request) else {
            return println!("NOT TESTED against openssl: it is not installed");
        };
        let sign = format!(
            "cms -sign -binary -signer certificate -inkey key -in payload -outform PEM -out signed {more}"
        );
        openssl(at, sign.trim_end()).unwrap();
        let text =
            std::fs::read_to_string(at.join("signed")).unwrap().replace(" CMS-----", " SIGNED MESSAGE-----");
        let read = match CmsSignature::read(text.as_bytes()) {
            Ok(read) => read,
            Err(Mistake::Unknown(why)) if more == "-stream" => {
                assert!(why.contains("BER"));
                continue;
            }
            Err(mistake) => panic!("{kind} {more}: {mistake:?}"),
        };
        let sound = inconclusive(verify(&read, PAYLOAD, &Unable));
        let expected = match more {
            "-md sha1" => "SHA-1",
            "-keyopt rsa_padding_mode:pss" => "is not supported",
            _ => "S/MIME",
        };
        assert!(sound.contains(expected), "{kind} {more}: {sound}");
        let other = verify(&read, b"another payload", &Unable);
        match more {
            "-md sha1" => drop(inconclusive(other)),
            "-noattr" => assert!(matches!(other, Err(Failure::Invalid(_))), "{other:?}"),
            _ => assert!(matches!(other, Err(Failure::ArtifactMismatch(_))), "{kind} {more}: {other:?}"),
        }
    }
}
