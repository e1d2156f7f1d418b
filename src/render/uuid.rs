//! UUIDs that follow from a name (RFC 9562, version 5).

use std::fmt::Write as _;

use sha1::{Digest as _, Sha1};

/// The UUID of version 5 of `name`.
pub(super) fn uuid(namespace: &[u8; 16], name: &[u8]) -> String {
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
    use super::uuid;

    /// RFC 9562, section 6.6.
    const DNS: [u8; 16] =
        [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

    #[test]
    fn uuids_are_as_others_make_them() {
        // Appendix A.4 of the same.
        assert_eq!(uuid(&DNS, b"www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
        assert_eq!(uuid(&DNS, b"bartizan.sbom"), "1e40be06-5610-54fd-b1d8-0e431627b66d");
    }
}
