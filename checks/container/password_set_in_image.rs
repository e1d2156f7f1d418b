//! `password-set-in-image`: passwords set for accounts of an image.

use crate::engine::repository::Repository;
use crate::engine::repository::dockerfiles::Script;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::shell::{Command, Word};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "password-set-in-image",
        title: "account password in an image",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "leave accounts locked, without a password; run the container as its user from the start",
        docs: r#"
## What it does
Reports `RUN` instructions that set an account's password: with `chpasswd`, `passwd --stdin`, `useradd -p`, `usermod -p`
and `net user`. It is `high` if the password is in the Dockerfile, and `medium` if a build variable holds it, or if
`passwd -d` removes it. Passwords from a build secret or a random generator are not reported.

## Why is this bad
The password is the same in every container of every version, and everyone with the image has it, as a hash in
`/etc/shadow` and in the image history.

## Example
```dockerfile
RUN echo "root:changeme" | chpasswd
```

## Use instead
```dockerfile
RUN useradd --uid 10001 app
USER 10001
```

## References
- <https://cwe.mitre.org/data/definitions/798.html>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for (one, script) in file.runs() {
            let heredocs: Vec<&str> = one.heredocs.iter().map(|heredoc| heredoc.body.text.as_str()).collect();
            for (number, command) in script.commands.iter().enumerate() {
                if let Some((what, severity)) = sets(script, number, command, &heredocs) {
                    let message = format!("`{}` {what}", command.name());
                    reports.instruction(file, one, script.locate(&command.range), message, severity);
                }
            }
        }
    }
}

const LITERAL: (&str, Severity) =
    ("sets an account password that is written in the Dockerfile", Severity::High);
const VARIABLE: (&str, Severity) =
    ("sets an account password from a build variable, which stays in the image", Severity::Medium);

/// What `command` does to the password of an account, if anything.
fn sets(
    script: &Script,
    number: usize,
    command: &Command,
    heredocs: &[&str],
) -> Option<(&'static str, Severity)> {
    let words = command.arguments();
    let has = |word: &str| words.iter().any(|one| one.text == word);
    match command.name() {
        "chpasswd" => fed(script, number, command, heredocs),
        "passwd" if has("--stdin") => fed(script, number, command, heredocs),
        "passwd" if has("-d") || has("--delete") => {
            Some(("removes the password of an account, so that anyone may use it", Severity::Medium))
        }
        "useradd" | "usermod" => {
            let value = words.iter().enumerate().find_map(|(at, word)| match word.text.as_str() {
                "-p" | "--password" => words.get(at + 1),
                text if text.starts_with("--password=") => Some(word),
                _ => None,
            })?;
            let text = value.text.strip_prefix("--password=").unwrap_or(&value.text);
            if text.trim_matches(['!', '*', 'x']).is_empty() && !text.is_empty() {
                return None;
            }
            of_word(value)
        }
        "net" | "net1" => {
            let is_user = words.first().is_some_and(|word| word.text.eq_ignore_ascii_case("user"));
            let value =
                words.get(2).filter(|word| is_user && !word.text.starts_with('/') && word.text != "*")?;
            of_word(value)
        }
        _ => None,
    }
}

/// The text that is piped into the command with that number.
fn fed(
    script: &Script,
    number: usize,
    command: &Command,
    heredocs: &[&str],
) -> Option<(&'static str, Severity)> {
    if let Some(word) = command.reads.first() {
        return of_word(word);
    }
    if !command.heredocs.is_empty() {
        let body = heredocs.first()?;
        return Some(if body.contains('$') { VARIABLE } else { LITERAL });
    }
    let feeder = script.commands.iter().find(|one| one.feeds == Some(number))?;
    if !matches!(feeder.name(), "echo" | "printf") {
        return None;
    }
    let mut verdict = None;
    for word in feeder.arguments().iter().filter(|word| !word.text.starts_with('-')) {
        // A format, or a name without a password, is not a password.
        match of_word(word) {
            Some(VARIABLE) => return Some(VARIABLE),
            Some(found) => verdict = verdict.or(Some(found)),
            None => return None,
        }
    }
    verdict
}

/// The severity if `word` is the password, or the name and the password.
fn of_word(word: &Word) -> Option<(&'static str, Severity)> {
    let text = word.text.rsplit_once(':').map_or(word.text.as_str(), |(_, password)| password);
    if word.text.contains("$(") || word.text.contains('`') || word.text.contains("/run/secrets") {
        return None;
    }
    Some(if word.is_open && (text.contains('$') || !word.text.contains(':')) { VARIABLE } else { LITERAL })
}
