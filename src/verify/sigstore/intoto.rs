//! Log entries of kind `intoto/0.0.1`, as cosign made them for attestations until 2023. The library verifies
//! everything about them except their content: the digests of the envelope and of its payload, and the signer.
//!
//! So the content is compared here, and the library verifies the rest under the name of a kind that it supports.
//! Its last step compares the entry with the bundle, and for that kind it always fails with a fixed error for
//! envelopes: reaching it means that every other step passed. The version of the library is pinned, and
//! `tests/it/verify/intoto.rs` covers each step by changing what it proves.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sigstore_types::{Bundle, DerPublicKey, SignatureContent};
use sigstore_verify::Error;

use super::failure::unknown_kind;
use super::leaf_of;
use crate::parse::signature::{certificates, key::public_key};
use crate::verify::Failure;

/// The kind under which the library verifies it.
const ASKED_AS: (&str, &str) = ("hashedrekord", "0.0.1");
/// The library's error for that kind once everything else is proven.
const LAST: &str = "Rekor entry hashedrekord/0.0.1 is incompatible with a DSSE envelope";

/// The content of an entry.
#[derive(Deserialize)]
struct Body {
    kind: String,
    #[serde(rename = "apiVersion")]
    version: String,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    content: Content,
    /// Base64 of PEM: a certificate, or a key.
    public_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    /// Of the whole envelope, as sent to the log.
    hash: Option<Hash>,
    payload_hash: Option<Hash>,
}

#[derive(Deserialize)]
struct Hash {
    algorithm: String,
    value: String,
}

/// A bundle as the library reads it, and what the library does not support.
pub(super) struct Entries {
    /// How many entries are of this kind; they are the last ones.
    pub(super) count: usize,
    /// The envelope as written in the file.
    envelope: Option<String>,
    /// The first entry of an unknown kind.
    pub(super) unknown: Option<String>,
}

impl Entries {
    /// Collects the entries of a bundle that the library cannot read, and relabels them as a kind that it can.
    pub(super) fn of(bundle: &mut Value, text: &str) -> Self {
        const KNOWN: [(&str, &str); 4] =
            [("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2"), ("dsse", "0.0.1"), ("intoto", "0.0.2")];
        let mut entries = Self { count: 0, envelope: None, unknown: None };
        let listed = bundle.pointer_mut("/verificationMaterial/tlogEntries").and_then(Value::as_array_mut);
        let Some(listed) = listed else { return entries };
        let (mut known, mut of_intoto) = (Vec::new(), Vec::new());
        for mut entry in std::mem::take(listed) {
            let part = |name: &str| {
                entry
                    .get("kindVersion")
                    .and_then(|kind| kind.get(name))
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let kind = (part("kind"), part("version"));
            let is_intoto = kind == ("intoto", "0.0.1");
            if kind.0.is_empty() || KNOWN.contains(&kind) {
                known.push(entry);
                continue;
            }
            if !is_intoto {
                let named = format!("{}/{}", kind.0, kind.1);
                entries.unknown.get_or_insert(named);
            }
            entry["kindVersion"] = json!({ "kind": ASKED_AS.0, "version": ASKED_AS.1 });
            if is_intoto { of_intoto.push(entry) } else { known.push(entry) }
        }
        entries.count = of_intoto.len();
        known.append(&mut of_intoto);
        *listed = known;
        if entries.count > 0 {
            entries.envelope = member(text, "dsseEnvelope").map(str::to_owned);
        }
        entries
    }

    /// Why the entries of this kind do not match `bundle`, signed by `key`, if so.
    pub(super) fn check(&self, bundle: &Bundle, key: &DerPublicKey) -> Result<(), Failure> {
        let all = &bundle.verification_material.tlog_entries;
        let from = all.len().saturating_sub(self.count);
        all[from..]
            .iter()
            .try_for_each(|entry| self.check_entry(entry.canonicalized_body.as_bytes(), bundle, key))
    }

    fn check_entry(&self, body: &[u8], bundle: &Bundle, key: &DerPublicKey) -> Result<(), Failure> {
        let other = |what: &str| Failure::Invalid(format!("the log entry is for another {what}"));
        let body: Body = serde_json::from_slice(body)
            .map_err(|error| Failure::Invalid(format!("the log entry cannot be read: {error}")))?;
        if (body.kind.as_str(), body.version.as_str()) != ("intoto", "0.0.1") {
            return Err(other("kind than the bundle claims"));
        }
        let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
            return Err(other("kind of signature: it is one of an envelope"));
        };
        // The log also records the signing key.
        if signer(&body.spec.public_key)? != key.as_bytes() {
            return Err(other("signer"));
        }
        let payload = body.spec.content.payload_hash.as_ref();
        if let Some(hash) = payload
            && !hash.is_of(envelope.payload.as_bytes())?
        {
            return Err(other("payload"));
        }
        let Some(hash) = &body.spec.content.hash else {
            return Err(Failure::Inconclusive(
                "the log entry does not say which envelope it is for".to_owned(),
            ));
        };
        let text = self.envelope.as_deref().unwrap_or_default();
        for written in spellings(text) {
            if hash.is_of(&written)? {
                return Ok(());
            }
        }
        // The same payload in another notation has another digest.
        Err(match payload {
            Some(_) => Failure::Inconclusive(
                "the log entry holds the digest of the envelope as it was written once, and it has been written anew since; \
                 its payload and its signer are those of the entry"
                    .to_owned(),
            ),
            None => other("envelope"),
        })
    }

    /// Fails if an entry needs a newer program.
    pub(super) fn known(&self) -> Result<(), Failure> {
        self.unknown.as_ref().map_or(Ok(()), |kind| Err(unknown_kind(kind)))
    }

    /// True if this is the library's error once everything that it can prove is proven.
    pub(super) fn ends_so(&self, error: &Error) -> bool {
        self.count > 0
            && self.unknown.is_none()
            && matches!(error, Error::UnsupportedBundle(why) if why == LAST)
    }
}

impl Hash {
    fn is_of(&self, bytes: &[u8]) -> Result<bool, Failure> {
        if self.algorithm != "sha256" {
            return Err(Failure::Inconclusive(format!(
                "the log entry has a digest by `{}`, which is not supported",
                self.algorithm
            )));
        }
        Ok(data_encoding::HEXLOWER_PERMISSIVE
            .decode(self.value.as_bytes())
            .is_ok_and(|value| value == Sha256::digest(bytes)[..]))
    }
}

/// The envelope as written, and as cosign serialises it.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Envelope {
        payload_type: String,
        payload: String,
        signatures: Vec<Signature>,
    }
    #[derive(Deserialize)]
    struct Signature {
        #[serde(default)]
        keyid: String,
        sig: String,
    }
    let mut all = vec![text.as_bytes().to_vec()];
    if let Ok(envelope) = serde_json::from_str::<Envelope>(text) {
        let quoted = |text: &str| Value::from(text).to_string();
        for with_id in [true, false] {
            let signature = |one: &Signature| match with_id {
                true => format!("{{\"keyid\":{},\"sig\":{}}}", quoted(&one.keyid), quoted(&one.sig)),
                false => format!("{{\"sig\":{}}}", quoted(&one.sig)),
            };
            let signatures: Vec<String> = envelope.signatures.iter().map(signature).collect();
            all.push(
                format!(
                    "{{\"payloadType\":{},\"payload\":{},\"signatures\":[{}]}}",
                    quoted(&envelope.payload_type),
                    quoted(&envelope.payload),
                    signatures.join(",")
                )
                .into_bytes(),
            );
        }
    }
    let ended: Vec<Vec<u8>> = all.iter().map(|bytes| [bytes.as_slice(), b"\n"].concat()).collect();
    all.extend(ended);
    all
}

/// The key recorded by the log.
fn signer(base64: &str) -> Result<Vec<u8>, Failure> {
    let wrong = || Failure::Invalid("the log entry names no signer that can be read".to_owned());
    let pem = super::base64(base64).ok_or_else(wrong)?;
    if let Some(leaf) = certificates(&pem).first() {
        return Ok(leaf_of(leaf)?.public_key.as_bytes().to_vec());
    }
    public_key(&pem).map(|key| key.der).map_err(|_| wrong())
}

/// The source text of a member of the JSON object `text`, which is already validated.
fn member<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    // Where the value of the member starts, once its name was read.
    let mut from = None;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_string(bytes, at)?;
                let is_name = depth == 1 && from.is_none() && &text[at + 1..end] == name;
                at = end;
                let colon = bytes[at + 1..]
                    .iter()
                    .position(|byte| !byte.is_ascii_whitespace())
                    .map(|skip| at + 1 + skip);
                if let Some(colon) = colon.filter(|colon| is_name && bytes.get(*colon) == Some(&b':')) {
                    from = Some(colon + 1);
                    at = colon;
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' => {
                depth -= usize::from(*byte != b',' && depth > 0);
                if let Some(from) = from
                    && (depth == 1 && *byte != b',' || depth <= 1 && *byte == b',' || depth == 0)
                {
                    let end = if depth == 1 && *byte != b',' { at + 1 } else { at };
                    return Some(text[from..end].trim());
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The position of the closing quote of the string at `at`.
fn end_of_string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::member;

    #[test]
    fn members_are_found_as_they_are_written() {
        let text = r#" { "a" : {"x": {"b": 1}, "b": [2]}, "s": "b\"", "b": { "y" : "}\\" , "z": [ {} ] } , "c": 3, "d":4 }"#;
        assert_eq!(member(text, "b"), Some(r#"{ "y" : "}\\" , "z": [ {} ] }"#));
        assert_eq!(member(text, "a"), Some(r#"{"x": {"b": 1}, "b": [2]}"#));
        assert_eq!(
            (member(text, "c"), member(text, "d"), member(text, "s")),
            (Some("3"), Some("4"), Some("\"b\\\"\""))
        );
        assert_eq!(
            (member(text, "x"), member("{}", "x"), member("\"x", "x"), member("", "x")),
            (None, None, None, None)
        );
    }
}
