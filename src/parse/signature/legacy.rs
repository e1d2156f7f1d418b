//! What cosign wrote before there were Sigstore bundles, translated into one where that is possible.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::json::{self, Fault};
use super::statement::{self, CERTIFICATE_MAX, SIGNATURE_MAX, Statement};
use super::{Content, Digest, DigestAlgorithm, Form, Signed, Subject, key, pem};

/// The parts that a signature comes in.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The signature, or an envelope.
    pub(super) signature: Vec<u8>,
    /// DER; the leaf is the first.
    pub(super) certificates: Vec<Vec<u8>>,
    /// The SHA-256 of the key (`SubjectPublicKeyInfo`), if there is a key in place of a certificate.
    pub(super) key: Option<[u8; 32]>,
    /// `SignedEntryTimestamp` and `Payload`: what the log said.
    pub(super) rekor: Option<Value>,
    /// A time stamp of RFC 3161, DER.
    pub(super) timestamp: Option<Vec<u8>>,
    /// What is signed, if it is there.
    pub(super) payload: Option<Vec<u8>>,
}

/// Reads `{"base64Signature", "cert", "rekorBundle"}` and the lines of `cosign download signature`.
pub(super) fn read(value: &Value, faults: &mut Vec<Fault>) -> Result<Signed, Fault> {
    if value.get("base64Signature").is_some() {
        let mut parts = Parts {
            signature: json::bytes(value, "base64Signature", super::SIZE_MAX)?,
            rekor: present(value, "rekorBundle").cloned(),
            ..Parts::default()
        };
        if let Some(cert) = present(value, "cert") {
            certificate("cert", cert, &mut parts)?;
        }
        return assemble(Form::LegacyBundle, parts, faults);
    }
    let mut parts = Parts {
        signature: json::bytes(value, "Base64Signature", super::SIZE_MAX)?,
        rekor: present(value, "Bundle").cloned(),
        payload: Some(json::bytes(value, "Payload", super::SIZE_MAX)?),
        ..Parts::default()
    };
    if let Some(cert) = present(value, "Cert") {
        certificate("Cert", cert, &mut parts)?;
    }
    for link in present(value, "Chain").and_then(Value::as_array).into_iter().flatten().take(32) {
        certificate("Chain", link, &mut parts)?;
    }
    if let Some(stamp) = present(value, "RFC3161Timestamp") {
        parts.timestamp = Some(json::bytes(stamp, "SignedRFC3161Timestamp", CERTIFICATE_MAX)?);
    }
    assemble(Form::CosignDownload, parts, faults)
}

/// A field that says something.
fn present<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    value.get(field).filter(|value| !value.is_null() && value.as_str() != Some(""))
}

/// Takes a certificate as PEM, as base64 of PEM, or as Go writes its structure; or a key in its place.
pub(super) fn certificate(field: &'static str, value: &Value, parts: &mut Parts) -> Result<(), Fault> {
    let fault = || Fault::new(field, format!("`{field}` holds no certificate that can be read"));
    if value.is_object() {
        let der = json::bytes(value, "Raw", CERTIFICATE_MAX)?;
        parts.certificates.push(pem::is_der(&der).then_some(der).ok_or_else(fault)?);
        return Ok(());
    }
    let text = value.as_str().ok_or_else(fault)?.as_bytes();
    let found = pem::certificates(text);
    if found.iter().any(|der| der.len() > CERTIFICATE_MAX) {
        return Err(fault());
    }
    if !found.is_empty() {
        parts.certificates.extend(found);
        return Ok(());
    }
    // Of a signature by a key that went into the log, cosign puts the key here.
    let unpacked = json::base64_lines(text);
    let key = key::public_key(unpacked.as_deref().unwrap_or(text)).map_err(|_| fault())?;
    parts.key = Some(Sha256::digest(&key.der).into());
    Ok(())
}

/// Puts a signature together: as a bundle if a log or a clock vouches for it, else as it is.
pub(super) fn assemble(form: Form, mut parts: Parts, faults: &mut Vec<Fault>) -> Result<Signed, Fault> {
    // Of an attestation the envelope stands where the signature would.
    let envelope = match std::str::from_utf8(&parts.signature) {
        Ok(text) if text.trim_ascii_start().starts_with('{') => {
            let value = json::parse(text)
                .map_err(|(_, message)| Fault::new("base64Signature", format!("the envelope {message}")))?;
            Some(value)
        }
        _ => None,
    };
    if envelope.is_none() && parts.signature.len() > SIGNATURE_MAX {
        return Err(Fault::new(
            "base64Signature",
            format!("the signature has more than {SIGNATURE_MAX} bytes"),
        ));
    }
    let entry = parts.rekor.as_ref().map(entry).transpose()?;
    // What the log has in place of a certificate that is not told, and as its promise it is proven.
    if parts.certificates.is_empty()
        && parts.key.is_none()
        && let Some(verifier) = entry.as_ref().and_then(|entry| entry.verifier.as_ref())
    {
        certificate("body", verifier, &mut parts)?;
    }
    let mut statement = Statement::default();
    if let Some(envelope) = &envelope {
        statement = statement::envelope(envelope, faults)?;
    }
    let logged = entry.as_ref().and_then(|entry| entry.digest.clone());
    let digest = match &parts.payload {
        Some(payload) => Digest::new(DigestAlgorithm::Sha256, Sha256::digest(payload).to_vec()),
        None => logged,
    };
    // Of an image not the image is signed, but a payload that names it.
    let named = parts.payload.as_deref().and_then(image_of);
    if let (Some(digest), None) = (named.as_ref().or(digest.as_ref()), &envelope) {
        statement.subjects.push(Subject { name: None, digests: vec![digest.clone()] });
    }
    let content = match (&envelope, entry) {
        (None, None) if parts.timestamp.is_none() || parts.certificates.is_empty() => {
            Content::Raw { signature: parts.signature, certificates: parts.certificates }
        }
        (Some(envelope), None) if parts.timestamp.is_none() || parts.certificates.is_empty() => {
            let certificate = parts.certificates.into_iter().next();
            Content::Envelope { json: envelope.to_string(), certificate }
        }
        (envelope, entry) => {
            // As it is written: the log may have seen its digest.
            let written = envelope.is_some().then(|| String::from_utf8_lossy(&parts.signature));
            Content::Bundle(bundle(&parts, written.as_deref(), entry, digest.as_ref()))
        }
    };
    let Statement { subjects, predicate } = statement;
    Ok(Signed { line: 1, number: None, form, subjects, predicate, content, payload: parts.payload })
}

/// The image that a payload names: "simple signing" of container images.
pub(super) fn image_of(payload: &[u8]) -> Option<Digest> {
    let value = json::parse(std::str::from_utf8(payload).ok()?).ok()?;
    Digest::parse(value.pointer("/critical/image/docker-manifest-digest")?.as_str()?)
}

/// An entry of the log, in the words of bundles.
struct Entry {
    json: Value,
    /// Of what is signed, as the log has it.
    digest: Option<Digest>,
    /// The certificate or key that the log was shown: base64 of PEM.
    verifier: Option<Value>,
}

fn entry(rekor: &Value) -> Result<Entry, Fault> {
    let promise = json::bytes(rekor, "SignedEntryTimestamp", SIGNATURE_MAX)?;
    let Some(payload) = rekor.get("Payload") else {
        return Err(Fault::new("SignedEntryTimestamp", "the entry of the log has no `Payload`"));
    };
    let body = json::bytes(payload, "body", super::SIZE_MAX)?;
    let number = |field: &'static str| {
        payload
            .get(field)
            .and_then(json::integer)
            .filter(|number| *number >= 0)
            .ok_or_else(|| Fault::new(field, format!("`{field}` is no number of a log")))
    };
    let log = payload.get("logID").and_then(Value::as_str).unwrap_or_default();
    let log = HEXLOWER_PERMISSIVE
        .decode(log.as_bytes())
        .ok()
        .filter(|log| log.len() == 32)
        .ok_or_else(|| Fault::new("logID", "`logID` is no id of a log: 64 hexadecimal digits"))?;
    let inner = std::str::from_utf8(&body).map_err(|_| Fault::new("body", "`body` is not UTF-8"))?;
    let inner = json::parse(inner).map_err(|(_, message)| Fault::new("body", format!("`body` {message}")))?;
    let word = |field: &str| inner.get(field).and_then(Value::as_str).unwrap_or_default();
    let hash = inner.pointer("/spec/data/hash");
    let part = |field: &str| hash.and_then(|hash| hash.get(field)).and_then(Value::as_str);
    let digest = part("algorithm")
        .and_then(DigestAlgorithm::of)
        .and_then(|algorithm| Digest::hex(algorithm, part("value")?))
        .filter(|_| word("kind") == "hashedrekord");
    let json = json!({
        "logIndex": number("logIndex")?.to_string(),
        "logId": { "keyId": BASE64.encode(&log) },
        "kindVersion": { "kind": word("kind"), "version": word("apiVersion") },
        "integratedTime": number("integratedTime")?.to_string(),
        "inclusionPromise": { "signedEntryTimestamp": BASE64.encode(&promise) },
        "canonicalizedBody": BASE64.encode(&body),
    });
    let verifier = inner.pointer("/spec/signature/publicKey/content").cloned();
    Ok(Entry { json, digest, verifier })
}

/// A bundle of the first version, which is the one that has promises of a log; of the last version if
/// only a clock vouches for it.
fn bundle(parts: &Parts, envelope: Option<&str>, entry: Option<Entry>, digest: Option<&Digest>) -> String {
    let version = if entry.is_some() { "+json;version=0.1" } else { ".v0.3+json" };
    let mut material = match (parts.certificates.first(), entry.is_some()) {
        (Some(leaf), true) => {
            json!({ "x509CertificateChain": { "certificates": [{ "rawBytes": BASE64.encode(leaf) }] } })
        }
        (Some(leaf), false) => json!({ "certificate": { "rawBytes": BASE64.encode(leaf) } }),
        (None, _) => {
            let hint = parts.key.map(|key| BASE64.encode(&key)).unwrap_or_default();
            json!({ "publicKey": { "hint": hint } })
        }
    };
    if let Some(entry) = entry {
        material["tlogEntries"] = json!([entry.json]);
    }
    if let Some(stamp) = &parts.timestamp {
        material["timestampVerificationData"] =
            json!({ "rfc3161Timestamps": [{ "signedTimestamp": BASE64.encode(stamp) }] });
    }
    let mut bundle = json!({
        "mediaType": format!("application/vnd.dev.sigstore.bundle{version}"),
        "verificationMaterial": material,
    });
    match envelope {
        Some(envelope) => {
            let rest = bundle.to_string();
            let rest = rest.strip_suffix('}').unwrap_or(&rest);
            return format!("{rest},\"dsseEnvelope\":{envelope}}}");
        }
        None => {
            let mut message = json!({ "signature": BASE64.encode(&parts.signature) });
            if let Some(digest) = digest {
                let algorithm = match digest.algorithm {
                    DigestAlgorithm::Sha256 => "SHA2_256",
                    DigestAlgorithm::Sha384 => "SHA2_384",
                    DigestAlgorithm::Sha512 => "SHA2_512",
                };
                message["messageDigest"] =
                    json!({ "algorithm": algorithm, "digest": BASE64.encode(&digest.bytes) });
            }
            bundle["messageSignature"] = message;
        }
    }
    bundle.to_string()
}
