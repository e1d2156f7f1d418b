//! Signatures in what the interfaces of npm, GitHub and PyPI answer, and the tools that ask them; and PyPI's own form of
//! a signature, which becomes a bundle.

use serde_json::{Value, json};

use super::json::{self as text, Fault};

/// Signatures in one document that are read, at most.
const MAX: usize = 1000;
/// Levels between the top of a document and a signature in it.
const DEPTH: usize = 8;

/// Documents within `value`, which is none of a signature itself. What is too deep or too many is a fault, and so is an
/// attestation of a form that is not known.
pub(super) fn within(value: Value, faults: &mut Vec<Fault>) -> Vec<Value> {
    let mut search = Search::default();
    search.look(value, 0, false);
    if search.more {
        faults.push(Fault::new("", format!("holds more than {MAX} signatures; the rest is not read")));
    }
    if search.elsewhere > 0 {
        let count = search.elsewhere;
        faults.push(Fault::new(
            "bundle_url",
            format!("{count} of the bundles are not in it, but at the address that it gives"),
        ));
    }
    if search.unknown > 0 {
        let count = search.unknown;
        faults.push(Fault::new(
            "attestations",
            format!("{count} of the attestations in it have a form that is not known here"),
        ));
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: Vec<Value>,
    /// Bundles that are left out.
    elsewhere: usize,
    /// Attestations without a signature that is known.
    unknown: usize,
    more: bool,
}

impl Search {
    /// `listed` is true for an item of a list of attestations.
    fn look(&mut self, value: Value, depth: usize, listed: bool) {
        if is_signature(&value) {
            match self.found.len() < MAX {
                true => self.found.push(value),
                false => self.more = true,
            }
            return;
        }
        if depth == DEPTH || self.more {
            return;
        }
        let before = (self.found.len(), self.elsewhere, self.unknown);
        match value {
            Value::Object(members) => {
                // GitHub leaves large bundles out, and says where they are.
                let has = |name: &str| members.get(name).is_some_and(|member| !member.is_null());
                self.elsewhere += usize::from(has("bundle_url") && !has("bundle"));
                for (name, member) in members {
                    self.member(&name, member, depth + 1);
                }
            }
            Value::Array(all) => all.into_iter().for_each(|one| self.look(one, depth + 1, false)),
            // A document can stand in another one as a text.
            Value::String(inner) if inner.trim_ascii_start().starts_with(['{', '[']) => {
                if let Ok(value) = text::parse(&inner) {
                    self.look(value, depth + 1, false);
                }
            }
            _ => {}
        }
        let same = before == (self.found.len(), self.elsewhere, self.unknown);
        self.unknown += usize::from(listed && same && !self.more);
    }

    fn member(&mut self, name: &str, member: Value, depth: usize) {
        const LISTS: [&str; 3] = ["attestations", "attestationBundles", "attestation_bundles"];
        match member {
            Value::Array(all) if LISTS.contains(&name) => {
                all.into_iter().for_each(|one| self.look(one, depth, true));
            }
            member => self.look(member, depth, false),
        }
    }
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
    // Newer logs do not say when something was logged; an authority for time does.
    let stamps = value.pointer("/verification_material/timestamps").and_then(Value::as_array);
    let stamps: Vec<Value> =
        stamps.into_iter().flatten().map(|stamp| json!({ "signedTimestamp": stamp })).collect();
    let mut bundle = json!({
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
    });
    if !stamps.is_empty() {
        bundle["verificationMaterial"]["timestampVerificationData"] = json!({ "rfc3161Timestamps": stamps });
    }
    Ok(bundle)
}
