//! Recognises signature files by a few bytes, because every file of a repository is checked.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{detached, text};

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// JSON, or lines of JSON, with bundles, envelopes or legacy forms.
    Json,
    /// A detached signature: `.sig` and similar.
    Detached,
    /// A public key, PEM.
    PublicKey,
    /// A certificate or a chain, PEM or base64 of PEM.
    Certificate,
    /// A checksum file.
    Checksums,
    /// `oci-layout`, which marks an OCI layout directory.
    OciLayout,
}

/// Larger files are not read: attestations contain whole SBOMs, and API responses several of them.
pub const SIZE_MAX: usize = 64 << 20;

/// How many bytes at the start of JSON are searched for marks.
const HEAD: usize = 4 << 10;
/// How many at its end: the size of a certificate and a log entry.
const TAIL: usize = 16 << 10;

/// The possible kind of a file with this name and content.
#[must_use]
pub fn sniff(name: &[u8], bytes: &[u8]) -> Option<Kind> {
    let name = memchr::memrchr(b'/', name).map_or(name, |slash| &name[slash + 1..]);
    if bytes.len() > SIZE_MAX {
        // A file with the name of a signature is an unreadable one.
        return is_named(name).then_some(Kind::Json);
    }
    let mut lower = [0; 24];
    let end = ending(name, &mut lower);
    if end == b"gz" && text::is_gzip(bytes) {
        return packed(&name[..name.len() - b".gz".len()], bytes);
    }
    if is_json(end)
        && matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
        && let Some(decoded) = text::decoded(bytes)
    {
        return (is_named(name) || has_marks(&decoded)).then_some(Kind::Json);
    }
    let first = first_byte(bytes);
    match first {
        Some(b'{') => {
            if is_named(name) || has_marks(bytes) {
                return Some(Kind::Json);
            }
            return (name == b"oci-layout").then_some(Kind::OciLayout);
        }
        Some(b'[') if has_marks(bytes) => return Some(Kind::Json),
        Some(b'-') if bytes.trim_ascii_start().starts_with(b"-----BEGIN PUBLIC KEY") => {
            return Some(Kind::PublicKey);
        }
        _ => {}
    }
    match end {
        b"sig" | b"sign" => (first.is_none() || detached::looks(bytes).is_some()).then_some(Kind::Detached),
        b"asc" => bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP SIGN").then_some(Kind::Detached),
        b"minisig" => Some(Kind::Detached),
        b"pem" | b"crt" | b"cert" | b"cer" => certificate_or_key(bytes),
        b"pub" => {
            let begun = memchr::memmem::find(&bytes[..bytes.len().min(HEAD)], b"-----BEGIN ").is_some();
            (begun && certificate_or_key(bytes) == Some(Kind::PublicKey) || name == b"cosign.pub")
                .then_some(Kind::PublicKey)
        }
        // A git bundle also has the extension `.bundle`, and is not JSON.
        end if is_json(end) && !is_called_list(name) => is_named(name).then_some(Kind::Json),
        _ => is_called_list(name).then_some(Kind::Checksums),
    }
}

/// True for extensions of JSON signature files.
fn is_json(end: &[u8]) -> bool {
    matches!(
        end,
        b"sigstore" | b"attestation" | b"json" | b"jsonl" | b"ndjson" | b"bundle" | b"intoto" | b"dsse"
    )
}

/// The possible kind of a gzipped file; `name` is without `.gz`.
fn packed(name: &[u8], bytes: &[u8]) -> Option<Kind> {
    let mut lower = [0; 24];
    if !is_json(ending(name, &mut lower)) {
        return is_called_list(name).then_some(Kind::Checksums);
    }
    if is_named(name) {
        return Some(Kind::Json);
    }
    let head = text::unpacked(bytes, HEAD).ok()?;
    matches!(first_byte(&head), Some(b'{' | b'[')).then_some(())?;
    (has_marks(&head) || has_marks(&text::unpacked(bytes, SIZE_MAX).ok()?)).then_some(Kind::Json)
}

/// True for names that JSON signature files share with others: files over the size limit are opened for these.
#[must_use]
pub fn may_be_json(name: &[u8]) -> bool {
    let mut lower = [0; 24];
    let end = ending(name, &mut lower);
    if end == b"gz" {
        let mut lower = [0; 24];
        return is_json(ending(&name[..name.len() - b".gz".len()], &mut lower));
    }
    is_json(end)
}

/// True for names that only JSON signatures have: unreadable content of such a file is an error.
pub(super) fn is_named(name: &[u8]) -> bool {
    const ENDS: [&[u8]; 6] = [
        b".sigstore.json",
        b".sigstore",
        b".cosign.bundle",
        b".intoto.jsonl",
        b".sigstore.jsonl",
        b".publish.attestation",
    ];
    ENDS.iter().any(|end| name.len() > end.len() && ends_with(name, end))
}

fn ends_with(name: &[u8], end: &[u8]) -> bool {
    name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end)
}

/// The extension, in lower case; empty if it is long.
fn ending<'a>(name: &[u8], into: &'a mut [u8; 24]) -> &'a [u8] {
    let from = name.len().saturating_sub(into.len());
    let Some(dot) = memchr::memrchr(b'.', &name[from..]) else { return &[] };
    let end = &name[from + dot + 1..];
    let into = &mut into[..end.len()];
    into.copy_from_slice(end);
    into.make_ascii_lowercase();
    into
}

/// The first non-blank byte, unless many blanks precede it.
fn first_byte(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().take(64).copied().find(|b| !b.is_ascii_whitespace())
}

/// True for JSON with members of signatures at its start or end: payloads are long.
fn has_marks(bytes: &[u8]) -> bool {
    // Common to almost all marks: most JSON is excluded after two searches.
    static SIGNATURE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("ignature"));
    static BUNDLE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("vnd.dev.sigstore.bundle"));
    static ENVELOPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"dsseEnvelope\""));
    let head = &bytes[..bytes.len().min(HEAD)];
    let tail = &bytes[bytes.len() - (bytes.len() - head.len()).min(TAIL)..];
    let has =
        |mark: &str| [head, tail].iter().any(|part| memchr::memmem::find(part, mark.as_bytes()).is_some());
    let found = |finder: &Finder<'_>| finder.find(head).is_some() || finder.find(tail).is_some();
    found(&BUNDLE)
        || found(&ENVELOPE)
        || (found(&SIGNATURE)
            && (has("\"base64Signature\"")
                || has("\"Base64Signature\"")
                || (has("\"payloadType\"") && has("\"signatures\""))
                || has("\"verificationMaterial\"")
                || has("\"verification_material\"")
                || has("\"attestation_bundles\"")))
}

fn certificate_or_key(bytes: &[u8]) -> Option<Kind> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let has = |mark: &[u8]| memchr::memmem::find(head, mark).is_some();
    // Base64 of `-----BEGIN CERTIFICATE`.
    if has(b"-----BEGIN CERTIFICATE") || head.starts_with(b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS") {
        return Some(Kind::Certificate);
    }
    if has(b"-----BEGIN PUBLIC KEY") || has(b"-----BEGIN RSA PUBLIC KEY") {
        return Some(Kind::PublicKey);
    }
    // A DER certificate has more than 255 bytes.
    (head.starts_with(&[0x30, 0x82]) && super::pem::is_der(bytes)).then_some(Kind::Certificate)
}

/// True for names of checksum files, see [`super::checksums()`].
#[must_use]
pub fn is_called_list(name: &[u8]) -> bool {
    let name = memchr::memrchr(b'/', name).map_or(name, |slash| &name[slash + 1..]);
    // Formats of checksum files.
    const FORMATS: [&[u8]; 7] = [b".txt", b".json", b".csv", b".tsv", b".md", b".log", b".asc"];
    let format = FORMATS.iter().find(|format| name.len() > format.len() && ends_with(name, format));
    is_checksums(&name[..name.len() - format.map_or(0, |format| format.len())])
}

/// The same for a name without the format's extension. Called for every file, most of which two bytes exclude.
fn is_checksums(name: &[u8]) -> bool {
    const WORDS: [&[u8]; 11] = [
        b"checksums",
        b"checksum",
        b"hashes",
        b"digests",
        b"hashsums",
        b"shasums",
        b"shasum",
        b"shasums256",
        b"shasums512",
        b"cksums",
        b"cksum",
    ];
    const ALGORITHMS: [&[u8]; 13] = [
        b"sha1",
        b"sha224",
        b"sha256",
        b"sha384",
        b"sha512",
        b"sha3",
        b"md5",
        b"b2",
        b"b3",
        b"blake2",
        b"blake2b",
        b"blake3",
        b"sha512-256",
    ];
    let Some(last) = name.last().map(u8::to_ascii_lowercase) else { return false };
    if !matches!(last, b's' | b'm' | b'h' | b'b' | b'1' | b'2' | b'3' | b'4' | b'5' | b'6') {
        return false;
    }
    let joint = |rest: &[u8]| rest.last().is_none_or(|b| matches!(b, b'_' | b'-' | b'.'));
    let is = |word: &[u8]| ends_with(name, word) && joint(&name[..name.len() - word.len()]);
    // `app.sha256`, `app.sha256sum`, `SHA256SUMS`, `app_sha256`
    let bare = [4, 3].into_iter().find(|len| ends_with(name, &b"sums"[..*len]));
    let stem = &name[..name.len() - bare.unwrap_or(0)];
    let of_algorithm = ALGORITHMS.iter().any(|algorithm| {
        ends_with(stem, algorithm) && {
            let rest = &stem[..stem.len() - algorithm.len()];
            joint(rest) && (bare.is_some() || !rest.is_empty())
        }
    });
    of_algorithm || WORDS.iter().any(|word| is(word))
}

#[cfg(test)]
mod tests {
    use super::{Kind, SIZE_MAX, sniff};

    fn kind(name: &str, text: &str) -> Option<Kind> {
        sniff(name.as_bytes(), text.as_bytes())
    }

    #[test]
    fn names_of_signatures() {
        for name in [
            "a.sigstore.json",
            "a.sigstore",
            "a.cosign.bundle",
            "a.intoto.jsonl",
            "a.whl.publish.attestation",
            "a.SIGSTORE.JSON",
            "dist/a.sigstore",
        ] {
            for text in ["{}", "", "broken", "\u{feff}{}"] {
                assert_eq!(kind(name, text), Some(Kind::Json), "{name} {text:?}");
            }
        }
        assert_eq!(kind("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"), Some(Kind::OciLayout));
        for name in [
            "checksums.txt",
            "SHA256SUMS",
            "app_1.0_checksums.txt",
            "app-sha256sum.txt",
            "app.tar.gz.sha256",
            "a.sha512sum",
            "CHECKSUM",
            "SHASUMS256.txt",
            "app.checksums",
            "SHA1SUMS",
            "MD5SUMS",
            "app.md5",
            "app.sha1.txt",
            "B2SUMS",
            "app-hashes.csv",
            "sha512-256sums.txt",
            "app_SHA512.md",
        ] {
            assert_eq!(kind(name, "00  a"), Some(Kind::Checksums), "{name}");
        }
        assert_eq!(kind("a.minisig", "?"), Some(Kind::Detached));
    }

    #[test]
    fn contents_of_signatures() {
        for text in [
            r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#,
            r#"{"base64Signature":"AA=="}"#,
            r#" {"Base64Signature":"AA=="}"#,
            r#"{"payloadType":"x","signatures":[]}"#,
            r#"{"verificationMaterial":{},"messageSignature":{}}"#,
        ] {
            for name in ["a.json", "a.bundle", "a.jsonl", "a", "sha256:00.jsonl", "a.sig"] {
                assert_eq!(kind(name, text), Some(Kind::Json), "{name} {text}");
            }
        }
        let late = |after: usize| {
            let (before, after) = ("x".repeat(4096), "x".repeat(after));
            format!("{{\"a\":\"{before}\",\"base64Signature\":\"\",\"z\":\"{after}\"}}")
        };
        assert_eq!(kind("a.json", &late(16 << 10)), None);
        assert_eq!(kind("a.json", &late(1000)), Some(Kind::Json), "a long payload comes first");
        assert_eq!(kind("a.json", r#"[{"base64Signature":"AA=="}]"#), Some(Kind::Json));
        let key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
        let certificate = "Subject: x\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for name in ["a", "cosign.pub", "a.pem", "a.pub"] {
            assert_eq!(kind(name, key), Some(Kind::PublicKey), "{name}");
        }
        assert_eq!(kind("cosign.pub", "nothing"), Some(Kind::PublicKey));
        for name in ["a.pem", "a.crt", "a.cert", "a.cer"] {
            assert_eq!(kind(name, certificate), Some(Kind::Certificate), "{name}");
            assert_eq!(
                kind(name, &data_encoding::BASE64.encode(&certificate.as_bytes()[11..])),
                Some(Kind::Certificate)
            );
        }
    }

    #[test]
    fn what_only_looks_like_it() {
        for (name, text) in [
            ("repo.bundle", "# v2 git bundle\n0000 refs/heads/main\n"),
            ("app.bundle", "(function(){})()"),
            ("app.bundle", "{\"modules\":[]}"),
            ("list.sig", "signature LIST =\nsig\n  val x : int\nend\n"),
            ("main.sig", "sig\nend\n"),
            ("manual.asc", "= A manual in AsciiDoc\n"),
            ("key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"),
            ("id.pub", "ssh-ed25519 AAAA me"),
            ("minisign.pub", "untrusted comment: minisign public key\n"),
            ("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n"),
            ("package.json", "{\"name\":\"a\"}"),
            ("main.rs", "fn main() {}"),
            ("presets", "nothing"),
            ("mychecksums.rs", "x"),
            ("mychecksums.txt", "x"),
            ("rehashes", "x"),
            ("web2", "x"),
            ("sha256", "x"),
            ("lib3", "x"),
            (".sigstore.json", "[]"),
            ("", ""),
        ] {
            assert_eq!(kind(name, text), None, "{name} {text:?}");
        }
        assert_eq!(sniff(b"a.json", &vec![b' '; SIZE_MAX + 1]), None);
        assert_eq!(sniff(b"a.sigstore.json", &vec![b' '; SIZE_MAX + 1]), Some(Kind::Json), "and not read");
        assert_eq!(sniff(b"ida.sig", b"IDASGN\x05\x00 and more"), None);
    }

    #[test]
    fn signatures_alone() {
        for text in [
            "MEUCICIIpPnqVuL4wmvaUc2FP",
            "-----BEGIN PGP SIGNATURE-----\n",
            "-----BEGIN SSH SIGNATURE-----\n",
            "untrusted comment: signature\n",
            "dW50cnVzdGVkIGNvbW1lbnQ6IHNpZ25hdHVyZQ==",
            "",
        ] {
            assert_eq!(kind("a.sig", text), Some(Kind::Detached), "{text}");
        }
        assert_eq!(sniff(b"a.sig", &[0x30, 1, 0]), Some(Kind::Detached));
        assert_eq!(sniff(b"a.sig", &[0x89, 1, 0x33, 4, 0]), Some(Kind::Detached));
        assert_eq!(sniff(b"a.sig", &[0xf7; 64]), Some(Kind::Detached));
        assert_eq!(kind("a.asc", "-----BEGIN PGP SIGNATURE-----\n"), Some(Kind::Detached));
    }
}
