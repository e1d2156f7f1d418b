//! `generic-password`: a password written into a file.

use crate::engine::assigned::{self, Trust};
use crate::engine::assignment::{Assignment, Link};
use crate::engine::names::{Announced, announced, quoted};
use crate::engine::{Check, Judged, Run, plain};
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
    let (severity, confidence) =
        assigned::judge(found.value, found.name, Announced::Password, Trust::Anywhere(found, blob))?;
    let message = format!("password given to {}", quoted(found.name, "a name that says password"));
    Some(Judged { message, severity, confidence })
}

/// `ENV DB_PASSWORD value` of a container file: the only place where a blank assigns.
fn is_env_instruction(found: &Assignment<'_>, blob: &Blob<'_>) -> bool {
    let line_start = memchr::memrchr(b'\n', &blob.bytes[..found.span.start]).map_or(0, |newline| newline + 1);
    blob.bytes[line_start..].trim_ascii_start().starts_with(b"ENV ")
}
