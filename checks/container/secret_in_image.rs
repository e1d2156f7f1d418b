//! `secret-in-image`: secrets that variables, arguments and copied files leave in an image.

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
        title: "secret that stays in an image",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "give the build its secret by `RUN --mount=type=secret,id=…`, the container by its environment, and replace one that was in an image",
        docs: r#"
## What it does
Reports, in Dockerfiles,

- `ENV` and `ARG` whose name says that they hold a secret, with a value that looks like one: `high`, or `medium` for a
  common word such as `postgres`;
- `ARG` with such a name that commands of its stage can read, and `ENV` that takes its value: `medium`, and `low` in a stage
  of which only files are taken;
- `COPY` of private keys and of files that hold logins, such as `id_rsa` and `.netrc`, into the image: `medium`.

Names that say something about a secret (`…_FILE`, `…_TTL`, `PUBLIC_…`), empty values and stand-ins are left out.

## Why is this bad
Variables are in the configuration of the image, and arguments in its history: `docker inspect` and `docker history` show
them to everybody who has the image, and so does the provenance that is published with it. A file that is deleted by a later
command is still in its layer.

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

/// Names of files that are made to hold secrets.
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
    // What only says "key" may be anything.
    let is_certain = matches!(kind, Announced::Password | Announced::Secret | Announced::Key);
    if is_literal && let Some((severity, confidence)) = literal(name, value, kind, is_certain) {
        let message =
            format!("`{keyword}` gives {shown} a value that stays in the image, for everybody to read");
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
        format!("the build argument {shown} is a secret that the history of the image keeps")
    } else {
        format!("`ENV` keeps the secret that a build argument gives {shown} in the image")
    };
    reports.instruction(file, one, word.span, message, severity).confidence(Confidence::Medium);
}

/// What `value` is worth reporting as, which stands in the Dockerfile.
fn literal(name: &str, value: &str, kind: Announced, is_certain: bool) -> Option<(Severity, Confidence)> {
    let (name, text) = (name.as_bytes(), value.as_bytes());
    let judged = assigned::judge(text, name, kind, Trust::Environment);
    // One that is too regular to be random may still be what everybody uses.
    // So is what images come with, and what reads as if it were to be changed.
    let is_known = || kind == Announced::Password && password::is_known(value, &[]);
    let is_value = || {
        is_certain
            && text.len() >= 4
            && !assigned::is_nothing(text)
            && !plain::is_other(text)
            && !plain::echoes(text, name)
    };
    judged.or_else(|| (is_known() || is_value()).then_some((Severity::Medium, Confidence::Low)))
}

/// True for names that are about a secret, or that everybody may know.
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

/// True if a variable in the value is an argument of the build, and none that is reported by itself.
fn takes_argument(file: &Dockerfile, one: &Instruction, word: &Word) -> bool {
    let arguments = file.instructions(Keyword::Arg).filter(|argument| argument.stage == one.stage);
    let named = arguments.flat_map(|argument| argument.words.iter().map(move |word| (argument, word)));
    let name = |word: &Word| word.pair().map_or(word.text.clone(), |(name, _)| name.to_owned());
    let mut taken = named.filter(|(_, argument)| word.variables.contains(&name(argument))).peekable();
    taken.peek().is_some() && !taken.any(|(argument, word)| is_secret(&name(word)) && is_read(file, argument))
}

/// True for names of arguments that are reported.
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
            let message = format!(
                "`{}` copies `{name}`, which is made to hold a secret, into the image",
                one.keyword.as_str()
            );
            reports.instruction(file, one, word.span, message, Severity::Medium);
        }
    }
}
