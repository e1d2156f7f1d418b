//! The identity of a document: a UUID that follows from what the lock file says, and from nothing else.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Need, Sorted};
use crate::render::uuid::uuid;

/// The namespace of the UUIDs of our documents, `1e40be06-5610-54fd-b1d8-0e431627b66d`: the UUID of
/// version 5 of `bartizan.sbom` in RFC 9562's namespace for names of the domain name system.
pub const NAMESPACE: [u8; 16] =
    [0x1e, 0x40, 0xbe, 0x06, 0x56, 0x10, 0x54, 0xfd, 0xb1, 0xd8, 0x0e, 0x43, 0x16, 0x27, 0xb6, 0x6d];

/// The UUID of version 5 of the hexadecimal SHA-256 over the subject, the components and the edges of a
/// bom. Where the lock file lies, how its lines are ordered and when it was read change nothing.
pub(super) fn serial(sorted: &Sorted<'_>) -> String {
    let mut fields = Fields(Sha256::new());
    let subject = &sorted.bom.subject;
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
