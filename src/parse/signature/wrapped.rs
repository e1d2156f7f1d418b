//! Signatures in what the interfaces of npm, GitHub and PyPI answer, and the tools that ask them; and PyPI's own form of
//! a signature, which becomes a bundle.

use serde_json::{Value, json};

use super::json::Fault;

/// Signatures in one document that are read, at most.
const MAX: usize = 1000;
/// Levels between the top of a document and a signature in it.
const DEPTH: usize = 8;

/// Documents within `value`, which is none of a signature itself. What is too deep or too many is a fault.
pub(super) fn within(value: Value, faults: &mut Vec<Fault>) -> Vec<Value> {
    let mut found = Vec::new();
    let mut elsewhere = 0_usize;
    let mut left = vec![(value, 0)];
    while let Some((value, depth)) = left.pop() {
        if is_signature(&value) {
            if found.len() == MAX {
                faults
                    .push(Fault::new("", format!("holds more than {MAX} signatures; the rest is not read")));
                break;
            }
            found.push(value);
            continue;
        }
        if depth == DEPTH {
            continue;
        }
        match value {
            Value::Object(members) => {
                // GitHub leaves large bundles out, and says where they are.
                let has = |name: &str| members.get(name).is_some_and(|member| !member.is_null());
                elsewhere += usize::from(has("bundle_url") && !has("bundle"));
                left.extend(members.into_iter().rev().map(|(_, member)| (member, depth + 1)));
            }
            Value::Array(all) => left.extend(all.into_iter().rev().map(|one| (one, depth + 1))),
            _ => {}
        }
    }
    if elsewhere > 0 {
        faults.push(Fault::new(
            "bundle_url",
            format!("{elsewhere} of the bundles are not in it, but at the address that it gives"),
        ));
    }
    found
}

/// True for a document of one of the forms that signatures have.
fn is_signature(value: &Value) -> bool {
    let has = |field: &str| value.get(field).is_some_and(|value| !value.is_null());
    let media = value.get("mediaType").and_then(Value::as_str).unwrap_or_default();
    has("verificationMaterial")
        || media.starts_with("application/vnd.dev.sigstore.bundle")
            && (has("messageSignature") || has("dsseEnvelope"))
        || has("base64Signature")
        || has("Base64Signature")
        || has("payloadType") && has("signatures")
        || is_python(value)
}

/// True for an attestation as PEP 740 has it.
pub(super) fn is_python(value: &Value) -> bool {
    let has = |field: &str| value.get(field).is_some_and(Value::is_object);
    has("verification_material") && has("envelope")
}

/// The same as a Sigstore bundle: all parts are the same, by other names.
pub(super) fn python(value: &Value) -> Result<Value, Fault> {
    if value.get("version").and_then(Value::as_i64).is_some_and(|version| version != 1) {
        return Err(Fault::new("version", "is a Python attestation of a version that is not known here"));
    }
    let part = |path: &str| value.pointer(path).cloned().unwrap_or(Value::Null);
    Ok(json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": { "rawBytes": part("/verification_material/certificate") },
            "tlogEntries": part("/verification_material/transparency_entries"),
        },
        "dsseEnvelope": {
            "payloadType": "application/vnd.in-toto+json",
            "payload": part("/envelope/statement"),
            "signatures": [{ "sig": part("/envelope/signature") }],
        },
    }))
}
