//! Evaluates values assigned to secret-like names: in environment files, credential files and other assignments.

use super::assignment::{Assignment, Link};
use super::names::Announced;
use super::proof::any_base64;
use super::{chosen, file_kind, names, plain, rarity, value};
use crate::model::{Blob, Confidence, Severity};

/// The context of a value.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// An environment file, which consists of values.
    Environment,
    /// A credential file.
    Dedicated,
    /// A file with credentials among other content.
    Mixed,
    /// An example or test file.
    Example,
    /// Any text, possibly source code or prose: the assignment alone decides.
    Anywhere(&'a Assignment<'a>, &'a Blob<'a>),
}

/// Digits of a commit id.
const COMMIT: usize = 40;
/// Bits of rarity from which a value in an example counts as real.
const RANDOM: f32 = 18.0;
/// The same for a value under a name like "token" or "key", in a file with credentials.
const SPELLED: f32 = 8.0;
/// The same in any text.
const TELLING: f32 = 12.0;
/// The same in any text, under a bare "key" or "auth".
const VAGUE: f32 = 24.0;

/// How to report `text`, assigned to a `name` that announces `kind`, if at all.
#[must_use]
pub fn assess(text: &[u8], name: &[u8], kind: Announced, trust: Trust<'_>) -> Option<(Severity, Confidence)> {
    let (text, nothing) = match kind {
        Announced::Password => (text, is_void(text) || is_placeholder(text) || is_password_elsewhere(text)),
        _ => (bare(text), is_nothing(bare(text))),
    };
    if nothing || is_key_id(text, name) {
        return None;
    }
    match (kind, trust) {
        (_, Trust::Example) => of_example(text, kind),
        (Announced::Password, Trust::Anywhere(found, blob)) => password_anywhere(text, found, blob),
        (Announced::Password, _) => password(text, name, trust),
        (_, Trust::Anywhere(found, blob)) => secret_anywhere(text, kind, found, blob),
        (_, _) => secret(text, kind, trust),
    }
}

fn of_example(text: &[u8], kind: Announced) -> Option<(Severity, Confidence)> {
    let random = text.len() >= 16
        && rarity::score(text) >= RANDOM
        && !value::is_regular(text)
        && !plain::is_no_secret(text)
        && kind != Announced::Vague;
    random.then_some((Severity::Medium, Confidence::Low))
}

/// A password in a credential file: it may be short and human.
fn password(text: &[u8], name: &[u8], trust: Trust<'_>) -> Option<(Severity, Confidence)> {
    let rarity = rarity::score(text);
    let label = plain::is_common_word(text) || plain::echoes(text, name);
    if matches!(trust, Trust::Mixed) {
        // "password1" is a password, "password" and "db password" are labels.
        let label = label && !text.iter().any(u8::is_ascii_digit);
        let regular = value::is_regular(text) && !text.iter().all(u8::is_ascii_digit);
        let confidence = if rarity >= 4.0 { Confidence::Medium } else { Confidence::Low };
        let human = text.len() >= 3 && !label && !is_setting(text) && !regular;
        return human.then_some((Severity::Medium, confidence));
    }
    Some(match (label || text.len() < 3, rarity >= 10.0) {
        (true, _) => (Severity::Medium, Confidence::Low),
        (false, false) => (Severity::High, Confidence::Medium),
        (false, true) => (Severity::High, Confidence::High),
    })
}

/// A token or key in a credential file.
fn secret(text: &[u8], kind: Announced, trust: Trust<'_>) -> Option<(Severity, Confidence)> {
    let rarity = rarity::score(text);
    let (other, vague, severity): (fn(&[u8]) -> bool, _, _) = match trust {
        // All values: they may contain spaces, and any may be named "key".
        Trust::Environment => (plain::is_other, SPELLED, Severity::High),
        Trust::Mixed => (plain::is_no_secret, f32::INFINITY, Severity::Medium),
        _ => (plain::is_no_secret, 2.0 * SPELLED, Severity::High),
    };
    if text.len() < 8 || other(text) || value::is_regular(text) {
        return None;
    }
    let floor = if kind == Announced::Vague { vague } else { SPELLED };
    // A program's secret counts even if chosen by hand.
    let chosen = matches!(trust, Trust::Environment)
        && kind != Announced::Vague
        && text.iter().any(u8::is_ascii_digit)
        && text.iter().any(u8::is_ascii_alphabetic);
    match (rarity >= floor, chosen) {
        (true, _) => Some((severity, Confidence::Medium)),
        (false, true) => Some((Severity::Medium, Confidence::Low)),
        (false, false) => None,
    }
}

/// A password in any text: chosen or random rather than a word, a label or a piece of code.
fn password_anywhere(text: &[u8], found: &Assignment<'_>, blob: &Blob<'_>) -> Option<(Severity, Confidence)> {
    let beside = found.link == Link::Beside;
    // The last character of an unquoted value may belong to the line.
    let enclosed = found.quoted || found.link == Link::Element;
    if chosen::is_other(text, enclosed)
        || value::is_regular(text)
        || plain::echoes(text, found.name)
        || plain::is_common_word(text)
        || plain::is_uuid(text) && !found.quoted
    {
        return None;
    }
    let has = |test: fn(&u8) -> bool| text.iter().any(test);
    let letters = has(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    let digits = has(u8::is_ascii_digit);
    let last = usize::from(!enclosed || text.last() == Some(&b'@'));
    let symbols = text[..text.len() - last].iter().any(|b| {
        matches!(
            b,
            b'!' | b'@'
                | b'#'
                | b'$'
                | b'%'
                | b'^'
                | b'&'
                | b'*'
                | b'?'
                | b'+'
                | b'='
                | b'~'
                | b'<'
                | b'>'
                | b';'
                | b'|'
        )
    });
    let phrase = text.contains(&b' ') || chosen::is_words(text);
    let mut floor = match (letters, digits, symbols) {
        _ if phrase && enclosed => -60.0,
        _ if phrase && !file_kind::is_source_code(blob) => -60.0,
        (true, true, true) if found.quoted || file_kind::is_settings_file(blob) => -20.0,
        (true, true, true) => -14.0,
        // A word of another language, from a translated label.
        (true, false, false) if !text.is_ascii() => return None,
        (true, true, false) if found.quoted => -9.0,
        (true, true, false) => -6.5,
        (true, false, true) => -4.0,
        (true, false, false) => 7.0,
        // Digits alone: short runs are ports or dates, long ones are codes.
        _ if found.quoted && text.len() >= 8 && is_code_of_digits(text) => -60.0,
        _ => return None,
    };
    // Next to a user name the password may be any word.
    if plain::has_login_before(blob, found.span.start) {
        floor -= 12.0;
    }
    let written = matches!(blob.bytes.get(found.span.end), Some(b'"' | b'\'' | b'`'));
    if !found.quoted && !written && file_kind::is_source_code(blob) {
        floor += 16.0;
    }
    if beside && !file_kind::is_settings_file(blob) {
        floor += if found.quoted && digits { 1.0 } else { 5.0 };
    }
    let translated = file_kind::is_translation(blob);
    if translated || plain::is_on_long_line(blob, found.span) {
        floor += 14.0;
        // Foreign words are rare by their letters.
        if phrase || translated && !(digits && letters) {
            return None;
        }
    }
    let rarity = rarity::score(text);
    let confidence = if rarity >= 10.0 { Confidence::Medium } else { Confidence::Low };
    (rarity >= floor).then_some((Severity::Medium, confidence))
}

/// True for digits that are a code rather than a number, date or address.
fn is_code_of_digits(text: &[u8]) -> bool {
    let digits: Vec<u8> = text.iter().copied().filter(u8::is_ascii_digit).collect();
    let separators = text.len() - digits.len();
    let distinct = digits.iter().fold(0u16, |all, digit| all | 1 << (digit - b'0')).count_ones();
    let year = matches!(digits.get(..2), Some(b"19" | b"20"));
    let several = || {
        let first = text.iter().find(|b| !b.is_ascii_digit());
        text.iter().any(|b| !b.is_ascii_digit() && Some(b) != first && *b != b' ')
    };
    distinct >= 5
        && digits.len() >= 8
        && !year
        && (separators == 0 && digits.len() >= 10 || separators > 0 && several())
}

/// A token or key in any text: random rather than words.
fn secret_anywhere(
    text: &[u8],
    kind: Announced,
    found: &Assignment<'_>,
    blob: &Blob<'_>,
) -> Option<(Severity, Confidence)> {
    let beside = found.link == Link::Beside;
    let confidence = if beside { Confidence::Low } else { Confidence::Medium };
    // Some services issue digits only; so many are not an ordinary number.
    if text.iter().all(u8::is_ascii_digit) {
        let token = kind == Announced::Secret && text.len() >= 24 && !value::is_regular(text);
        return token.then_some((Severity::Low, confidence));
    }
    if text.len() < 8 || plain::is_no_secret(text) || plain::is_slug(text) {
        return None;
    }
    // True if the name has more than "key".
    let of_something = || names::words(found.name).len() > 1 || found.name.len() > 6;
    let announced = matches!(kind, Announced::Secret | Announced::Key) || of_something();
    let composed =
        text.len() >= 16 && announced && !beside && !plain::is_uuid(text) && value::is_composed(text);
    if composed || value::is_regular(text) {
        return (composed && !file_kind::is_trial_path(blob)).then_some((Severity::Low, confidence));
    }
    let digest = plain::is_hex(text);
    // Bytes written in hexadecimal have two digits each.
    if digest && text.len() % 2 == 1 {
        return None;
    }
    let uuid = plain::is_uuid(text);
    let vague = kind == Announced::Vague;
    if vague && (uuid || digest) && !of_something() {
        return None;
    }
    let digits = text.iter().any(u8::is_ascii_digit);
    if beside && !(text.len() >= 16 && digits) {
        return None;
    }
    let mut floor = if vague { VAGUE } else { TELLING };
    if !found.quoted && found.link != Link::Element {
        floor += 4.0;
    }
    if !found.quoted && file_kind::is_source_code(blob) {
        floor += 8.0;
    }
    if beside {
        floor += 10.0;
    }
    if plain::is_on_long_line(blob, found.span) {
        floor += 12.0;
    }
    if !digits {
        floor += 10.0;
    }
    if !uuid && rarity::score(text) < floor {
        return None;
    }
    // Shortened values, words in base64, badge tokens: none grants access. Few values get here.
    let void = blob.bytes[found.span.end..].starts_with(b"..")
        || encodes_words(text)
        || plain::is_of_image(found, blob);
    // A UUID is an id, unless the name says it grants access; a bare "key" may also hold a commit.
    let id = uuid && !names::says_secret(found.name) || vague && digest && text.len() == COMMIT;
    let severity = if id { Severity::Low } else { Severity::Medium };
    (!void).then_some((severity, confidence))
}

/// The value without its scheme: `Authorization: Bearer …`.
#[must_use]
pub fn bare(value: &[u8]) -> &[u8] {
    let mut rest = value;
    for scheme in ["authorization:", "bearer ", "basic ", "token "] {
        if rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes())) {
            rest = rest[scheme.len()..].trim_ascii_start();
        }
    }
    rest
}

/// True if the value is base64 of words, or a web token whose signature is one.
fn encodes_words(secret: &[u8]) -> bool {
    if secret.ends_with(b".signature") {
        return true;
    }
    let Some(text) = any_base64(secret) else { return false };
    text.len() >= 8
        && text.iter().all(|b| matches!(b, b' '..=b'~'))
        && text.split(|b| !b.is_ascii_alphanumeric()).all(|word| rarity::score(word) < 6.0)
}

/// True for the id or fingerprint of an OpenPGP signing key, which is public.
fn is_key_id(text: &[u8], name: &[u8]) -> bool {
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    matches!(digits.len(), 8 | 16 | 40)
        && digits.iter().all(u8::is_ascii_hexdigit)
        && names::words(name).iter().any(|word| word.starts_with("sign") || word == "gpg" || word == "pgp")
}

/// True for a non-value: empty, a placeholder, a reference, or an encrypted value.
#[must_use]
pub fn is_nothing(text: &[u8]) -> bool {
    is_void(text)
        || is_placeholder(text)
        || value::is_template(text)
        || value::is_reference(text)
        || value::is_sealed(text)
}

/// True for a reference to a password, or an encrypted one. A password may contain template characters.
fn is_password_elsewhere(text: &[u8]) -> bool {
    let plainly = text.iter().all(|b| b.is_ascii_alphanumeric() || b" _-./:@[](){}'\",+=#$".contains(b));
    chosen::is_template(text) || plainly && value::is_reference(text) || value::is_sealed(text)
}

/// True for a null value.
fn is_void(text: &[u8]) -> bool {
    const VOID: &[&[u8]] = &[
        b"null",
        b"none",
        b"nil",
        b"true",
        b"false",
        b"undefined",
        b"empty",
        b"no",
        b"yes",
        b"n/a",
        b"na",
        b"tbd",
        b"~",
        b"-",
        b"*",
        b"x",
        b"ask",
        b"prompt",
        b"optional",
        b"required",
        b"string",
    ];
    let lower = text.trim_ascii().to_ascii_lowercase();
    let alike = lower.iter().all(|b| Some(b) == lower.first());
    lower.is_empty()
        || alike && (lower.len() < 4 || !lower[0].is_ascii_digit())
        || VOID.contains(&lower.as_slice())
}

/// True for a placeholder that people or programs replace.
fn is_placeholder(text: &[u8]) -> bool {
    /// With characters no token has, these are words of a sentence.
    const TELLING: &[&[u8]] = &[
        b"change_this",
        b"change me",
        b"_here",
        b"-here",
        b" here",
        b"enter_",
        b"enter-",
        b"enter ",
        b"put_",
        b"put-",
        b"put ",
        b"set_me",
        b"setme",
        b"fill_in",
        b"removed",
        b"hidden",
        b"masked",
    ];
    // A long random value may contain a word by accident.
    let lower = text[..text.len().min(100)].to_ascii_lowercase();
    let is_placeholder = || TELLING.iter().any(|words| value::contains(&lower, words));
    value::is_stand_in(text) || rarity::score(text) < RANDOM && is_placeholder() || names_a_part(text)
}

/// True if a part of the text is a placeholder: `prefix-<token>`.
fn names_a_part(text: &[u8]) -> bool {
    memchr::memchr_iter(b'<', text).any(|open| {
        let name = text[open + 1..]
            .iter()
            .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'_' | b'-' | b'.'))
            .count();
        name >= 3 && text.get(open + 1 + name) == Some(&b'>')
    })
}

/// True for values of other settings: sentences, paths, URLs, small numbers, calls.
fn is_setting(text: &[u8]) -> bool {
    let letters = text.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    match text.iter().all(u8::is_ascii_digit) {
        true => text.len() < 6,
        false if letters => chosen::is_other(text, true),
        false => plain::is_no_secret(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn human_passwords_count_where_passwords_are_kept() {
        for text in ["hunter2", "winter", "123456", "p@ss w0rd", "a!b"] {
            assert!(
                assess(text.as_bytes(), b"password", Announced::Password, Trust::Dedicated).is_some(),
                "{text}"
            );
        }
        for text in ["sunny-day7", "Passw0rd", "password1"] {
            assert!(
                assess(text.as_bytes(), b"password", Announced::Password, Trust::Mixed).is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_value_does_not() {
        for text in [
            "",
            "null",
            "xxxxxxxx",
            "********",
            "changeme",
            "your_password",
            "put your phrase here",
            "<password>",
            "${X}",
            "{{ x }}",
            "ENC(abc)",
            "{cipher}00ff",
            "{AQAAABAAAAA}",
            "$2y$10$abc",
            "vault:secret/x",
        ] {
            assert_eq!(
                assess(text.as_bytes(), b"password", Announced::Password, Trust::Dedicated),
                None,
                "{text}"
            );
        }
        for text in ["password", "db_password", "Enter the password", "/etc/x", "25"] {
            assert_eq!(
                assess(text.as_bytes(), b"password", Announced::Password, Trust::Mixed),
                None,
                "{text}"
            );
        }
        assert_eq!(assess(b"hunter22", b"password", Announced::Password, Trust::Example), None);
    }

    #[test]
    fn tokens_are_random() {
        assert_eq!(
            assess(b"kX9dPq27TzLmWv4s", b"api_token", Announced::Secret, Trust::Dedicated),
            Some((Severity::High, Confidence::Medium))
        );
        assert_eq!(assess(b"session-token-name", b"api_token", Announced::Secret, Trust::Dedicated), None);
        assert!(assess(b"kX9dPq27TzLmWv4sQ8rN", b"api_token", Announced::Secret, Trust::Example).is_some());
    }

    #[test]
    fn ids_of_keys_are_public() {
        for (text, name, public) in [
            ("A4F2C6D81B3E5790", "user.signingkey", true),
            ("0xA4F2C6D81B3E5790", "SIGNING_KEY", true),
            ("A4F2C6D81B3E5790", "API_KEY", false),
            ("9f3c1a7e5b2d8046c1f9a3e7d5b20846", "SIGNING_KEY", false),
        ] {
            let worth = assess(text.as_bytes(), name.as_bytes(), Announced::Key, Trust::Dedicated);
            assert_eq!(worth.is_none(), public, "{name}={text}");
        }
    }
}
