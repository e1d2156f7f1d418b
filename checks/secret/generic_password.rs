//! `generic-password`: a hard-coded password.

use crate::engine::assigned::{self, Trust};
use crate::engine::assignment::{Assignment, Link};
use crate::engine::names::{Announced, announced, quoted};
use crate::engine::{Assessment, Check, Run, file_kind, plain};
use crate::model::{Blob, Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "generic-password",
        title: "hard-coded password",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Secret,
        remedy: "rotate this password, and read it from the environment or a secret manager",
        docs: r#"
## What it does
Reports a value assigned to a password-like name, in any common syntax, if it looks chosen or random rather than like a
word, a label, a placeholder or code.

## Why is this bad
Anyone who can read the file can log in, and passwords are reused elsewhere.

## Example
`db_password = "…"` with a real password.

## Use instead
`db_password = os.environ["DB_PASSWORD"]`

## Known problems
A password that is a plain word cannot be distinguished from a label and is found only in credential files. The severity
never exceeds `medium`.
"#,
    },
    run: Run::Assigned {
        keywords: &["passw", "pass", "pwd", "pswd", "psw", "_psk", "-psk", "wpapsk", "senha", "identified"],
        assess,
    },
};

fn assess(found: &Assignment<'_>, blob: &Blob<'_>) -> Option<Assessment> {
    if !(5..=128).contains(&found.value.len()) || plain::is_code(found, blob) {
        return None;
    }
    if announced(found.name)? != Announced::Password || found.link == Link::Beside && !is_given(found, blob) {
        return None;
    }
    // `base.pass("…")`: functions and tests pass too.
    if found.link == Link::Passed && found.name.rsplit(|b| *b == b'.').next() == Some(b"pass") {
        return None;
    }
    let (severity, confidence) =
        assigned::assess(found.value, found.name, Announced::Password, Trust::Anywhere(found, blob))?;
    let message = format!("password assigned to {}", quoted(found.name, "a password-like name"));
    Some(Assessment { message, severity, confidence })
}

/// True if a space between name and value is an assignment: the value is quoted, or the line is an instruction or a
/// setting.
fn is_given(found: &Assignment<'_>, blob: &Blob<'_>) -> bool {
    /// Words that set the variable after them.
    const SETTING: &[&[u8]] =
        &[b"env", b"setenv", b"set", b"fastcgi_param", b"passenv", b"proxy_set_header", b"arg", b"user"];
    let text = blob.bytes;
    // "Pass" is also a verb in prose, with its object in backticks.
    let prose = found.name == b"pass" || found.name.ends_with(b" pass");
    let before = found.span.start.checked_sub(1).map(|at| text[at]);
    if prose || found.quoted && before == Some(b'`') {
        return false;
    }
    if found.quoted {
        return true;
    }
    let floor = found.span.start.saturating_sub(LINE);
    let start =
        memchr::memrchr(b'\n', &text[floor..found.span.start]).map_or(floor, |newline| floor + newline + 1);
    let line = text[start..found.span.start].trim_ascii();
    let line = line.strip_prefix(b"#").unwrap_or(line).trim_ascii_start();
    let end = text.len().min(found.span.end + LINE);
    let rest = &text[found.span.end..end];
    let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let alone = matches!(rest.trim_ascii(), [] | [b';'] | [b';', b'#', ..] | [b'#', ..]);
    let words = line.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty()).count();
    let first = line.split(|b| b.is_ascii_whitespace()).next().unwrap_or_default();
    if SETTING.iter().any(|known| known.eq_ignore_ascii_case(first)) && words >= 2 {
        return first == b"ENV" || alone;
    }
    alone && words <= 2 && file_kind::is_settings_file(blob)
}

/// Most bytes of a line that are examined before and after a value.
const LINE: usize = 200;
