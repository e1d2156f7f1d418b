//! Signatures in API responses of npm, GitHub and PyPI, and in the output of their clients; and PyPI's own format,
//! converted to a bundle.

use serde_json::{Value, json};

use super::json::{self as text, Fault};
use super::unknown;

/// The most signatures in one document.
const MAX: usize = 1000;
/// The deepest nesting of a signature in a document.
const DEPTH: usize = 8;

/// The documents within `value`, which is not a signature itself. Exceeded limits are errors, as are attestations
/// in an unknown format.
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
            format!("{count} of the bundles are not included, but at a URL in it"),
        ));
    }
    if search.unknown > 0 {
        let count = search.unknown;
        faults.push(Fault::new("attestations", format!("{count} {}", unknown::FORMAT)));
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: Vec<Value>,
    /// Bundles that are left out.
    elsewhere: usize,
    /// Attestations without a known signature.
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
                // GitHub leaves large bundles out, and gives their URL.
                let has = |name: &str| members.get(name).is_some_and(|member| !member.is_null());
                self.elsewhere += usize::from(has("bundle_url") && !has("bundle"));
                for (name, member) in members {
                    self.member(&name, member, depth + 1);
                }
            }
            Value::Array(all) => all.into_iter().for_each(|one| self.look(one, depth + 1, false)),
            // A document can be embedded in another one as a string.
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

/// True for a document in a format of signatures.
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

/// True for a PEP 740 attestation.
pub(super) fn is_python(value: &Value) -> bool {
    let has = |field: &str| value.get(field).is_some_and(Value::is_object);
    has("verification_material") && has("envelope")
}

/// Converts it to a Sigstore bundle: the same parts under other names.
pub(super) fn python(value: &Value) -> Result<Value, Fault> {
    if value.get("version").and_then(Value::as_i64).is_some_and(|version| version != 1) {
        return Err(Fault::new("version", unknown::ATTESTATION));
    }
    let part = |path: &str| value.pointer(path).cloned().unwrap_or(Value::Null);
    // Newer logs give no time; a time-stamping authority does.
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
