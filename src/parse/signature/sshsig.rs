//! SSH signatures and public keys in binary: OpenSSH's `PROTOCOL.sshsig`, RFC 4253, 5656 and 8709.

use data_encoding::{BASE64, BASE64_NOPAD};
use sha2::{Digest as _, Sha256};

const BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
const END: &[u8] = b"-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";
/// The only version.
const VERSION: u32 = 1;
/// The longest key: RSA with 16,384 bits has 2,100 bytes.
const MAX_KEY: usize = 8 << 10;

/// Why a signature or a key cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Malformed.
    Malformed(&'static str),
    /// Possibly valid, but of an unsupported kind; which.
    Unknown(String),
}

/// The base64 between the lines `begin` and `end`, decoded.
pub(super) fn unarmoured(armoured: &[u8], begin: &[u8], end: &[u8]) -> Result<Vec<u8>, Mistake> {
    let rest = armoured.strip_prefix(begin).ok_or(Mistake::Malformed("it does not begin as one"))?;
    let end = memchr::memmem::find(rest, end).ok_or(Mistake::Malformed("it has no end"))?;
    let base64: Vec<u8> = rest[..end].iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&base64).map_err(|_| Mistake::Malformed("it is not base64"))
}

/// The hash function of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// `sha256`
    Sha256,
    /// `sha512`
    Sha512,
}

impl HashAlgorithm {
    /// Its name in the format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

/// An ECDSA curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// `nistp256`
    P256,
    /// `nistp384`
    P384,
    /// `nistp521`
    P521,
}

impl Curve {
    /// The length of each of the two integers of a signature.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// The numbers of a public key, unvalidated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// The bytes of the key.
    Ed25519(Vec<u8>),
    /// The point, uncompressed.
    Ecdsa(Curve, Vec<u8>),
    /// Exponent and modulus, big-endian.
    Rsa {
        /// The exponent.
        e: Vec<u8>,
        /// The modulus.
        n: Vec<u8>,
    },
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The blob in authorized-keys lines, without base64.
    pub blob: Vec<u8>,
    /// Its type: `ssh-ed25519`.
    pub name: String,
    /// Its numbers; `None` for unsupported types, including certificates.
    pub material: Option<Material>,
    /// The application of a security key, `ssh:`; `None` for other keys.
    pub application: Option<Vec<u8>>,
}

impl PublicKey {
    /// Parses a key blob.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(blob: &[u8]) -> Result<Self, Mistake> {
        let cut = Mistake::Malformed("the public key ends too early");
        if blob.len() > MAX_KEY {
            return Err(Mistake::Malformed("the public key is longer than any key"));
        }
        let mut reader = Reader(blob);
        let name = reader.text().ok_or(cut.clone())?;
        let is_token = name.starts_with("sk-");
        let material = match name {
            "ssh-ed25519" | "sk-ssh-ed25519@openssh.com" => {
                Some(Material::Ed25519(reader.string().ok_or(cut.clone())?.to_vec()))
            }
            "ecdsa-sha2-nistp256"
            | "ecdsa-sha2-nistp384"
            | "ecdsa-sha2-nistp521"
            | "sk-ecdsa-sha2-nistp256@openssh.com" => {
                let curve = match reader.text().ok_or(cut.clone())? {
                    "nistp256" => Curve::P256,
                    "nistp384" => Curve::P384,
                    "nistp521" => Curve::P521,
                    _ => {
                        return Err(Mistake::Malformed(
                            "the public key names a curve that SSH does not have",
                        ));
                    }
                };
                Some(Material::Ecdsa(curve, reader.string().ok_or(cut.clone())?.to_vec()))
            }
            "ssh-rsa" => {
                let (e, n) = (reader.number().ok_or(cut.clone())?, reader.number().ok_or(cut.clone())?);
                Some(Material::Rsa { e: e.to_vec(), n: n.to_vec() })
            }
            _ => None,
        };
        let application =
            if is_token && material.is_some() { Some(reader.string().ok_or(cut)?.to_vec()) } else { None };
        if material.is_some() && !reader.0.is_empty() {
            return Err(Mistake::Malformed("more bytes follow the public key"));
        }
        Ok(Self { blob: blob.to_vec(), name: name.to_owned(), material, application })
    }

    /// In the format of `ssh-keygen -l`: `SHA256:` and base64.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", BASE64_NOPAD.encode(&Sha256::digest(&self.blob)))
    }

    /// True for a certificate.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        self.name.contains("-cert-v0")
    }
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshSignature {
    /// The key that it claims to be made with.
    pub key: PublicKey,
    /// Its namespace: `git`.
    pub namespace: Vec<u8>,
    /// The hash function of the message.
    pub hash: HashAlgorithm,
    /// `ssh-ed25519`, `rsa-sha2-512`
    pub algorithm: String,
    /// Its bytes; for ECDSA two integers, see [`pair`].
    pub bytes: Vec<u8>,
    /// The flags and counter of a security key.
    pub token: Option<(u8, u32)>,
}

impl SshSignature {
    /// Parses a PEM-armoured signature.
    ///
    /// # Errors
    /// If it is malformed, or not supported.
    pub fn read(armoured: &[u8]) -> Result<Self, Mistake> {
        Self::from_bytes(&unarmoured(armoured, BEGIN, END)?)
    }

    /// Parses a signature without armour.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Mistake> {
        let cut = Mistake::Malformed("it ends too early");
        let rest = bytes.strip_prefix(MAGIC).ok_or(Mistake::Malformed("it is not an SSH signature"))?;
        let mut reader = Reader(rest);
        match reader.u32().ok_or(cut.clone())? {
            VERSION => {}
            version => return Err(Mistake::Unknown(format!("it is of version {version}"))),
        }
        let key = PublicKey::read(reader.string().ok_or(cut.clone())?)?;
        let namespace = reader.string().ok_or(cut.clone())?.to_vec();
        let _reserved = reader.string().ok_or(cut.clone())?;
        let hash = match reader.string().ok_or(cut.clone())? {
            b"sha256" => HashAlgorithm::Sha256,
            b"sha512" => HashAlgorithm::Sha512,
            _ => return Err(Mistake::Malformed("its hash algorithm is not allowed")),
        };
        let mut inner = Reader(reader.string().ok_or(cut.clone())?);
        if !reader.0.is_empty() {
            return Err(Mistake::Malformed("more bytes follow it"));
        }
        let algorithm = inner.text().ok_or(cut.clone())?.to_owned();
        let bytes = inner.string().ok_or(cut.clone())?.to_vec();
        let token = if algorithm.starts_with("sk-") {
            let flags = inner.u8().ok_or(cut.clone())?;
            Some((flags, inner.u32().ok_or(cut)?))
        } else {
            None
        };
        if !inner.0.is_empty() {
            return Err(Mistake::Malformed("more bytes follow its numbers"));
        }
        Ok(Self { key, namespace, hash, algorithm, bytes, token })
    }
}

/// The two integers of an ECDSA signature, each padded to the curve's width, concatenated; `None` if malformed.
#[must_use]
pub fn pair(bytes: &[u8], curve: Curve) -> Option<Vec<u8>> {
    let mut reader = Reader(bytes);
    let numbers = [reader.number()?, reader.number()?];
    let mut fixed = Vec::with_capacity(2 * curve.width());
    for number in numbers {
        let missing = curve.width().checked_sub(number.len())?;
        fixed.resize(fixed.len() + missing, 0);
        fixed.extend_from_slice(number);
    }
    reader.0.is_empty().then_some(fixed)
}

/// Reads the types of RFC 4251, section 5.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn u8(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.u32()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A name: printable ASCII.
    fn text(&mut self) -> Option<&'a str> {
        let text = std::str::from_utf8(self.string()?).ok()?;
        text.bytes().all(|byte| byte.is_ascii_graphic()).then_some(text)
    }

    /// A non-negative integer, without leading zeros.
    fn number(&mut self) -> Option<&'a [u8]> {
        let bytes = self.string()?;
        if bytes.first().is_some_and(|first| *first >= 0x80) {
            return None;
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..)
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::{Curve, HashAlgorithm, Material, Mistake, PublicKey, SshSignature, pair};

    fn string(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
    }

    fn key() -> Vec<u8> {
        [string(b"ssh-ed25519"), string(&[7; 32])].concat()
    }

    fn signature(key: &[u8], inner: &[u8]) -> Vec<u8> {
        let parts = [string(key), string(b"git"), string(b""), string(b"sha512"), string(inner)].concat();
        [&b"SSHSIG\0\0\0\x01"[..], &parts].concat()
    }

    #[test]
    fn signatures_are_read() {
        let inner = [string(b"ssh-ed25519"), string(&[9; 64])].concat();
        let bytes = signature(&key(), &inner);
        let read = SshSignature::from_bytes(&bytes).unwrap();
        assert_eq!((read.namespace.as_slice(), read.hash), (&b"git"[..], HashAlgorithm::Sha512));
        assert_eq!(read.key.material, Some(Material::Ed25519(vec![7; 32])));
        assert_eq!(
            (read.algorithm.as_str(), read.bytes.as_slice(), read.token),
            ("ssh-ed25519", &[9; 64][..], None)
        );
        let base64 = BASE64.encode(&bytes);
        let (a, b) = base64.split_at(70);
        let armoured = format!("-----BEGIN SSH SIGNATURE-----\n{a}\r\n{b}\n-----END SSH SIGNATURE-----\n");
        assert_eq!(SshSignature::read(armoured.as_bytes()), Ok(read));
        for cut in 0..bytes.len() {
            assert!(matches!(SshSignature::from_bytes(&bytes[..cut]), Err(Mistake::Malformed(_))), "{cut}");
        }
        assert_eq!(
            SshSignature::from_bytes(&[&bytes[..], b"x"].concat()),
            Err(Mistake::Malformed("more bytes follow it"))
        );
        assert_eq!(SshSignature::read(&armoured.as_bytes()[..80]), Err(Mistake::Malformed("it has no end")));
    }

    #[test]
    fn what_a_token_adds_is_read() {
        let name = b"sk-ssh-ed25519@openssh.com";
        let key = [string(name), string(&[7; 32]), string(b"ssh:")].concat();
        let inner = [string(name), string(&[9; 64]), vec![1, 0, 0, 0, 5]].concat();
        let read = SshSignature::from_bytes(&signature(&key, &inner)).unwrap();
        assert_eq!((read.token, read.key.application.as_deref()), (Some((1, 5)), Some(&b"ssh:"[..])));
    }

    #[test]
    fn other_kinds_of_keys_are_kept_for_their_name() {
        let key = [string(b"ssh-ed25519-cert-v01@openssh.com"), vec![1, 2, 3]].concat();
        let read = PublicKey::read(&key).unwrap();
        assert!(read.is_certificate() && read.material.is_none());
        assert_eq!(
            PublicKey::read(&vec![0; 10_000]),
            Err(Mistake::Malformed("the public key is longer than any key"))
        );
        assert!(PublicKey::read(&[0xff; 40]).is_err());
    }

    #[test]
    fn two_numbers_get_the_width_of_the_curve() {
        let numbers = [string(&[0, 0x80, 1]), string(&[5])].concat();
        let fixed = pair(&numbers, Curve::P256).unwrap();
        assert_eq!((fixed.len(), &fixed[30..32], fixed[63]), (64, &[0x80, 1][..], 5));
        assert_eq!(pair(&[string(&[0x80]), string(&[5])].concat(), Curve::P256), None);
        assert_eq!(pair(&[string(&[1; 33]), string(&[5])].concat(), Curve::P256), None);
        assert_eq!(pair(&[numbers, vec![0]].concat(), Curve::P256), None);
        assert_eq!(pair(b"", Curve::P521), None);
    }
}
