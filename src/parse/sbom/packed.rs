//! Embedded documents: compressed, or as the predicate of an in-toto statement, bare or signed.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::kinds::{Family, is_named, sniff};
use crate::parse::signature;

/// The most documents extracted from one file.
const MAX: usize = 100;

/// A document of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// Its format.
    pub family: Family,
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// The line of the enclosing signature or statement: the document's own lines are not those of the file.
    pub within: Option<u32>,
    /// True if the statement is signed.
    pub signed: bool,
}

/// The documents in the file with this name (without directories) and content.
#[must_use]
pub fn held<'a>(name: &[u8], bytes: &'a [u8]) -> Vec<Held<'a>> {
    if let Some(family) = sniff(name, bytes) {
        return vec![Held { family, bytes: Cow::Borrowed(bytes), within: None, signed: false }];
    }
    match bytes {
        [0x1f, 0x8b, 8, ..] => unpacked(name, bytes).into_iter().collect(),
        _ => statements(name, bytes),
    }
}

/// True if the file with this name and start may contain a document, so it is read whole.
#[must_use]
pub fn may_hold(name: &[u8], head: &[u8]) -> bool {
    !held(name, head).is_empty()
        || signature::sniff(name, head) == Some(signature::Kind::Json)
        || memchr::memmem::find(head, b"in-toto.io/Statement").is_some()
}

/// The unsupported compression of a file with a document's name, if any.
#[must_use]
pub fn packed_by(name: &[u8], bytes: &[u8]) -> Option<&'static str> {
    let packed = match bytes {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "Zstandard",
        [0xfd, b'7', b'z', b'X', b'Z', ..] => "xz",
        [b'B', b'Z', b'h', ..] => "bzip2",
        [b'P', b'K', 3, 4, ..] => "zip",
        _ => return None,
    };
    is_called_one(name).then_some(packed)
}

/// True for names of compressed or unsupported documents, not of prose about them.
#[must_use]
pub fn is_called_one(name: &[u8]) -> bool {
    const PACKED: [&[u8]; 5] = [b".gz", b".zst", b".xz", b".bz2", b".zip"];
    const ENDS: [&[u8]; 13] = [
        b".spdx.json",
        b".spdx.yml",
        b".spdx.yaml",
        b".spdx.xml",
        b".spdx.rdf",
        b".spdx",
        b".cdx.json",
        b".cdx.xml",
        b".cdx",
        b"bom.json",
        b"bom.xml",
        b".syft.json",
        b".swidtag",
    ];
    let lower = name.to_ascii_lowercase();
    let name = PACKED.iter().find_map(|end| lower.strip_suffix(*end)).unwrap_or(&lower);
    ENDS.iter().any(|end| name.ends_with(end))
}

/// True for names that documents share with other files.
#[must_use]
pub fn may_be_one(name: &[u8]) -> bool {
    let ends = |end: &str| name.ends_with(end.as_bytes());
    is_called_one(name)
        || is_named(name)
        || [".json", ".xml", ".spdx", ".jsonl", ".json.gz", ".xml.gz", ".spdx.gz"].iter().any(|end| ends(end))
}

fn unpacked<'a>(name: &[u8], bytes: &[u8]) -> Option<Held<'a>> {
    let name = name.strip_suffix(b".gz")?;
    if !may_be_one(name) {
        return None;
    }
    let mut head = Vec::new();
    // Of a damaged file the readable start.
    let _ = MultiGzDecoder::new(bytes).take(64 << 10).read_to_end(&mut head);
    // Almost all are recognisable by their start; others must have the name of one.
    if !is_named(name) && sniff(name, &head).is_none() && !head.starts_with(b"{\"artifact") {
        return None;
    }
    let mut out = Vec::new();
    // A truncated one is an unreadable document.
    let _ = MultiGzDecoder::new(bytes).take(super::BYTES_MAX as u64 + 1).read_to_end(&mut out);
    let family = sniff(name, &out)?;
    Some(Held { family, bytes: Cow::Owned(out), within: None, signed: false })
}

/// The documents in the predicates of statements.
fn statements<'a>(name: &[u8], bytes: &[u8]) -> Vec<Held<'a>> {
    let mut found = Vec::new();
    for (line, signed, text) in signature::statements(name, bytes, &is_about_one).into_iter().take(MAX) {
        let Ok(value) = serde_json::from_str::<Value>(&text) else { continue };
        if !value.get("predicateType").and_then(Value::as_str).is_some_and(is_about_one) {
            continue;
        }
        let predicate = value.get("predicate").unwrap_or(&Value::Null);
        // Older versions of cosign wrap it into a member, as a string or directly.
        let inner = predicate.get("Data").filter(|data| !data.is_null()).unwrap_or(predicate);
        let inner = match inner {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Some(family) = sniff(b"bom", inner.as_bytes()) {
            let bytes = Cow::Owned(inner.into_bytes());
            found.push(Held { family, bytes, within: Some(line), signed });
        }
    }
    found
}

/// True for predicate types of SBOMs.
fn is_about_one(predicate: &str) -> bool {
    let rest = predicate.split_once("://").map_or(predicate, |(_, rest)| rest);
    ["cyclonedx.org/bom", "spdx.dev/Document", "spdx.dev/document", "syft.dev/bom", "cyclonedx.org/schema"]
        .iter()
        .any(|start| rest.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{held, is_called_one};

    #[test]
    fn names_of_documents() {
        for name in ["bom.json", "app.cdx.json.gz", "image.spdx.json.zst", "SBOM.json", "a.spdx", "x.swidtag"]
        {
            assert!(is_called_one(name.as_bytes()), "{name}");
        }
        for name in ["bomb.rs", "package.json", "spdx.py", "a.json.gz", "sbom.md", "carbon.json"] {
            assert!(!is_called_one(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_statement_about_something_else_holds_none() {
        let statement = |kind: &str| {
            format!(
                "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[],\"predicateType\":\"{kind}\",\
                 \"predicate\":{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\"}}}}"
            )
        };
        assert_eq!(held(b"a.json", statement("https://cyclonedx.org/bom").as_bytes()).len(), 1);
        assert_eq!(held(b"a.json", statement("https://cyclonedx.org/bom/v1.6").as_bytes()).len(), 1);
        assert_eq!(held(b"a.json", statement("https://cyclonedx.org/vex").as_bytes()), []);
        assert_eq!(held(b"a.json", b"{\"predicateType\":\"https://cyclonedx.org/bom\""), []);
        assert_eq!(held(b"a.json.gz", &[0x1f, 0x8b, 8, 0, 1]), []);
    }
}
