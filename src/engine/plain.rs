//! Values that are never secrets, whatever their name.

use super::assignment::{Assignment, Link};
use super::file_kind::{is_settings_file, is_source_code, is_yaml};
use super::{charset, rarity, value};
use crate::model::{Blob, Span};

/// Bytes of a line from which it is taken for generated.
const LONG_LINE: usize = 1000;

/// True for values without access by their form: templates, references, URLs, paths, numbers, dates, versions, mail
/// addresses, markup, sentences, public keys.
#[must_use]
pub fn is_no_secret(text: &[u8]) -> bool {
    !text.iter().all(u8::is_ascii_graphic) || is_other(text)
}

/// The same for any characters: a quoted secret may contain spaces.
#[must_use]
pub fn is_other(text: &[u8]) -> bool {
    value::is_template(text)
        || is_named(text)
        || is_number(text)
        || is_markup(text)
        || is_public(text)
        || is_pattern(text)
        // Cut short on purpose.
        || text.windows(3).any(|part| part == b"***")
}

/// True for a regular expression.
fn is_pattern(text: &[u8]) -> bool {
    const CLASSES: &[&[u8]] = &[b"[a-z", b"[A-Z", b"[0-9", b"[^", b"[[:"];
    let group = text.windows(3).any(|part| matches!(part, b"(?:" | b"(?=" | b"(?!" | b"(?P" | b"(?i"));
    group || memchr::memchr(b'[', text).is_some() && CLASSES.iter().any(|class| value::contains(text, class))
}

/// True for what names something: a reference, an address, a path, a file, coordinates.
#[must_use]
pub fn is_named(text: &[u8]) -> bool {
    value::is_reference(text)
        || is_address(text)
        || is_coordinates(text)
        || is_path(text)
        || is_file_name(text)
        || memchr::memchr(b'@', text).is_some_and(|at| text[at..].starts_with(b"@sha256:"))
}

fn is_address(text: &[u8]) -> bool {
    const SCHEMES: &[&[u8]] = &[
        b"http:",
        b"https:",
        b"ftp:",
        b"ws:",
        b"wss:",
        b"urn:",
        b"data:",
        b"mailto:",
        b"tcp:",
        b"unix:",
        b"jdbc:",
        b"redis:",
        b"postgres",
        b"mysql:",
        b"mongodb",
        b"amqp",
        b"ldap",
        b"s3:",
        b"gs:",
        b"git@",
        b"ssh:",
        b"www.",
        b"//",
    ];
    let lower = text.to_ascii_lowercase();
    let scheme = SCHEMES.iter().any(|scheme| lower.starts_with(scheme));
    let mail = memchr::memchr(b'@', text).is_some_and(|sign| {
        sign > 0
            && memchr::memchr(b'.', &text[sign..]).is_some()
            && text.iter().all(|b| charset::WORD.has(*b) || matches!(b, b'.' | b'@' | b'+'))
    });
    // example.com, sub.domain.org, com.example.Class
    let dotted = text.iter().filter(|b| **b == b'.').count() >= 1
        && text.split(|b| *b == b'.').all(|part| {
            !part.is_empty() && part.iter().all(|b| charset::WORD.has(*b)) && rarity::score(part) < 6.0
        });
    scheme || mail || dotted
}

/// True for words and numbers with dashes or dots between them, as licences, packages, images and places are called:
/// none of the parts is random.
#[must_use]
pub fn is_slug(text: &[u8]) -> bool {
    let is_part = |part: &[u8]| {
        let letters = part.iter().filter(|b| b.is_ascii_alphabetic()).count();
        match (letters, part.len() - letters) {
            (0, digits) => digits <= 4,
            (_, 0) => rarity::score(part) < RANDOM_WORD,
            (_, _) => part.len() <= 4 || rarity::score(part) < 0.0,
        }
    };
    let parts = || text.split(|b| matches!(b, b'-' | b'_' | b'.' | b'+'));
    let words = parts().filter(|part| part.len() >= 2 && part.iter().all(u8::is_ascii_alphabetic)).count();
    let count = parts().count();
    count >= 2
        && words * 2 >= count
        && text.iter().all(|b| charset::WORD.has(*b) || matches!(b, b'.' | b'+'))
        && parts().all(is_part)
}

/// Bits of rarity from which a word is not an abbreviation.
const RANDOM_WORD: f32 = 8.0;

/// `name@1.2.3`, `pkg:npm/name@1.2.3`
fn is_package(text: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'@', text).filter(|at| *at > 0) else { return false };
    let (name, version) = (&text[..at], &text[at + 1..]);
    let number = version.first().is_some_and(u8::is_ascii_digit)
        && version.contains(&b'.')
        && version.iter().all(|b| charset::WORD.has(*b) || matches!(b, b'.' | b'+'));
    number && (name.starts_with(b"pkg:") || rarity::score(name) < 6.0)
}

/// `group:artifact:version`
fn is_coordinates(text: &[u8]) -> bool {
    if is_package(text) {
        return true;
    }
    let parts: Vec<&[u8]> = text.split(|b| *b == b':').collect();
    (2..=5).contains(&parts.len()) && parts.iter().all(|part| !part.is_empty() && rarity::score(part) < 6.0)
}

fn is_path(text: &[u8]) -> bool {
    let slashes = text.iter().filter(|b| matches!(b, b'/' | b'\\')).count();
    let starts = text.starts_with(b"/")
        || text.starts_with(b"./")
        || text.starts_with(b"../")
        || text.starts_with(b"~/")
        || text.starts_with(b"\\\\")
        || (text.get(1) == Some(&b':') && matches!(text.get(2), Some(b'\\' | b'/')));
    let natural = || text.split(|b| matches!(b, b'/' | b'\\')).all(|part| rarity::score(part) < 8.0);
    (starts && natural()) || (slashes >= 1 && natural() && rarity::score(text) < 6.0)
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let rest = text.iter().all(|b| {
        b.is_ascii_digit()
            || matches!(b, b'.' | b'-' | b'+' | b':' | b'/' | b'_' | b',' | b'x' | b'%' | b'e' | b'T' | b'Z')
    });
    let version = text.starts_with(b"v") && text[1..].iter().all(|b| b.is_ascii_digit() || *b == b'.');
    (rest && digits > 0) || version
}

fn is_file_name(text: &[u8]) -> bool {
    const ENDINGS: &[&[u8]] = &[
        b".pem",
        b".key",
        b".crt",
        b".cer",
        b".json",
        b".yaml",
        b".yml",
        b".txt",
        b".xml",
        b".html",
        b".js",
        b".ts",
        b".py",
        b".rb",
        b".go",
        b".java",
        b".php",
        b".sh",
        b".conf",
        b".cfg",
        b".ini",
        b".png",
        b".svg",
        b".jpg",
        b".css",
        b".md",
        b".p12",
        b".jks",
        b".pub",
        b".env",
        b".toml",
        b".properties",
        b".pfx",
        b".keystore",
        b".log",
        b".sql",
        b".csv",
        b".lock",
        b".gz",
        b".zip",
        b".jar",
        b".tsx",
        b".vue",
        b".rs",
        b".exe",
        b".dll",
        b".so",
    ];
    let lower = text.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

fn is_markup(text: &[u8]) -> bool {
    text.starts_with(b"<")
        || text.starts_with(b"&")
        || text.ends_with(b";")
        || value::contains(text, b"&quot;")
        || value::contains(text, b"\\u")
        || value::contains(text, b"()")
        || value::contains(text, b"=>")
        || value::contains(text, b"->")
        || value::contains(text, b"::")
        || ((value::contains(text, b"%s") || value::contains(text, b"%d")) && rarity::score(text) < 10.0)
        || (matches!(text.first(), Some(b'#' | b'.'))
            && text.len() > 1
            && text[1..].iter().all(|b| charset::WORD.has(*b))
            && rarity::score(text) < 10.0)
}

fn is_public(text: &[u8]) -> bool {
    const FORMS: &[&[u8]] = &[
        b"ssh-rsa",
        b"ssh-ed25519",
        b"ecdsa-sha2",
        b"AAAAB3NzaC1",
        b"AAAAC3Nza",
        b"pk_live_",
        b"pk_test_",
        b"pk.",
        b"sha1-",
        b"sha1=",
        b"sha256-",
        b"sha256=",
        b"sha384-",
        b"sha384=",
        b"sha512-",
        b"sha512=",
        b"sha256:",
        b"sha1:",
        b"md5:",
        b"MIIBIjAN",
        b"MIICIjAN",
        b"-----BEGIN PUBLIC",
        b"-----BEGIN CERT",
        b"arn:",
        b"rgba(",
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$argon2",
        b"{SHA",
        b"{bcrypt}",
        b"pbkdf2",
        b"$pbkdf2",
        b"$scrypt",
        b"$1$",
        b"$5$",
        b"$6$",
        b"$y$",
    ];
    value::is_sealed(text)
        || FORMS.iter().any(|start| text.starts_with(start))
        // A number, or an address in a chain of blocks; a key there has 32 bytes.
        || text.starts_with(b"0x") && text.len() != 66
}

/// The longest name of a member of a connection string.
const MEMBER_MAX: usize = 32;

/// True if the value is a piece of a program rather than a value.
#[must_use]
pub fn is_code(found: &Assignment<'_>, blob: &Blob<'_>) -> bool {
    let text = found.value;
    if found.quoted {
        return false;
    }
    // What a quote or the next member of a connection string ends stands in a string.
    let written = match &blob.bytes[found.span.end..] {
        [b'"' | b'\'' | b'`', ..] => !matches!(text.last(), Some(b'(' | b'[' | b'{' | b',' | b'=')),
        [b';', rest @ ..] => {
            let name = charset::WORD.with(b' ').run(rest, MEMBER_MAX);
            rest.first().is_some_and(u8::is_ascii_alphabetic) && rest.get(name) == Some(&b'=')
        }
        _ => false,
    };
    let code = is_source_code(blob) && !written;
    let beside = found.link == Link::Beside && !is_settings_file(blob);
    let expression = text.iter().any(|b| matches!(b, b'(' | b'[' | b'{' | b'$' | b'*')) && (code || beside)
        || text.contains(&b'@') && code;
    let access = memchr::memchr(b'.', text).is_some()
        && text.split(|b| *b == b'.').next().is_some_and(|head| {
            rarity::score(head) < 6.0 && head.first().is_some_and(u8::is_ascii_alphabetic)
        })
        && code;
    // `0x2au32`, `10_000L`: a name cannot start so, and a string would have quotes.
    let number = text.first().is_some_and(u8::is_ascii_digit) && code;
    let follows_call = matches!(blob.bytes.get(found.span.end), Some(b'(' | b'['));
    // `get("…")`, whether the value ends before the quote or goes on behind it.
    let is_quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\'' | b'`'));
    let called = (0..text.len()).any(|at| {
        matches!(text[at], b'(' | b'[' | b'{') && is_quote(blob.bytes.get(found.span.start + at + 1))
    });
    let variable = matches!(text.first(), Some(b'$' | b'@'))
        && text.get(1).is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|b| {
            charset::IDENT.has(*b)
                || matches!(b, b'$' | b'-' | b'>' | b':' | b'[' | b']' | b'\'' | b'{' | b'@')
        });
    let enclosed = written || found.link == Link::Element || is_settings_file(blob);
    let opens = matches!(text.first(), Some(b'(' | b'[' | b'{' | b'&' | b'-')) && !enclosed;
    // A tag without a value, an anchor, an alias.
    let node = matches!(text.first(), Some(b'!' | b'&' | b'*')) && is_yaml(blob);
    let declared = is_reference_type(text, blob.bytes.get(found.span.end).copied());
    node || variable || called || number || opens || expression || access || follows_call || declared
}

/// True for the type of a parameter that is a reference, `&Path,` or `*Config)`, before the byte `next`.
fn is_reference_type(text: &[u8], next: Option<u8>) -> bool {
    let ends = |byte: Option<&u8>| matches!(byte, Some(b',' | b')'));
    let (name, ended) = match text {
        [name @ .., last] if ends(Some(last)) => (name, true),
        _ => (text, ends(next.as_ref())),
    };
    ended && matches!(name, [b'&' | b'*', name @ ..] if name.iter().all(u8::is_ascii_alphabetic))
}

/// True if the value stands in the query of an image's address: tokens of badges are made to be
/// shown.
#[must_use]
pub fn is_of_image(found: &Assignment<'_>, blob: &Blob<'_>) -> bool {
    let before = &blob.bytes[found.span.start.saturating_sub(160)..found.span.start];
    let line = memchr::memrchr(b'\n', before).map_or(before, |newline| &before[newline + 1..]);
    let address = line.iter().rposition(|b| b.is_ascii_whitespace()).map_or(line, |blank| &line[blank + 1..]);
    [&b".svg?"[..], b".png?", b"/badge"].iter().any(|part| value::contains(address, part))
}

/// True if the line that holds `span` is so long that a program wrote it.
#[must_use]
pub fn is_on_long_line(blob: &Blob<'_>, span: Span) -> bool {
    let before = memchr::memrchr(b'\n', &blob.bytes[span.start.saturating_sub(LONG_LINE)..span.start])
        .is_none()
        && span.start >= LONG_LINE;
    let after_end = blob.bytes.len().min(span.end + LONG_LINE);
    let after = memchr::memchr(b'\n', &blob.bytes[span.end..after_end]).is_none()
        && after_end - span.end >= LONG_LINE;
    before || after
}

/// True if the value only repeats its name: `password = "db_password"`.
#[must_use]
pub fn echoes(text: &[u8], name: &[u8]) -> bool {
    let letters = |bytes: &[u8]| {
        bytes.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect::<Vec<u8>>()
    };
    // Digits and signs are what makes a password of a word.
    let chosen =
        text.iter().filter(|b| !b.is_ascii_alphabetic() && !matches!(b, b'_' | b'-' | b'.')).count() >= 4;
    if chosen {
        return false;
    }
    let (text, name) = (letters(text), letters(name));
    let says_password = [&b"password"[..], b"passwd", b"passwort", b"contrasena"]
        .iter()
        .any(|word| value::contains(&text, word))
        && text.len() <= 24;
    says_password || (text.len() >= 4 && (value::contains(&name, &text) || value::contains(&text, &name)))
}

/// Words that stand where a password will, or are the type of one.
#[must_use]
pub fn is_common_word(text: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"string",
        b"secret",
        b"none",
        b"null",
        b"true",
        b"false",
        b"test",
        b"tests",
        b"testing",
        b"test123",
        b"test1234",
        b"text",
        b"hidden",
        b"admin",
        b"root",
        b"user",
        b"username",
        b"guest",
        b"default",
        b"value",
        b"empty",
        b"undefined",
        b"required",
        b"optional",
        b"input",
        b"field",
        b"str",
        b"foobar",
        b"foo",
        b"bar",
        b"baz",
        b"hello",
        b"world",
        b"pass",
        b"pass1",
        b"pass123",
        b"pwd",
        b"changeit",
        b"qwerty",
        b"letmein",
        b"abc123",
        b"123456",
        b"hunter2",
        b"s3cr3t",
        b"s3cret",
        b"secret1",
        b"secret123",
        b"supersecret",
        b"topsecret",
        b"mysecret",
        b"postgres",
        b"mysql",
        b"admin123",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.contains(&lower.as_slice())
}

/// True for a UUID.
#[must_use]
pub fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text
            .iter()
            .enumerate()
            .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

/// True for hexadecimal of the length of a digest.
#[must_use]
pub fn is_hex(text: &[u8]) -> bool {
    text.len() >= 16 && text.iter().all(u8::is_ascii_hexdigit)
}

/// True if a user or login is given a value in the lines right before `at`.
#[must_use]
pub fn has_login_before(blob: &Blob<'_>, at: usize) -> bool {
    let window = blob.bytes[at.saturating_sub(160)..at].to_ascii_lowercase();
    if value::contains(&window, b"anonymous") {
        return false;
    }
    [&b"user"[..], b"login", b"uid"].iter().any(|word| {
        memchr::memmem::find_iter(&window, word).any(|found| {
            let rest = &window[found + word.len()..];
            let name = charset::IDENT.run(rest, 12);
            let link = rest[name..].iter().take(4).find(|b| !matches!(b, b' ' | b'"' | b'\'' | b'\\'));
            matches!(link, Some(b'=' | b':')) && rest[name..].iter().take(4).all(|b| *b != b'\n')
        })
    })
}
