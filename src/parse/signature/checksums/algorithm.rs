//! Digest algorithms in checksum files: named, guessed by length, computed or only recognised.

use crate::parse::signature::DigestAlgorithm;

/// An algorithm of checksum files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// One also used for signatures.
    Sha2(DigestAlgorithm),
    /// Too weak to rely on.
    Sha1,
    /// Too weak to rely on.
    Md5,
}

impl From<DigestAlgorithm> for Algorithm {
    fn from(algorithm: DigestAlgorithm) -> Self {
        Self::Sha2(algorithm)
    }
}

/// The content of a file according to a checksum file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Digested {
    /// Its digest. The flag is false if the algorithm is only guessed by length.
    By(Algorithm, Vec<u8>, bool),
    /// A digest by an unsupported algorithm, with its name.
    Other(String),
}

impl Algorithm {
    /// The display name.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sha2(DigestAlgorithm::Sha256) => "SHA-256",
            Self::Sha2(DigestAlgorithm::Sha384) => "SHA-384",
            Self::Sha2(DigestAlgorithm::Sha512) => "SHA-512",
            Self::Sha1 => "SHA-1",
            Self::Md5 => "MD5",
        }
    }

    /// The prefix of a digest: `sha256`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha2(algorithm) => algorithm.as_str(),
            Self::Sha1 => "sha1",
            Self::Md5 => "md5",
        }
    }

    const fn size(self) -> usize {
        match self {
            Self::Sha2(algorithm) => algorithm.size(),
            Self::Sha1 => 20,
            Self::Md5 => 16,
        }
    }
}

/// A named algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Known(Algorithm),
    Other(String),
}

impl Named {
    /// Parses `SHA256`, `sha-256`, `SHA2-256`, `BLAKE2b-512` and similar; `None` if it is not an algorithm.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > 20 {
            return None;
        }
        let bare: String = text
            .chars()
            .filter(|char| !matches!(char, '-' | '_' | '/' | ' ' | '.'))
            .collect::<String>()
            .to_ascii_lowercase();
        let bare = bare.strip_suffix("sums").or_else(|| bare.strip_suffix("sum")).unwrap_or(&bare);
        Some(Self::Known(match bare {
            "sha256" | "sha2256" => Algorithm::Sha2(DigestAlgorithm::Sha256),
            "sha384" | "sha2384" => Algorithm::Sha2(DigestAlgorithm::Sha384),
            "sha512" | "sha2512" => Algorithm::Sha2(DigestAlgorithm::Sha512),
            "sha1" | "sha160" => Algorithm::Sha1,
            "md5" => Algorithm::Md5,
            other => return is_other(other).then(|| Self::Other(text.to_owned())),
        }))
    }

    /// The algorithm in the name of a checksum file.
    pub(super) fn of_list(name: &[u8]) -> Option<Self> {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let name = name.rsplit('/').next().unwrap_or_default();
        let known = [
            ("sha512-256", Self::Other("SHA-512/256".to_owned())),
            ("sha512_256", Self::Other("SHA-512/256".to_owned())),
            ("sha3", Self::Other("SHA-3".to_owned())),
            ("sha224", Self::Other("SHA-224".to_owned())),
            ("blake3", Self::Other("BLAKE3".to_owned())),
            ("blake2", Self::Other("BLAKE2".to_owned())),
            ("whirlpool", Self::Other("Whirlpool".to_owned())),
            ("sha256", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha256))),
            ("sha-256", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha256))),
            ("shasums256", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha256))),
            ("sha384", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha384))),
            ("sha-384", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha384))),
            ("sha512", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha512))),
            ("sha-512", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha512))),
            ("shasums512", Self::Known(Algorithm::Sha2(DigestAlgorithm::Sha512))),
            ("sha1", Self::Known(Algorithm::Sha1)),
            ("md5", Self::Known(Algorithm::Md5)),
        ];
        // `B2SUMS` and `app.b3`; in the middle of a name these two letters mean nothing.
        let short = |word: &str| {
            name.split(['.', '-', '_']).any(|part| {
                part == word || part.strip_prefix(word).is_some_and(|rest| matches!(rest, "sum" | "sums"))
            })
        };
        if short("b2") {
            return Some(Self::Other("BLAKE2".to_owned()));
        }
        if short("b3") {
            return Some(Self::Other("BLAKE3".to_owned()));
        }
        known.into_iter().find(|(word, _)| name.contains(word)).map(|(_, named)| named)
    }

    /// These bytes as a digest of this algorithm.
    pub(super) fn digest(&self, bytes: &[u8]) -> Result<Digested, &'static str> {
        match self {
            Self::Known(algorithm) if algorithm.size() == bytes.len() => {
                Ok(Digested::By(*algorithm, bytes.to_vec(), true))
            }
            Self::Known(_) => Err("the digest is not as long as one of its algorithm"),
            Self::Other(name) => Ok(Digested::Other(name.clone())),
        }
    }
}

/// Guesses the algorithm by length.
pub(super) fn by_length(bytes: &[u8]) -> Result<Digested, &'static str> {
    let algorithm = match bytes.len() {
        16 => Algorithm::Md5,
        20 => Algorithm::Sha1,
        28 => return Ok(Digested::Other("SHA-224".to_owned())),
        32 => Algorithm::Sha2(DigestAlgorithm::Sha256),
        48 => Algorithm::Sha2(DigestAlgorithm::Sha384),
        64 => Algorithm::Sha2(DigestAlgorithm::Sha512),
        _ => return Err("the digest is as long as that of no algorithm"),
    };
    Ok(Digested::By(algorithm, bytes.to_vec(), false))
}

/// The strength of a digest, to select one of several.
pub(super) fn strength(digest: &Digested) -> usize {
    match digest {
        Digested::By(Algorithm::Sha2(algorithm), ..) => algorithm.size(),
        Digested::By(Algorithm::Sha1, ..) => 2,
        Digested::By(Algorithm::Md5, ..) => 1,
        Digested::Other(_) => 0,
    }
}

fn is_other(bare: &str) -> bool {
    const STARTS: [&str; 15] = [
        "blake2",
        "blake3",
        "sha3",
        "sha224",
        "sha2224",
        "sha512256",
        "sha512224",
        "ripemd",
        "rmd160",
        "whirlpool",
        "tiger",
        "streebog",
        "keccak",
        "shake",
        "xxh",
    ];
    const WHOLE: [&str; 9] = ["b2", "b3", "sm3", "crc32", "crc32c", "crc64", "adler32", "md2", "md4"];
    WHOLE.contains(&bare)
        || STARTS.iter().any(|start| {
            bare.strip_prefix(start).is_some_and(|rest| {
                rest.len() <= 6
                    && rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'b' | b's' | b'h' | b'p'))
            })
        })
}
