//! DSSE envelopes and in-toto statements: subjects by name and digest.

use serde_json::Value;

use super::json::{self, Fault};
use super::{Digest, DigestAlgorithm, Subject};

/// The largest signature: the largest of any algorithm has fifty thousand bytes.
pub(super) const SIGNATURE_MAX: usize = 64 << 10;
/// The largest certificate.
pub(super) const CERTIFICATE_MAX: usize = 64 << 10;
/// The most subjects of one statement.
const SUBJECTS_MAX: usize = 10_000;
/// The longest name or type.
const NAME_MAX: usize = 4096;
/// The most signatures of one envelope.
const SIGNATURES_MAX: usize = 64;

/// The content of an envelope's payload.
#[derive(Debug, Default)]
pub(super) struct Statement {
    pub(super) subjects: Vec<Subject>,
    pub(super) predicate: Option<String>,
}

/// Parses an envelope. Errors of single subjects go to `faults` and do not stop parsing.
///
/// # Errors
/// Why it is not an envelope.
pub(super) fn envelope(value: &Value, faults: &mut Vec<Fault>) -> Result<Statement, Fault> {
    let Some(payload_type) = value.get("payloadType").and_then(Value::as_str) else {
        return Err(Fault::new("payloadType", "the envelope does not say what its payload is"));
    };
    let payload = json::bytes(value, "payload", super::SIZE_MAX)?;
    let Some(signatures) = value.get("signatures").and_then(Value::as_array) else {
        return Err(Fault::new("signatures", "the envelope has no list of signatures"));
    };
    if signatures.is_empty() || signatures.len() > SIGNATURES_MAX {
        return Err(Fault::new("signatures", format!("the envelope has {} signatures", signatures.len())));
    }
    for signature in signatures {
        json::bytes(signature, "sig", SIGNATURE_MAX)?;
    }
    match payload_type {
        "application/vnd.in-toto+json" => statement(&payload, faults),
        _ => Ok(Statement::default()),
    }
}

fn statement(payload: &[u8], faults: &mut Vec<Fault>) -> Result<Statement, Fault> {
    let text = std::str::from_utf8(payload)
        .map_err(|_| Fault::new("payload", "the statement in the payload is not UTF-8"))?;
    let value = json::parse(text)
        .map_err(|(_, message)| Fault::new("payload", format!("the statement in the payload {message}")))?;
    let Some(listed) = value.get("subject").and_then(Value::as_array) else {
        return Err(Fault::new("payload", "the statement in the payload has no subjects"));
    };
    let (mut subjects, mut wrong) = (Vec::new(), 0);
    for subject in listed.iter().take(SUBJECTS_MAX) {
        let name = subject.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let mut digests = Vec::new();
        for (algorithm, digits) in subject.get("digest").and_then(Value::as_object).into_iter().flatten() {
            // Others, such as `gitCommit`, are not file digests.
            let Some(algorithm) = DigestAlgorithm::of(algorithm) else { continue };
            match digits.as_str().and_then(|digits| Digest::hex(algorithm, digits)) {
                Some(digest) => digests.push(digest),
                None => wrong += 1,
            }
        }
        let name = name.filter(|name| name.len() <= NAME_MAX).map(str::to_owned);
        subjects.push(Subject { name, digests });
    }
    if wrong > 0 {
        faults.push(Fault::new(
            "payload",
            format!("{wrong} digests of subjects are not valid for their algorithm"),
        ));
    }
    if listed.len() > SUBJECTS_MAX {
        faults.push(Fault::new("payload", format!("has {} subjects; {SUBJECTS_MAX} are read", listed.len())));
    }
    let predicate = value.get("predicateType").and_then(Value::as_str);
    let predicate = predicate.filter(|text| !text.is_empty() && text.len() <= NAME_MAX).map(str::to_owned);
    Ok(Statement { subjects, predicate })
}
