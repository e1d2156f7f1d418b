//! A world of our own: a log, an authority for certificates and a log of these, with the root that names them.

use bartizan::parse::signature::der::{BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, context, wrap};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::KeyPair;

/// When everything is signed: in the five minutes of a certificate that is valid from 0 to 600 seconds of it.
pub(crate) const TIME: i64 = 1_750_000_000;

/// Who vouches for signatures.
pub(crate) struct World {
    log: KeyPair,
    authority: KeyPair,
    published: KeyPair,
}

/// A certificate, and its key.
pub(crate) struct Signer {
    pub(crate) key: KeyPair,
    pub(crate) certificate: Vec<u8>,
}

fn spki(key: &KeyPair) -> Vec<u8> {
    key.public_key_der().unwrap().as_bytes().to_vec()
}

fn id(key: &KeyPair) -> Vec<u8> {
    Sha256::digest(spki(key)).to_vec()
}

fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    wrap(SEQUENCE, &parts.concat())
}

const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

fn name(common: &str) -> Vec<u8> {
    seq(&[wrap(SET, &seq(&[wrap(OID, &[0x55, 4, 3]), wrap(0x0c, common.as_bytes())]))])
}

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { vec![0x01, 1, 0xff] } else { Vec::new() };
    seq(&[wrap(OID, oid), critical, wrap(OCTET_STRING, value)])
}

/// The days of 2025-06-15: that of [`TIME`], and an earlier one.
fn validity(from: &str, to: &str) -> Vec<u8> {
    seq(&[wrap(0x17, from.as_bytes()), wrap(0x17, to.as_bytes())])
}

fn certificate(
    issuer: &KeyPair,
    subject: &[u8],
    key: &[u8],
    valid: &[u8],
    extensions: &[Vec<u8>],
) -> (Vec<u8>, Vec<u8>) {
    let body = seq(&[
        wrap(context(0), &wrap(INTEGER, &[2])),
        wrap(INTEGER, &[7]),
        seq(&[wrap(OID, ECDSA_SHA256)]),
        name("authority of the tests"),
        valid.to_vec(),
        subject.to_vec(),
        key.to_vec(),
        wrap(context(3), &seq(extensions)),
    ]);
    let signature = issuer.sign(&body).unwrap();
    let signature = wrap(BIT_STRING, &[&[0], signature.as_bytes()].concat());
    (seq(&[body.clone(), seq(&[wrap(OID, ECDSA_SHA256)]), signature]), body)
}

impl World {
    pub(crate) fn new() -> Self {
        let key = || KeyPair::generate_ecdsa_p256().unwrap();
        Self { log: key(), authority: key(), published: key() }
    }

    /// The trusted root that names all of them.
    pub(crate) fn root(&self) -> Value {
        let log = |key: &KeyPair| {
            json!({
                "baseUrl": "https://log.example.org",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": BASE64.encode(&spki(key)),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": { "start": "2020-01-01T00:00:00Z" },
                },
                "logId": { "keyId": BASE64.encode(&id(key)) },
            })
        };
        let valid = validity("200101000000Z", "400101000000Z");
        let extensions = [
            extension(&[0x55, 0x1d, 0x13], true, &seq(&[vec![0x01, 1, 0xff]])),
            extension(&[0x55, 0x1d, 0x0f], true, &[0x03, 2, 1, 6]),
        ];
        let (authority, _) = certificate(
            &self.authority,
            &name("authority of the tests"),
            &spki(&self.authority),
            &valid,
            &extensions,
        );
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(&self.log)],
            "certificateAuthorities": [{
                "subject": { "organization": "", "commonName": "authority of the tests" },
                "uri": "https://ca.example.org",
                "certChain": { "certificates": [{ "rawBytes": BASE64.encode(&authority) }] },
                "validFor": { "start": "2020-01-01T00:00:00Z" },
            }],
            "ctlogs": [log(&self.published)],
            "timestampAuthorities": [],
        })
    }

    /// One who may sign in the minutes around [`TIME`].
    pub(crate) fn signer(&self, identity: &str) -> Signer {
        self.signer_with(identity, &validity("250615150640Z", "250615151640Z"), &self.published)
    }

    /// The same, but another day.
    pub(crate) fn earlier_signer(&self, identity: &str) -> Signer {
        self.signer_with(identity, &validity("250614150640Z", "250614151640Z"), &self.published)
    }

    /// The same, but published by nobody.
    pub(crate) fn unpublished_signer(&self, identity: &str) -> Signer {
        let valid = validity("250615150640Z", "250615151640Z");
        // By the right log, to its id, with another key.
        self.signer_with(identity, &valid, &KeyPair::generate_ecdsa_p256().unwrap())
    }

    fn signer_with(&self, identity: &str, valid: &[u8], published: &KeyPair) -> Signer {
        let key = KeyPair::generate_ecdsa_p256().unwrap();
        let mut extensions = vec![
            extension(&[0x55, 0x1d, 0x0f], true, &[0x03, 2, 7, 0x80]),
            extension(&[0x55, 0x1d, 0x25], false, &seq(&[wrap(OID, &[0x2b, 6, 1, 5, 5, 7, 3, 3])])),
            extension(&[0x55, 0x1d, 0x11], true, &seq(&[wrap(0x86, identity.as_bytes())])),
            extension(
                &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8],
                false,
                &wrap(0x0c, b"https://issuer.example.org"),
            ),
        ];
        let (_, body) = certificate(&self.authority, &seq(&[]), &spki(&key), valid, &extensions);
        // RFC 6962: what a log of certificates signs.
        let time = u64::try_from(TIME).unwrap() * 1000;
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let signed = [
            &[0, 0][..],
            &time.to_be_bytes(),
            &[0, 1],
            &Sha256::digest(spki(&self.authority)),
            &length[1..],
            &body,
            &[0, 0],
        ]
        .concat();
        let signature = published.sign(&signed).unwrap();
        let signature = signature.as_bytes();
        let short = |len: usize| u16::try_from(len).unwrap().to_be_bytes();
        let stamp = [
            &[0][..],
            &id(&self.published),
            &time.to_be_bytes(),
            &[0, 0, 4, 3],
            &short(signature.len()),
            signature,
        ]
        .concat();
        let list = [&short(stamp.len() + 2)[..], &short(stamp.len()), &stamp].concat();
        let oid = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];
        extensions.push(extension(oid, false, &wrap(OCTET_STRING, &list)));
        let (certificate, _) = certificate(&self.authority, &seq(&[]), &spki(&key), valid, &extensions);
        Signer { key, certificate }
    }

    /// What the log says of a body, as legacy bundles have it.
    pub(crate) fn promise(&self, body: &Value) -> Value {
        let body = BASE64.encode(body.to_string().as_bytes());
        let payload = json!({
            "body": body, "integratedTime": TIME, "logID": HEXLOWER.encode(&id(&self.log)), "logIndex": 5,
        });
        // The members of an object come in the order of their names: that is what is signed.
        let promise = self.log.sign(payload.to_string().as_bytes()).unwrap();
        json!({ "SignedEntryTimestamp": BASE64.encode(promise.as_bytes()), "Payload": payload })
    }

    /// An entry of a bundle: promised and included.
    pub(crate) fn entry(&self, kind: &str, version: &str, body: &Value) -> Value {
        let text = body.to_string();
        let root = Sha256::digest([&[0][..], text.as_bytes()].concat());
        let note = format!("log.example.org\n1\n{}\n", BASE64.encode(&root));
        let signature = self.log.sign(note.as_bytes()).unwrap();
        let line = BASE64.encode(&[&id(&self.log)[..4], signature.as_bytes()].concat());
        let promise = self.promise(body);
        json!({
            "logIndex": "5",
            "logId": { "keyId": BASE64.encode(&id(&self.log)) },
            "kindVersion": { "kind": kind, "version": version },
            "integratedTime": TIME.to_string(),
            "inclusionPromise": { "signedEntryTimestamp": promise["SignedEntryTimestamp"] },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": BASE64.encode(&root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": { "envelope": format!("{note}\n— log.example.org {line}\n") },
            },
            "canonicalizedBody": BASE64.encode(text.as_bytes()),
        })
    }
}

/// PEM of a certificate or a key, in base64, as the log keeps it.
pub(crate) fn pem(what: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"));
    BASE64.encode(pem.as_bytes())
}
