//! `credential-store-file`: a committed key store, wallet or browser profile.

use crate::engine::file_kind::is_aside;
use crate::engine::{Check, Reporter, Run};
use crate::model::{Blob, Confidence, Family, Meta, RepoPath, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "credential-store-file",
        title: "credential store in the repository",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Secret,
        remedy: "find out what the file contains and rotate it, then remove the file from the repository",
        docs: r"
## What it does
Reports password-protected stores of keys and logins: PKCS#12 and
Java key stores, KeePass and 1Password vaults, browser logins, wallets, keychains, GnuPG secret
rings. If the format has a signature, the content must match the name.

## Why is this bad
Only the store's password protects its content from readers of the repository, and it can be guessed offline without
limit. Many stores have a well-known default password, and some have none.

## Example
A tracked `release.keystore`.

## Use instead
The build service's secret store, from which the file is written at build time.

## Known problems
Trust stores contain only certificates: files named `truststore` or `cacerts` are skipped, as are stores in test
directories.
",
    },
    run: Run::File { named, applies, run },
};

fn applies(blob: &Blob<'_>) -> bool {
    store(blob.path, Some(blob.bytes)).is_some()
}

fn named(path: &RepoPath) -> bool {
    store(path, None).is_some()
}

fn run(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    if let Some(noun) = store(blob.path, Some(blob.bytes)) {
        to.file(format!("{noun} is in the repository"));
    }
}

/// The kind of store by name and content; without a content, by name only.
fn store(path: &RepoPath, bytes: Option<&[u8]>) -> Option<&'static str> {
    let name = path.file_name();
    let lower = name.get(..name.len().min(64))?.to_ascii_lowercase();
    let ending = memchr::memrchr(b'.', &lower).map_or(&lower[..0], |dot| &lower[dot + 1..]);
    let is = |test: &dyn Fn(&[u8]) -> bool| bytes.is_none_or(test);
    let starts = |magic: &[u8]| is(&|bytes| bytes.starts_with(magic));
    let sqlite = || starts(b"SQLite format 3\0");
    // DER: a sequence with a long length, as in every PKCS#12 file.
    let der = || is(&|bytes| matches!(bytes, [0x30, 0x80..=0x84, ..]));
    let java = || starts(&[0xfe, 0xed, 0xfe, 0xed]) || starts(&[0xce, 0xce, 0xce, 0xce]) || der();
    let berkeley = || is(&|bytes| bytes.get(12..16) == Some(&[0x62, 0x31, 0x05, 0x00]));
    let place = path.as_bytes();
    let noun = match (lower.as_slice(), ending) {
        (b"key3.db" | b"key4.db", _) => "a browser's key database",
        (b"signons.sqlite" | b"login data", _) if sqlite() => "a browser's stored logins",
        (b"cookies" | b"cookies.sqlite", _) if sqlite() => "a browser's cookies",
        (b"wallet.dat", _) if sqlite() || berkeley() => "a wallet",
        (b"secring.gpg", _) => "a GnuPG secret ring",
        (b"otr.private_key", _) => "a chat program's private key",
        (b"credentials.db" | b"access_tokens.db", _) if sqlite() => "the Google Cloud tools' credentials",
        (b".mylogin.cnf", _) => "a MySQL login file",
        (b"passwd", _) if place.ends_with(b".vnc/passwd") => "a VNC password file",
        (b"encryptionkeys.js" | b"1password.keys" | b"profile.js", _)
            if inside(place, &[b".agilekeychain/", b".opvault/"]) =>
        {
            "a 1Password vault"
        }
        (_, b"kdbx") if starts(&[0x03, 0xd9, 0xa2, 0x9a]) => "a KeePass database",
        (_, b"kdb") if starts(&[0x03, 0xd9, 0xa2, 0x9a]) => "a KeePass database",
        (_, b"psafe3") if starts(b"PWS3") => "a Password Safe database",
        (_, b"p12" | b"pfx" | b"pkcs12") if der() && !is_trust_store(&lower) => "a PKCS#12 key store",
        (_, b"jks" | b"keystore" | b"bks" | b"jceks") if java() && !is_trust_store(&lower) => {
            "a Java key store"
        }
        (_, b"keychain" | b"keychain-db") if starts(b"kych") || sqlite() => "a macOS keychain",
        (_, b"kwl") if starts(b"KWALLET") => "a KDE wallet",
        (_, b"key") if inside(place, &[b"private-keys-v1.d/"]) => "a GnuPG private key",
        (_, b"key") if starts(b"\0GITCRYPTKEY") => "a git-crypt key",
        _ => return None,
    };
    // Test suites contain dozens of stores.
    (!is_aside(&Blob { path, bytes: b"", tracked: true })).then_some(noun)
}

fn is_trust_store(name: &[u8]) -> bool {
    [&b"trust"[..], b"cacerts", b"debug.keystore"]
        .iter()
        .any(|word| memchr::memmem::find(name, word).is_some())
}

fn inside(path: &[u8], folders: &[&[u8]]) -> bool {
    folders.iter().any(|folder| memchr::memmem::find(path, folder).is_some())
}
