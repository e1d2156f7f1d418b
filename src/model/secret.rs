//! Secret bytes, and the only form in which they may leave the engine.

use std::fmt;

/// Consecutive bytes that reveal something of a secret.
const PIECE: usize = 4;

/// The bytes of a secret. Has no `Display`, no serialisation, and a `Debug` without content.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Wraps `bytes`.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The raw bytes, only for fingerprints and `--show-secrets`.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The masked form: `public` leading bytes (the prefix that names the kind), asterisks, and the length.
    #[must_use]
    pub fn redacted(&self, public: usize) -> Redacted {
        // A prefix is shown only if at least eight bytes after it stay hidden and do not repeat a part of it.
        let public = if self.0.len() >= public + 8 { public.min(16) } else { 0 };
        let (start, rest) = self.0.split_at(public);
        let again = start.windows(PIECE).any(|piece| rest.windows(PIECE).any(|other| other == piece));
        let public = if again { 0 } else { public };
        let prefix: String = self.0[..public]
            .iter()
            .map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '*' })
            .collect();
        Redacted { text: format!("{prefix}****"), length: self.0.len() }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // Best effort without `unsafe`: a fill behind `black_box`.
        self.0.fill(0);
        std::hint::black_box(&self.0);
    }
}

/// A masked secret: its public prefix and its length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Redacted {
    text: String,
    length: usize,
}

impl Redacted {
    /// A masked secret read from a report. The caller ensures that `text` is not the secret.
    #[must_use]
    pub fn shown(text: impl Into<String>, length: usize) -> Self {
        Self { text: text.into(), length }
    }

    /// The prefix followed by asterisks.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes of the whole secret.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }
}
