//! The id of an object in git's store.

use std::fmt;

/// Bytes of the longest id, SHA-256.
const LONGEST: usize = 32;

/// An object id: 20 bytes of SHA-1 or 32 of SHA-256, shown in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    bytes: [u8; LONGEST],
    len: u8,
}

impl ObjectId {
    /// The id with these bytes; none for more than 32.
    #[must_use]
    pub fn new(id: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..id.len())?.copy_from_slice(id);
        Some(Self { bytes, len: id.len() as u8 })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The first seven digits, as git shows an id to people.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(7);
        text
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&data_encoding::HEXLOWER.encode(self.as_bytes()))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectId;

    #[test]
    fn shown_in_hexadecimal() {
        let id = ObjectId::new(&[0xab; 20]).unwrap();
        assert_eq!(id.to_string(), "ab".repeat(20));
        assert_eq!(id.short(), "abababa");
        assert_eq!(ObjectId::new(&[1; 32]).unwrap().as_bytes(), [1; 32]);
        assert!(ObjectId::new(&[1; 33]).is_none());
    }

    #[test]
    fn ids_of_different_lengths_differ() {
        assert_ne!(ObjectId::new(&[0; 20]), ObjectId::new(&[0; 32]));
    }
}
