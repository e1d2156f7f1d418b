//! `generic-password`: a password written into a file.

use crate::engine::assignment::{Assignment, Link};
use crate::engine::names::{Announced, announced, quoted};
use crate::engine::{Check, Judged, Run, plain, rarity, value};
use crate::model::{Blob, Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "generic-password",
        title: "password in a file",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Secret,
        remedy: "change this password where it is used, and read it from the environment or a secret manager",
        docs: r#"
## What it does
Reports a value given to a name that announces a password, in any common syntax, if the value
looks chosen or random rather than like a word, a label, a placeholder or a piece of code.

## Why is this bad
Whoever reads the file can log in, and passwords are used again elsewhere.

## Example
`db_password = "…"` with a real password.

## Use instead
`db_password = os.environ["DB_PASSWORD"]`

## Known problems
A password that is a plain word cannot be told from a label and is found only in files that are
made for credentials. It never exceeds `medium`.
"#,
    },
    run: Run::Assigned { keywords: &["passw", "pass", "pwd", "pswd", "psw", "senha"], judge },
};

fn judge(found: &Assignment<'_>, blob: &Blob<'_>) -> Option<Judged> {
    if !(5..=128).contains(&found.value.len()) || plain::is_code(found, blob) {
        return None;
    }
    if announced(found.name)? != Announced::Password
        || found.link == Link::Beside && !is_env_instruction(found, blob)
    {
        return None;
    }
    // `base.pass("…")`: to pass is also what functions and tests do.
    if found.link == Link::Passed && found.name.rsplit(|b| *b == b'.').next() == Some(b"pass") {
        return None;
    }
    let password = found.value;
    if !(5..=128).contains(&password.len())
        || plain::is_no_secret(password)
        || plain::is_code(found, blob)
        || value::is_placeholder(password)
    {
        return None;
    }
    if plain::echoes(password, found.name)
        || plain::is_common_word(password)
        || plain::is_uuid(password) && !found.quoted
    {
        return None;
    }
    let has = |test: fn(&u8) -> bool| password.iter().any(test);
    let (letters, digits) = (has(u8::is_ascii_alphabetic), has(u8::is_ascii_digit));
    // Behind a value without quotes the last sign may belong to the line.
    let enclosed = (found.quoted || found.link == Link::Element) && password.last() != Some(&b'@');
    let symbols = password[..password.len() - usize::from(!enclosed)]
        .iter()
        .filter(|b| {
            matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'+' | b'=' | b'~')
        })
        .count();
    let rarity = rarity::score(password);
    let mut floor = match (letters, digits, symbols > 0) {
        (true, true, true) => -14.0,
        (true, true, false) => -6.5,
        (true, false, true) => -4.0,
        (true, false, false) => 7.0,
        // Only digits: a PIN, a port or a date.
        _ => return None,
    };
    // A login stands with its password; then the password may be any word.
    if plain::has_login_before(blob, found.span.start) {
        floor -= 12.0;
    }
    if !found.quoted && plain::is_source_code(blob) {
        floor += 16.0;
    }
    if plain::is_on_long_line(blob, found.span) || plain::is_translation(blob) {
        floor += 14.0;
    }
    (rarity >= floor).then(|| Judged {
        message: format!("password given to {}", quoted(found.name, "a name that says password")),
        severity: Severity::Medium,
        confidence: if rarity >= 10.0 { Confidence::Medium } else { Confidence::Low },
    })
}

/// `ENV DB_PASSWORD value` of a container file: the only place where a blank assigns.
fn is_env_instruction(found: &Assignment<'_>, blob: &Blob<'_>) -> bool {
    let line_start = memchr::memrchr(b'\n', &blob.bytes[..found.span.start]).map_or(0, |newline| newline + 1);
    blob.bytes[line_start..].trim_ascii_start().starts_with(b"ENV ")
}
