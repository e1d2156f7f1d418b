//! Detached signature files: `.sig` and similar, of Sigstore and others.

use super::json;
use super::pem::is_der;
use super::{Content, Form, Read, Signed};

/// The largest file: the largest signature of any algorithm has fifty thousand bytes.
const FILE_MAX: usize = 96 << 10;

/// Lengths of raw signatures: Ed25519 and ECDSA with P-256, P-384, P-521, RSA with 2048, 3072 and 4096 bits,
/// ML-DSA.
const PLAIN: [usize; 9] = [64, 96, 132, 256, 384, 512, 2420, 3309, 4627];

/// The detected format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    Pgp,
    Ssh,
    Minisign,
    Tauri,
    Der,
    /// One word, possibly base64.
    Word,
    Plain,
}

/// The format of `bytes`, if it is a signature: other files are named `.sig`, too, such as ML interfaces.
pub(super) fn looks(bytes: &[u8]) -> Option<Looks> {
    if bytes.len() > FILE_MAX {
        return None;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    let starts = [
        (&b"-----BEGIN PGP SIGN"[..], Looks::Pgp),
        (b"-----BEGIN SSH SIGNATURE", Looks::Ssh),
        (b"untrusted comment:", Looks::Minisign),
        // The same in base64.
        (b"dW50cnVzdGVkIGNvbW1lbnQ6", Looks::Tauri),
    ];
    if let Some((_, found)) = starts.iter().find(|(start, _)| text.starts_with(start)) {
        return Some(*found);
    }
    if is_der(bytes) {
        return Some(Looks::Der);
    }
    if is_pgp_packet(bytes) {
        return Some(Looks::Pgp);
    }
    let first = text.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
    if first.len() >= 16 && text.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        return (!first.iter().any(u8::is_ascii_whitespace)).then_some(Looks::Word);
    }
    (PLAIN.contains(&bytes.len()) && bytes.iter().any(|b| *b >= 0x80)).then_some(Looks::Plain)
}

/// True for an OpenPGP signature packet: the tag is 2, the version 3 to 6 (RFC 9580).
fn is_pgp_packet(bytes: &[u8]) -> bool {
    let version = match bytes {
        [0x88, _, version, ..] | [0xc2, 0..=191, version, ..] => version,
        [0x89, _, _, version, ..] | [0xc2, 192..=223, _, version, ..] => version,
        [0x8a, _, _, _, _, version, ..] | [0xc2, 255, _, _, _, _, version, ..] => version,
        _ => return false,
    };
    (3..=6).contains(version)
}

/// Parses a signature file.
pub(super) fn read(bytes: &[u8]) -> Read {
    let mut read = Read::default();
    let mut signed = |form, content| {
        read.signatures.push(Signed {
            line: 1,
            number: None,
            form,
            subjects: Vec::new(),
            predicate: None,
            content,
            payload: None,
        });
    };
    let plain = |signature| Content::Raw { signature, certificates: Vec::new() };
    match looks(bytes) {
        Some(Looks::Pgp) => signed(Form::Pgp, Content::Opaque),
        Some(Looks::Ssh) => signed(Form::Ssh, Content::Opaque),
        Some(Looks::Minisign) => signed(Form::Minisign, Content::Opaque),
        Some(Looks::Tauri) => signed(Form::Tauri, Content::Opaque),
        Some(Looks::Der | Looks::Plain) => signed(Form::Detached, plain(bytes.to_vec())),
        Some(Looks::Word) => match json::base64_lines(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
            Some(bytes) => signed(Form::Detached, plain(bytes)),
            None => read.mistakes.push((1, "the signature is not base64".to_owned())),
        },
        None if bytes.trim_ascii().is_empty() => {
            read.mistakes.push((1, "the signature is empty".to_owned()));
        }
        None => read.mistakes.push((1, "is not a signature in a known format".to_owned())),
    }
    read
}
