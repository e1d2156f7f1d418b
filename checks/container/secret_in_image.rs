//! `secret-in-image`: secrets left in an image by variables, arguments and copied files.

use crate::engine::assigned::{self, Trust};
use crate::engine::names::{self, Announced};
use crate::engine::plain;
use crate::engine::repository::Repository;
use crate::engine::repository::dockerfiles::Dockerfile;
use crate::engine::repository::password;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::{Instruction, Keyword, Word};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "secret-in-image",
        title: "secret left in an image",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "pass build secrets with `RUN --mount=type=secret,id=…` and runtime secrets through the environment; rotate a secret that was in an image",
        docs: r#"
## What it does
Reports in Dockerfiles

- `ENV` and `ARG` named like a secret, with a value that looks like one: `high`, or `medium` for a
  common word such as `postgres`;
- `ARG` with such a name that commands of its stage can read, and `ENV` set from it: `medium`, and `low` in a stage from
  which only files are copied;
- `COPY` of private keys and credential files, such as `id_rsa` and `.netrc`, into the image: `medium`.

Names that only describe a secret (`…_FILE`, `…_TTL`, `PUBLIC_…`), empty values and placeholders are skipped.

## Why is this bad
Variables are stored in the image configuration, and arguments in its history: `docker inspect` and `docker history`
show them to everyone with the image, and so does published provenance. A file deleted by a later command is still in
its layer.

## Example
```dockerfile
ARG NPM_TOKEN
RUN npm ci
```

## Use instead
```dockerfile
RUN --mount=type=secret,id=npm,env=NPM_TOKEN npm ci
```

## References
- <https://docs.docker.com/build/building/secrets/>
- <https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

/// Names of credential files.
const FILES: [&str; 10] = [
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "id_dsa",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".pypirc",
    ".pgpass",
    ".my.cnf",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for one in &file.file.instructions {
            match one.keyword {
                Keyword::Env | Keyword::Arg => {
                    one.words.iter().for_each(|word| variable(file, one, word, reports));
                }
                Keyword::Copy | Keyword::Add => copied(file, one, reports),
                _ => {}
            }
        }
    }
}

fn variable(file: &Dockerfile, one: &Instruction, word: &Word, reports: &mut Reports<'_>) {
    let is_argument = one.keyword == Keyword::Arg;
    let (name, value) = word.pair().unwrap_or((&word.text, ""));
    let Some(kind) = names::announced_by_variable(name.as_bytes()).filter(|_| !is_about(name)) else {
        return;
    };
    let shown = names::quoted(name.as_bytes(), "a variable");
    let keyword = one.keyword.as_str();
    let is_literal = !word.is_open && !value.is_empty();
    // A name with only "key" may be anything.
    let is_certain = matches!(kind, Announced::Password | Announced::Secret | Announced::Key);
    if is_literal && let Some((severity, confidence)) = literal(name, value, kind, is_certain) {
        let message = format!("the value of {shown} in `{keyword}` stays readable in the image");
        reports.instruction(file, one, word.span, message, severity).confidence(confidence);
        return;
    }
    let is_given = is_argument && value.is_empty() && is_read(file, one)
        || !is_argument && word.is_open && takes_argument(file, one, word);
    if !is_certain || !is_given {
        return;
    }
    let severity = if file.file.is_in_image(one) { Severity::Medium } else { Severity::Low };
    let message = if is_argument {
        format!("the build argument {shown} is a secret that stays in the image history")
    } else {
        format!("`ENV` stores the secret build argument {shown} in the image")
    };
    reports.instruction(file, one, word.span, message, severity).confidence(Confidence::Medium);
}

/// How to report `value`, which is written in the Dockerfile, if at all.
fn literal(name: &str, value: &str, kind: Announced, is_certain: bool) -> Option<(Severity, Confidence)> {
    let (name, text) = (name.as_bytes(), value.as_bytes());
    let assessed = assigned::assess(text, name, kind, Trust::Environment);
    // A value too regular to be random may still be a well-known default.
    // So are image defaults, and values that read as to be changed.
    let is_known = || kind == Announced::Password && password::is_known(value, &[]);
    let is_value = || {
        is_certain
            && text.len() >= 4
            && !assigned::is_nothing(text)
            && !plain::is_other(text)
            && !plain::echoes(text, name)
    };
    assessed.or_else(|| (is_known() || is_value()).then_some((Severity::Medium, Confidence::Low)))
}

/// True for names that only describe a secret, or are public.
fn is_about(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split('_').collect();
    let first = words.first().copied().unwrap_or("");
    matches!(first, "NO" | "ALLOW" | "DISABLE" | "SKIP" | "USE" | "ENABLE" | "HAS" | "REQUIRE")
        || words.iter().any(|word| matches!(*word, "PUBLIC" | "PUBLISHABLE" | "DUMMY" | "FPR"))
}

/// True if a command of the stage of `one` can read it.
fn is_read(file: &Dockerfile, one: &Instruction) -> bool {
    let is_later = |other: &Instruction| other.stage == one.stage && other.span.start > one.span.start;
    one.stage.is_some() && file.instructions(Keyword::Run).any(is_later)
}

/// True if the value uses a build argument that is not reported by itself.
fn takes_argument(file: &Dockerfile, one: &Instruction, word: &Word) -> bool {
    let arguments = file.instructions(Keyword::Arg).filter(|argument| argument.stage == one.stage);
    let named = arguments.flat_map(|argument| argument.words.iter().map(move |word| (argument, word)));
    let name = |word: &Word| word.pair().map_or(word.text.clone(), |(name, _)| name.to_owned());
    let mut taken = named.filter(|(_, argument)| word.variables.contains(&name(argument))).peekable();
    taken.peek().is_some() && !taken.any(|(argument, word)| is_secret(&name(word)) && is_read(file, argument))
}

/// True for the names of reported arguments.
fn is_secret(name: &str) -> bool {
    let kind = names::announced_by_variable(name.as_bytes());
    matches!(kind, Some(Announced::Password | Announced::Secret | Announced::Key)) && !is_about(name)
}

fn copied(file: &Dockerfile, one: &Instruction, reports: &mut Reports<'_>) {
    if one.flags("from").next().is_some() || !file.file.is_in_image(one) {
        return;
    }
    let sources = one.words.len().saturating_sub(1);
    for word in one.words.iter().take(sources) {
        let name = word.text.rsplit('/').next().unwrap_or(&word.text);
        if FILES.contains(&name) {
            let message =
                format!("`{}` copies the credential file `{name}` into the image", one.keyword.as_str());
            reports.instruction(file, one, word.span, message, Severity::Medium);
        }
    }
}
