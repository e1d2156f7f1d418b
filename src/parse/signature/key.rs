//! Public keys.

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `SubjectPublicKeyInfo`
    pub der: Vec<u8>,
}

/// Reads a key.
///
/// # Errors
/// What is wrong with it.
pub fn read(_bytes: &[u8]) -> Result<Key, String> {
    Err("no key is read yet".to_owned())
}
