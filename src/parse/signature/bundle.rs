//! JSON signature files: Sigstore bundles of any version, and detection of other formats.

use serde_json::Value;

use super::json::{self, Fault};
use super::statement::{self, CERTIFICATE_MAX, SIGNATURE_MAX, Statement};
use super::{
    Content, Digest, DigestAlgorithm, Form, Read, Signed, Subject, kinds, legacy, pem, unknown, wrapped,
};
use crate::parse::lines::line_number;

/// The most log entries, time stamps and certificates of one bundle.
const ENTRIES_MAX: usize = 64;

/// The media type of the latest version.
const V03: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Parses a file of one document, or of one per line.
pub(super) fn file(name: &[u8], bytes: &[u8]) -> Read {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let line = line_number(bytes, error.valid_up_to());
            return Read { signatures: Vec::new(), mistakes: vec![(line, "is not UTF-8".to_owned())] };
        }
    };
    if text.trim_ascii().is_empty() {
        return super::mistaken("is empty".to_owned());
    }
    let named = kinds::is_named(name.rsplit(|b| *b == b'/').next().unwrap_or(name));
    let mut read = Read::default();
    json::documents(text, &mut |line, document| match document {
        Ok((text, value)) => parse_document(text, value, line, named, &mut read),
        Err(message) => read.mistakes.push((line, message)),
    });
    read
}

/// Parses the document at `line`, and the documents within it if it is not a signature itself.
fn parse_document(text: &str, value: Value, line: u32, named: bool, read: &mut Read) {
    let mut faults = Vec::new();
    let inner = if is_wrapper(&value) { wrapped::within(value.clone(), &mut faults) } else { Vec::new() };
    if inner.is_empty() && faults.is_empty() {
        match document(text, value, named, &mut faults) {
            Ok(Some(signed)) => read.signatures.push(Signed { line, ..signed }),
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    let count = u32::try_from(inner.len()).unwrap_or(u32::MAX);
    for (number, value) in (1..).zip(inner) {
        let number = (count > 1).then_some((number, count));
        let before = faults.len();
        match document(&value.to_string(), value, true, &mut faults) {
            Ok(Some(signed)) => read.signatures.push(Signed { line, number, ..signed }),
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
        for fault in &mut faults[before..] {
            // Which of several fields with this name is meant is unknown.
            fault.field = if number.is_some() { "" } else { fault.field };
            if let Some((number, _)) = number {
                fault.message = format!("holds as number {number} of {count} one that {}", fault.message);
            }
        }
    }
    read.mistakes
        .extend(faults.into_iter().map(|fault| (json::line(text, line, fault.field), fault.message)));
}

/// True for what can only contain signatures, not be one.
fn is_wrapper(value: &Value) -> bool {
    const OWN: [&str; 7] = [
        "mediaType",
        "verificationMaterial",
        "verification_material",
        "base64Signature",
        "Base64Signature",
        "payloadType",
        "schemaVersion",
    ];
    !OWN.iter().any(|field| value.get(field).is_some_and(|value| !value.is_null()))
}

/// Parses a document of any format; `None` if it has none of them and need not.
pub(super) fn document(
    text: &str,
    value: Value,
    named: bool,
    faults: &mut Vec<Fault>,
) -> Result<Option<Signed>, Fault> {
    let has = |field: &str| value.get(field).is_some_and(|value| !value.is_null());
    let media = value.get("mediaType").and_then(Value::as_str).unwrap_or_default();
    // An index or a manifest may name the media type of a bundle without being one.
    if media.starts_with("application/vnd.dev.sigstore.bundle") || has("verificationMaterial") {
        return bundle(text, value, faults).map(Some);
    }
    if has("base64Signature") || has("Base64Signature") {
        return legacy::read(&value, faults).map(Some);
    }
    if has("payloadType") && has("signatures") {
        return envelope(text, &value, faults).map(Some);
    }
    if wrapped::is_python(&value) {
        let value = wrapped::python(&value)?;
        let signed = bundle(&value.to_string(), value, faults)?;
        return Ok(Some(Signed { form: Form::PythonAttestation, ..signed }));
    }
    if named && !media.starts_with("application/vnd.dev.sigstore.") {
        return Err(Fault::new("", "is not a signature in a known format, although its name suggests one"));
    }
    Ok(None)
}

fn signed(form: Form, statement: Statement, content: Content) -> Signed {
    let Statement { subjects, predicate } = statement;
    Signed { line: 1, number: None, form, subjects, predicate, content, payload: None }
}

/// The version in a media type; the oldest bundles have none.
fn version(media: Option<&str>) -> Option<Form> {
    const START: &str = "application/vnd.dev.sigstore.bundle";
    let Some(media) = media else { return Some(Form::BundleV01) };
    let rest = media.strip_prefix(START)?;
    let version = match rest.strip_prefix(".v") {
        Some(rest) => rest.strip_suffix("+json")?,
        None => rest.strip_prefix("+json;")?.trim_start().strip_prefix("version=")?.trim_matches('"'),
    };
    match version {
        "0.1" | "0.1.0" => Some(Form::BundleV01),
        "0.2" | "0.2.0" => Some(Form::BundleV02),
        "0.3" | "0.3.0" => Some(Form::BundleV03),
        _ => None,
    }
}

/// The spelling of a media type that every parser accepts.
const fn spelling(form: Form) -> &'static str {
    match form {
        Form::BundleV02 => "application/vnd.dev.sigstore.bundle+json;version=0.2",
        Form::BundleV03 => V03,
        _ => "application/vnd.dev.sigstore.bundle+json;version=0.1",
    }
}

fn bundle(text: &str, mut value: Value, faults: &mut Vec<Fault>) -> Result<Signed, Fault> {
    let media = value.get("mediaType").filter(|media| !media.is_null());
    let media = media.map(|media| media.as_str().unwrap_or_default());
    let Some(form) = version(media) else {
        return Err(Fault::new("mediaType", unknown::BUNDLE));
    };
    let known = media.is_some_and(|media| media == spelling(form));
    // What every parser accepts is passed on verbatim.
    let mut json = None;
    if !known || text.contains("null") {
        json::drop_nulls(&mut value);
        if let Value::Object(members) = &mut value {
            members.insert("mediaType".to_owned(), spelling(form).into());
        }
        json = Some(value.to_string());
    }
    material(value.get("verificationMaterial"))?;
    let statement = match (value.get("messageSignature"), value.get("dsseEnvelope")) {
        (Some(message), None) => {
            json::bytes(message, "signature", SIGNATURE_MAX)?;
            let digests = message.get("messageDigest").map(digest).transpose()?;
            let subjects = digests.into_iter().map(|digest| Subject { name: None, digests: vec![digest] });
            Statement { subjects: subjects.collect(), predicate: None }
        }
        (None, Some(inner)) => statement::envelope(inner, faults)?,
        (None, None) => return Err(Fault::new("mediaType", "the bundle holds no signature")),
        (Some(_), Some(_)) => {
            return Err(Fault::new(
                "dsseEnvelope",
                "the bundle holds a signature of a message and an envelope",
            ));
        }
    };
    let json = json.unwrap_or_else(|| text.trim_ascii().to_owned());
    Ok(signed(form, statement, Content::Bundle(json)))
}

/// Checks the verification material.
fn material(material: Option<&Value>) -> Result<(), Fault> {
    let Some(material) = material.filter(|material| material.is_object()) else {
        return Err(Fault::new("mediaType", "the bundle has no `verificationMaterial`"));
    };
    let (one, chain) = (material.get("certificate"), material.get("x509CertificateChain"));
    let key = material.get("publicKey");
    match [one, chain, key].iter().flatten().count() {
        1 => {}
        0 => return Err(Fault::new("verificationMaterial", "the bundle has neither certificate nor key")),
        _ => {
            return Err(Fault::new(
                "verificationMaterial",
                "the bundle has more than one certificate or key",
            ));
        }
    }
    if let Some(one) = one {
        certificate(one)?;
    }
    if let Some(chain) = chain {
        let all = list(chain, "certificates")?;
        if all.is_empty() {
            return Err(Fault::new("certificates", "the chain of certificates is empty"));
        }
        all.iter().try_for_each(certificate)?;
    }
    for entry in list(material, "tlogEntries")? {
        let numbers = ["logIndex", "integratedTime"].map(|field| (field, entry.get(field)));
        let proof = entry.get("inclusionProof");
        let more = ["logIndex", "treeSize"].map(|field| (field, proof.and_then(|proof| proof.get(field))));
        for (field, number) in numbers.into_iter().chain(more) {
            if number.is_some_and(|number| json::integer(number).is_none_or(|number| number < 0)) {
                return Err(Fault::new(field, format!("`{field}` is not a log index")));
            }
        }
        json::bytes(entry, "canonicalizedBody", super::SIZE_MAX)?;
    }
    if let Some(times) = material.get("timestampVerificationData") {
        list(times, "rfc3161Timestamps")?;
    }
    Ok(())
}

fn certificate(value: &Value) -> Result<(), Fault> {
    let der = json::bytes(value, "rawBytes", CERTIFICATE_MAX)?;
    if pem::is_der(&der) { Ok(()) } else { Err(Fault::new("rawBytes", "the certificate is not DER")) }
}

/// An optional list.
fn list<'a>(of: &'a Value, field: &'static str) -> Result<&'a [Value], Fault> {
    match of.get(field) {
        None => Ok(&[]),
        Some(Value::Array(all)) if all.len() <= ENTRIES_MAX => Ok(all),
        Some(Value::Array(all)) => {
            Err(Fault::new(field, format!("`{field}` has {} items; {ENTRIES_MAX} are the most", all.len())))
        }
        Some(_) => Err(Fault::new(field, format!("`{field}` is not a list"))),
    }
}

fn digest(value: &Value) -> Result<Digest, Fault> {
    let algorithm = match value.get("algorithm") {
        Some(Value::String(name)) => DigestAlgorithm::of(name),
        // Protobuf's enum numbers.
        Some(Value::Number(number)) => match number.as_u64() {
            Some(1) => Some(DigestAlgorithm::Sha256),
            Some(2) => Some(DigestAlgorithm::Sha384),
            Some(3) => Some(DigestAlgorithm::Sha512),
            _ => None,
        },
        _ => None,
    };
    let algorithm = algorithm.ok_or_else(|| Fault::new("algorithm", unknown::ALGORITHM))?;
    let bytes = json::bytes(value, "digest", 64)?;
    Digest::new(algorithm, bytes)
        .ok_or_else(|| Fault::new("digest", format!("the digest is not valid for {}", algorithm.as_str())))
}

fn envelope(text: &str, value: &Value, faults: &mut Vec<Fault>) -> Result<Signed, Fault> {
    let statement = statement::envelope(value, faults)?;
    let of_signature = value.get("signatures").and_then(|all| all.get(0));
    let written = of_signature.and_then(|signature| signature.get("cert")).and_then(Value::as_str);
    // SLSA's generators put a certificate next to the signature.
    let certificate = match written.filter(|text| !text.is_empty()) {
        Some(text) => match pem::certificates(text.as_bytes()).into_iter().next() {
            Some(der) if der.len() <= CERTIFICATE_MAX => Some(der),
            _ => return Err(Fault::new("cert", "the certificate of the envelope cannot be read")),
        },
        None => None,
    };
    let content = Content::Envelope { json: text.trim_ascii().to_owned(), certificate };
    Ok(signed(Form::Envelope, statement, content))
}
