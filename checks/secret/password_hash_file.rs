//! `password-hash-file`: password hashes of users in a login database.

use crate::engine::file_kind::is_aside;
use crate::engine::{Check, Reporter, Run};
use crate::model::{Blob, Confidence, Family, Meta, RepoPath, Severity, Span};
use crate::parse::credfile;

/// Most hashes reported per file.
const HASHES_MAX: usize = 100;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "password-hash-file",
        title: "password hashes of users",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Secret,
        remedy: "reset the passwords of these users, then remove the file from the repository",
        docs: r"
## What it does
Reports each password hash in files such as `.htpasswd`, `.htdigest`, `shadow`, `master.passwd` and
`proftpd.passwd`, and in the users' rows of a SQL dump.

## Why is this bad
Hashes can be cracked offline, at billions of guesses per second for older algorithms; short and human passwords do not
last a day. The user names are listed with them.

## Example
A tracked `.htpasswd` with `admin:$apr1$…`.

## Use instead
Write the file when the service is set up, from a secret store.

## Known problems
Tests and documentation are skipped.
",
    },
    run: Run::Named { named, contents: &[], applies, run },
};

fn applies(blob: &Blob<'_>) -> bool {
    named(blob.path)
}

fn named(path: &RepoPath) -> bool {
    format(&Blob { path, bytes: b"", tracked: true }).is_some()
}

#[derive(Clone, Copy)]
enum Format {
    /// `user:hash`, with further fields after more colons.
    Lines,
    /// `user:realm:hash`.
    Digest,
    /// Statements that insert rows.
    Sql,
}

fn format(blob: &Blob<'_>) -> Option<Format> {
    let name = blob.path.file_name();
    let lower = name.get(..name.len().min(64))?.to_ascii_lowercase();
    let format = match lower.as_slice() {
        b".htdigest" | b"htdigest" => Format::Digest,
        b"shadow" | b"shadow-" | b"gshadow" | b"passwd" | b"passwd-" | b"master.passwd"
        | b"proftpdpasswd" | b"proftpd.passwd" | b"ftpd.passwd" | b"htpasswd" | b"users"
        | b"userlist.txt" | b"smbpasswd" => Format::Lines,
        name if name.ends_with(b".sql") => Format::Sql,
        name if contains(name, b"htpasswd")
            || name.ends_with(b".passwd")
            || name.starts_with(b"shadow.")
            || name.starts_with(b"passwd.") =>
        {
            Format::Lines
        }
        _ => return None,
    };
    (!is_aside(blob) && !credfile::is_example(blob.path.as_bytes())).then_some(format)
}

fn run(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    let Some(format) = format(blob) else { return };
    let text = blob.bytes;
    let hashes = match format {
        Format::Sql => in_statements(text),
        Format::Lines => in_lines(text, 1),
        Format::Digest => in_lines(text, 2),
    };
    let message = match format {
        Format::Sql => "password hash in a user's row of a SQL dump",
        _ => "password hash in a list of users",
    };
    for (hash, severity) in hashes.into_iter().take(HASHES_MAX) {
        to.secret(hash, message.to_owned(), severity, Confidence::High);
    }
}

/// The hashes in the given field of lines whose fields have colons between them.
fn in_lines(text: &[u8], field: usize) -> Vec<(Span, Severity)> {
    let mut hashes = Vec::new();
    let mut start = 0;
    for line in text.split(|b| *b == b'\n') {
        let line_start = start;
        start += line.len() + 1;
        let Some(user_end) = memchr::memchr(b':', line) else { continue };
        if user_end == 0 || line[0] == b'#' || line[..user_end].iter().any(u8::is_ascii_whitespace) {
            continue;
        }
        let mut at = 0;
        for part in line.split(|b| *b == b':').take(field) {
            at += part.len() + 1;
        }
        let Some(rest) = line.get(at..) else { continue };
        let value = rest[..memchr::memchr(b':', rest).unwrap_or(rest.len())].trim_ascii_end();
        // An exclamation mark locks the account, but the hash stays.
        let locked = value.iter().take_while(|b| **b == b'!').count();
        let value = &value[locked..];
        let alone = rest.trim_ascii_end().len() == value.len();
        let hash = is_crypt(value) || (field == 2 && is_hex(value, 32)) || (alone && is_traditional(value));
        if hash {
            hashes.push((
                Span::new(line_start + at + locked, line_start + at + locked + value.len()),
                Severity::Medium,
            ));
        }
    }
    hashes
}

/// The hashes in statements that insert rows: crypt formats anywhere, plain MD5 and SHA-1 if it is a table of users.
fn in_statements(text: &[u8]) -> Vec<(Span, Severity)> {
    let mut hashes = Vec::new();
    for statement in memchr::memmem::find_iter(text, b"INSERT INTO") {
        let rest = &text[statement..];
        let name_end = rest.len().min(120);
        let head = rest[..memchr::memchr(b'(', &rest[..name_end]).unwrap_or(name_end)].to_ascii_lowercase();
        let users = [&b"user"[..], b"account", b"member", b"admin", b"customer", b"login", b"person"]
            .iter()
            .any(|word| contains(&head, word));
        if !users {
            continue;
        }
        // A statement ends where the next one begins, so that each byte is looked at once.
        let end = memchr::memmem::find(&rest[11..], b"INSERT INTO").map_or(rest.len(), |next| 11 + next);
        let mut at = 0;
        while let Some(quote) = memchr::memchr(b'\'', &rest[at..end]) {
            let start = at + quote + 1;
            let Some(length) = memchr::memchr(b'\'', &rest[start..end]) else { break };
            let value = &rest[start..start + length];
            if is_crypt(value) || is_hex(value, 32) || is_hex(value, 40) {
                hashes.push((Span::new(statement + start, statement + start + length), Severity::Medium));
            }
            at = start + length + 1;
            if hashes.len() >= HASHES_MAX {
                return hashes;
            }
        }
    }
    hashes
}

/// Hashes that name their algorithm: `$2y$…`, `$6$…`, `$apr1$…`, `{SHA}…`, `$P$…`.
fn is_crypt(value: &[u8]) -> bool {
    const KINDS: &[(&[u8], usize)] = &[
        (b"$1$", 24),
        (b"$apr1$", 26),
        (b"$2a$", 59),
        (b"$2b$", 59),
        (b"$2y$", 59),
        (b"$2$", 56),
        (b"$5$", 46),
        (b"$6$", 88),
        (b"$y$", 60),
        (b"$7$", 50),
        (b"$P$", 34),
        (b"$H$", 34),
        (b"$argon2", 60),
        (b"$S$", 50),
        (b"{SHA}", 33),
        (b"{SSHA}", 30),
        (b"$pbkdf2", 50),
        (b"pbkdf2_sha256$", 60),
        (b"{bcrypt}", 60),
        (b"$sha1$", 30),
        (b"$md5", 25),
        (b"SCRAM-SHA-256$", 60),
    ];
    KINDS.iter().any(|(start, length)| {
        value.starts_with(start)
            && value.len() >= *length
            && value.len() <= 512
            && !value.iter().any(u8::is_ascii_whitespace)
    })
}

/// Thirteen characters of the crypt alphabet, mixed: the traditional hash.
fn is_traditional(value: &[u8]) -> bool {
    let kinds = [u8::is_ascii_lowercase as fn(&u8) -> bool, u8::is_ascii_uppercase, u8::is_ascii_digit]
        .iter()
        .filter(|is| value.iter().any(is))
        .count();
    value.len() == 13
        && kinds >= 2
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'))
}

fn is_hex(value: &[u8], length: usize) -> bool {
    value.len() == length
        && value.iter().all(u8::is_ascii_hexdigit)
        && value.iter().any(|b| Some(b) != value.first())
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}
