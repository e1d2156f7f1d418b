//! What a value in a credential file is worth: a password there may be short and human.

use super::names::Announced;
use super::{names, plain, rarity, value};
use crate::model::{Blob, Confidence, Severity};

/// What the place of a value says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The file is made for credentials.
    Dedicated,
    /// The file has credentials among other things.
    Mixed,
    /// The file shows how such a file looks, or belongs to tests.
    Example,
}

/// Bits of rarity from which a value in an example is a real one.
const RANDOM: f32 = 18.0;
/// Bits of rarity from which a value under a name that says "token" or "key" is one.
const SPELLED: f32 = 8.0;

/// True for files of tests, examples, documents and other people's code, by their place.
#[must_use]
pub fn is_aside(blob: &Blob<'_>) -> bool {
    const WORDS: &[&str] = &[
        "test",
        "tests",
        "testing",
        "fixture",
        "fixtures",
        "example",
        "examples",
        "sample",
        "samples",
        "template",
        "templates",
        "stubs",
        "integration",
        "benchmarks",
        "playground",
    ];
    let path = blob.path.as_bytes();
    let folders = &path[..path.len() - blob.path.file_name().len()];
    let foreign = |folder: &[u8]| {
        matches!(folder, b"node_modules" | b"vendor" | b"third_party" | b"third-party" | b"site-packages")
    };
    plain::is_trial_path(blob)
        || folders.split(|b| *b == b'/').any(|folder| {
            foreign(folder) || names::words(folder).iter().any(|word| WORDS.contains(&word.as_str()))
        })
}

/// What `text`, announced as `kind` by its `name`, is worth reporting as, if it is.
#[must_use]
pub fn weigh(text: &[u8], name: &[u8], kind: Announced, trust: Trust) -> Option<(Severity, Confidence)> {
    if is_void(text) || is_stand_in(text) || value::is_sealed(text) {
        return None;
    }
    let password = kind == Announced::Password;
    let rarity = rarity::score(text);
    match trust {
        Trust::Example => {
            let random = rarity >= RANDOM
                && text.len() >= 16
                && !value::is_placeholder(text)
                && !plain::is_no_secret(text)
                && kind != Announced::Vague;
            random.then_some((Severity::Medium, Confidence::Low))
        }
        Trust::Dedicated if password => {
            let common = plain::is_common_word(text) || plain::echoes(text, name) || text.len() < 3;
            Some(match (common, rarity >= 10.0) {
                (true, _) => (Severity::Medium, Confidence::Low),
                (false, false) => (Severity::High, Confidence::Medium),
                (false, true) => (Severity::High, Confidence::High),
            })
        }
        Trust::Mixed if password => {
            // "password1" is a password, "password" and "db password" are labels.
            let label = !text.iter().any(u8::is_ascii_digit)
                && (plain::is_common_word(text) || plain::echoes(text, name));
            let regular = value::is_placeholder(text) && !text.iter().all(u8::is_ascii_digit);
            (text.len() >= 3 && !label && !is_setting(text) && !regular).then_some((
                Severity::Medium,
                if rarity >= 4.0 { Confidence::Medium } else { Confidence::Low },
            ))
        }
        Trust::Dedicated | Trust::Mixed => {
            let random = text.len() >= 8
                && rarity >= SPELLED
                && !plain::is_no_secret(text)
                && !value::is_placeholder(text);
            let vague = kind == Announced::Vague && (trust == Trust::Mixed || rarity < 2.0 * SPELLED);
            let severity = if trust == Trust::Dedicated { Severity::High } else { Severity::Medium };
            (random && !vague).then_some((severity, Confidence::Medium))
        }
    }
}

/// True for what stands where there is no value.
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

/// True if people are told to put their own value there, or a program does.
fn is_stand_in(text: &[u8]) -> bool {
    const MARKS: &[&[u8]] = &[
        b"xxxx",
        b"changeme",
        b"change_me",
        b"change-me",
        b"change me",
        b"changeit",
        b"change_this",
        b"placeholder",
        b"redacted",
        b"your_",
        b"your-",
        b"your ",
        b"yourpass",
        b"yourtoken",
        b"yourkey",
        b"yoursecret",
        b"_here",
        b"-here",
        b" here",
        b"****",
        b"....",
        b"example",
        b"replace",
        b"insert_",
        b"insert-",
        b"insert ",
        b"todo",
        b"fixme",
        b"dummy",
        b"enter_",
        b"enter-",
        b"enter ",
        b"goes-here",
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
    // In a long random value some word stands by accident.
    let lower = text[..text.len().min(100)].to_ascii_lowercase();
    MARKS.iter().any(|mark| value::contains(&lower, mark))
        || names_a_part(text)
        || value::is_template(text)
        || value::is_reference(text)
}

/// True if a part of the text stands for something: `prefix-<token>`.
fn names_a_part(text: &[u8]) -> bool {
    memchr::memchr_iter(b'<', text).any(|open| {
        let name = text[open + 1..]
            .iter()
            .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'_' | b'-' | b'.'))
            .count();
        name >= 3 && text.get(open + 1 + name) == Some(&b'>')
    })
}

/// True for what other settings hold: sentences, paths, addresses, small numbers, calls.
fn is_setting(text: &[u8]) -> bool {
    let digits = text.iter().all(u8::is_ascii_digit);
    let sentence = text.iter().any(|b| *b < b' ' || *b >= 0x7f) || text.contains(&b' ');
    sentence || (digits && text.len() < 6) || (!digits && plain::is_no_secret(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn human_passwords_count_where_passwords_are_kept() {
        for text in ["hunter2", "winter", "123456", "p@ss w0rd", "a!b"] {
            assert!(
                weigh(text.as_bytes(), b"password", Announced::Password, Trust::Dedicated).is_some(),
                "{text}"
            );
        }
        for text in ["sunny-day7", "Passw0rd", "password1"] {
            assert!(
                weigh(text.as_bytes(), b"password", Announced::Password, Trust::Mixed).is_some(),
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
                weigh(text.as_bytes(), b"password", Announced::Password, Trust::Dedicated),
                None,
                "{text}"
            );
        }
        for text in ["password", "db_password", "Enter the password", "/etc/x", "25"] {
            assert_eq!(
                weigh(text.as_bytes(), b"password", Announced::Password, Trust::Mixed),
                None,
                "{text}"
            );
        }
        assert_eq!(weigh(b"hunter22", b"password", Announced::Password, Trust::Example), None);
    }

    #[test]
    fn places_aside() {
        let aside = |path: &str| is_aside(&Blob { path: &path.into(), bytes: b"", tracked: true });
        assert!(aside("tests/data/.netrc") && aside("a/testFixtures/x") && aside("node_modules/a/.npmrc"));
        assert!(!aside("contest/.netrc") && !aside("home/.npmrc"));
    }

    #[test]
    fn tokens_are_random() {
        assert_eq!(
            weigh(b"kX9dPq27TzLmWv4s", b"api_token", Announced::Secret, Trust::Dedicated),
            Some((Severity::High, Confidence::Medium))
        );
        assert_eq!(weigh(b"session-token-name", b"api_token", Announced::Secret, Trust::Dedicated), None);
        assert!(weigh(b"kX9dPq27TzLmWv4sQ8rN", b"api_token", Announced::Secret, Trust::Example).is_some());
    }
}
