//! cosign's formats before Sigstore bundles, converted to a bundle where possible.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::json::{self, Fault};
use super::statement::{self, CERTIFICATE_MAX, SIGNATURE_MAX, Statement};
use super::{Content, Digest, DigestAlgorithm, Form, Signed, Subject, key, pem};

/// The parts of a signature.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The signature, or an envelope.
    pub(super) signature: Vec<u8>,
    /// DER; the leaf first.
    pub(super) certificates: Vec<Vec<u8>>,
    /// The SHA-256 of the key (`SubjectPublicKeyInfo`), if there is a key in place of a certificate.
    pub(super) key: Option<[u8; 32]>,
    /// `SignedEntryTimestamp` and `Payload` of the log.
    pub(super) rekor: Option<Value>,
    /// An RFC 3161 time stamp, DER.
    pub(super) timestamp: Option<Vec<u8>>,
    /// The signed payload, if present.
    pub(super) payload: Option<Vec<u8>>,
}

/// Parses `{"base64Signature", "cert", "rekorBundle"}` and the lines of `cosign download signature`.
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

/// A non-empty field.
fn present<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    value.get(field).filter(|value| !value.is_null() && value.as_str() != Some(""))
}

/// Parses a certificate as PEM, as base64 of PEM, or in Go's serialisation; or a key in its place.
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
    // For a key signature in the log, cosign puts the key here.
    let unpacked = json::base64_lines(text);
    let key = key::public_key(unpacked.as_deref().unwrap_or(text)).map_err(|_| fault())?;
    parts.key = Some(Sha256::digest(&key.der).into());
    Ok(())
}

/// Assembles a signature: as a bundle if a log or a time stamp vouches for it, otherwise as it is.
pub(super) fn assemble(form: Form, mut parts: Parts, faults: &mut Vec<Fault>) -> Result<Signed, Fault> {
    // An attestation has the envelope in place of the signature.
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
    // A missing certificate is taken from the log, whose promise proves it.
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
    // For an image, a payload that names it is signed, not the image.
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
            // As written: the log may have its digest.
            let written = envelope.is_some().then(|| String::from_utf8_lossy(&parts.signature));
            Content::Bundle(bundle(&parts, written.as_deref(), entry, digest.as_ref()))
        }
    };
    let Statement { subjects, predicate } = statement;
    Ok(Signed { line: 1, number: None, form, subjects, predicate, content, payload: parts.payload })
}

/// The image in a payload: "simple signing" of container images.
pub(super) fn image_of(payload: &[u8]) -> Option<Digest> {
    let value = json::parse(std::str::from_utf8(payload).ok()?).ok()?;
    Digest::parse(value.pointer("/critical/image/docker-manifest-digest")?.as_str()?)
}

/// A log entry in the terms of bundles.
struct Entry {
    json: Value,
    /// The digest of what is signed, according to the log.
    digest: Option<Digest>,
    /// The certificate or key sent to the log: base64 of PEM.
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
            .ok_or_else(|| Fault::new(field, format!("`{field}` is not a log index")))
    };
    let log = payload.get("logID").and_then(Value::as_str).unwrap_or_default();
    let log = HEXLOWER_PERMISSIVE
        .decode(log.as_bytes())
        .ok()
        .filter(|log| log.len() == 32)
        .ok_or_else(|| Fault::new("logID", "`logID` is not a log id: 64 hexadecimal digits"))?;
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

/// A bundle of the first version, which supports log promises; of the latest version if only a time stamp vouches
/// for it.
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
