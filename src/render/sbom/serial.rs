//! The identity of a document: a UUID that follows from what the lock file says, and from nothing else.

use std::fmt::Write as _;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::{Need, Sorted};

/// The namespace of the UUIDs of our documents, `1e40be06-5610-54fd-b1d8-0e431627b66d`: the UUID of
/// version 5 of `bartizan.sbom` in RFC 9562's namespace for names of the domain name system.
pub const NAMESPACE: [u8; 16] =
    [0x1e, 0x40, 0xbe, 0x06, 0x56, 0x10, 0x54, 0xfd, 0xb1, 0xd8, 0x0e, 0x43, 0x16, 0x27, 0xb6, 0x6d];

/// The UUID of version 5 of the hexadecimal SHA-256 over the subject, the components and the edges of a
/// bill. Where the lock file lies, how its lines are ordered and when it was read change nothing.
pub(super) fn serial(sorted: &Sorted<'_>) -> String {
    let mut fields = Fields(Sha256::new());
    let subject = &sorted.bill.subject;
    fields.text(Some(&subject.name));
    fields.text(subject.version.as_deref());
    for (component, edges) in sorted.components.iter().zip(&sorted.edges) {
        fields.text(Some(&component.name));
        fields.text(Some(&component.version));
        fields.text(component.source.as_deref());
        fields.text(component.purl.as_deref());
        fields.text(component.sha256.as_deref());
        // Documents of lock files that do not say are called as they ever were.
        if component.need != Need::Unknown {
            fields.number(Some(component.need as usize));
        }
        fields.number(edges.as_ref().map(Vec::len));
        for edge in edges.iter().flatten() {
            fields.number(Some(*edge));
        }
    }
    let mut name = String::with_capacity(64);
    for byte in fields.0.finalize() {
        let _ = write!(name, "{byte:02x}");
    }
    uuid(&NAMESPACE, name.as_bytes())
}

/// A hash of fields, each behind its length, so that no two lists of them have the same bytes.
struct Fields(Sha256);

impl Fields {
    fn number(&mut self, number: Option<usize>) {
        self.0.update(number.map_or(u64::MAX, |number| number as u64).to_be_bytes());
    }

    fn text(&mut self, text: Option<&str>) {
        self.number(text.map(str::len));
        self.0.update(text.unwrap_or_default());
    }
}

/// The UUID of version 5 of `name`.
fn uuid(namespace: &[u8; 16], name: &[u8]) -> String {
    let hash = Sha1::new().chain_update(namespace).chain_update(name).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut out = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{NAMESPACE, uuid};

    /// RFC 9562, section 6.6.
    const DNS: [u8; 16] =
        [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

    #[test]
    fn uuids_are_as_others_make_them() {
        // Appendix A.4 of the same.
        assert_eq!(uuid(&DNS, b"www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
        assert_eq!(uuid(&DNS, b"bartizan.sbom"), "1e40be06-5610-54fd-b1d8-0e431627b66d");
        // What Python's uuid.uuid5 says.
        assert_eq!(uuid(&NAMESPACE, b"tin"), "a5f839ab-4d82-54c5-a64b-5d84da129de7");
    }
}
