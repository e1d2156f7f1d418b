//! Which files are worth a look: told by a few bytes, for every file of a repository is asked.

/// What a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// JSON, or lines of JSON, with bundles, envelopes or legacy forms.
    Json,
    /// A signature alone: `.sig` and its like.
    Detached,
    /// A public key, PEM.
    PublicKey,
    /// A certificate, or a chain of them, PEM or base64 of it.
    Certificate,
    /// Digests and names, as `sha256sum` writes them.
    Checksums,
    /// `oci-layout`, which says that its folder is one of OCI.
    OciLayout,
}

/// What the file with this name and these bytes may be.
#[must_use]
pub fn sniff(_name: &[u8], _bytes: &[u8]) -> Option<Kind> {
    None
}
