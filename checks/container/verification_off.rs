//! `verification-off`: builds and images that accept any server or unsigned packages.

use std::ops::Range;

use crate::engine::repository::dockerfiles::{Dockerfile, Script};
use crate::engine::repository::verification::{option, switches_off};
use crate::engine::repository::{Repository, download};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::dockerfile::{Instruction, Keyword};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "verification-off",
        title: "verification disabled",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "remove the option; if a certificate or key is unknown, add it to the trusted ones",
        docs: r#"
## What it does
Reports settings in a Dockerfile that disable the verification of server certificates or package signatures:

- options of `curl`, `wget`, `git`, `npm`, `yarn`, `pip`, `conda`, `composer` and variables such as
  `NODE_TLS_REJECT_UNAUTHORIZED=0`, in `RUN` and `ENV`: `high`;
- `apt-get --allow-unauthenticated` and `--force-yes`, `[trusted=yes]`: `high`, since its packages mostly come over
  plain HTTP;
- `--nogpgcheck`, `gpgcheck=0`, `apk --allow-untrusted`, `rpm --nosignature` and the like: `medium`, since the
  connection may still be trusted.

Loopback addresses are skipped, as are downloads whose digest or signature a command of the same stage checks.

## Why is this bad
Anyone on the network path between the build and the server decides what gets into the image. A variable in `ENV` stays
in the image, so everything that runs in it trusts any server too.

## Example
```dockerfile
RUN curl -k https://example.com/tool.tar.gz | tar xz
```

## Use instead
```dockerfile
COPY example-ca.crt /usr/local/share/ca-certificates/
RUN update-ca-certificates && curl https://example.com/tool.tar.gz | tar xz
```

## References
- <https://curl.se/docs/sslcerts.html>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

/// Configuration texts that disable it, with their severity.
const WRITTEN: [(&str, Severity); 8] = [
    ("[trusted=yes]", Severity::High),
    ("trusted=yes", Severity::High),
    ("gpgcheck=0", Severity::Medium),
    ("sslverify=0", Severity::High),
    ("sslverify=false", Severity::High),
    ("check_certificate=off", Severity::High),
    ("strict-ssl=false", Severity::High),
    ("AllowUnauthenticated", Severity::High),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        for one in file.instructions(Keyword::Env).chain(file.instructions(Keyword::Arg)) {
            for word in &one.words {
                let Some((name, _)) = word.pair().filter(|(name, value)| switches_off(name, value)) else {
                    continue;
                };
                let what = format!("the variable `{name}`");
                say(file, one, word.span, &what, Severity::High, reports);
            }
        }
        for (one, script) in file.runs() {
            let of_stage = file.runs().filter(|(other, _)| other.stage == one.stage);
            let mut commands = of_stage.flat_map(|(_, script)| &script.commands);
            let is_compared = commands.any(download::verifies);
            assess(file, one, script, is_compared, reports);
            for heredoc in &one.heredocs {
                written(&heredoc.body.text, |range, text, severity| {
                    say(file, one, heredoc.body.locate(range), &format!("`{text}`"), severity, reports);
                });
            }
        }
        for one in file.instructions(Keyword::Copy) {
            for heredoc in &one.heredocs {
                written(&heredoc.body.text, |range, text, severity| {
                    say(file, one, heredoc.body.locate(range), &format!("`{text}`"), severity, reports);
                });
            }
        }
    }
}

fn say(
    file: &Dockerfile,
    one: &Instruction,
    span: Span,
    what: &str,
    severity: Severity,
    reports: &mut Reports<'_>,
) {
    let message = match severity {
        Severity::High => format!("{what} disables certificate verification"),
        _ => format!("{what} disables package signature verification"),
    };
    reports.instruction(file, one, span, message, severity);
}

fn assess(
    file: &Dockerfile,
    one: &Instruction,
    script: &Script,
    is_compared: bool,
    reports: &mut Reports<'_>,
) {
    let mut seen: Vec<Span> = Vec::new();
    for command in &script.commands {
        let assigned = command.assignments.iter().chain(
            command.arguments().iter().filter(|_| matches!(command.name(), "export" | "env" | "declare")),
        );
        for word in assigned {
            let pair = word.text.split_once('=').filter(|(name, value)| switches_off(name, value));
            if let Some((name, _)) = pair {
                let span = script.locate(&word.range);
                if !seen.contains(&span) {
                    seen.push(span);
                    say(file, one, span, &format!("the variable `{name}`"), Severity::High, reports);
                }
            }
        }
        let found = match download::of(command) {
            Some(found) => {
                found.insecure.filter(|_| !is_compared && !found.is_near()).map(|word| (word, Severity::High))
            }
            None => option(command),
        };
        if let Some((word, severity)) = found {
            let span = script.locate(&word.range);
            if !seen.contains(&span) {
                seen.push(span);
                // The other letters of a group do not matter.
                let option = if word.text.starts_with("--") || !word.text.starts_with('-') {
                    format!("`{} {}`", command.name(), word.text)
                } else {
                    format!("`{} -k`", command.name())
                };
                say(file, one, span, &option, severity, reports);
            }
            continue;
        }
        if matches!(
            command.name(),
            "echo" | "printf" | "sed" | "tee" | "cat" | "crudini" | "ed" | "perl" | "awk"
        ) {
            for word in command.arguments().iter().chain(&command.reads) {
                written(&word.text, |_, text, severity| {
                    let span = script.locate(&word.range);
                    if !seen.contains(&span) {
                        seen.push(span);
                        say(file, one, span, &format!("`{text}`"), severity, reports);
                    }
                });
            }
        }
    }
}

/// Reports each text in `text` that disables verification.
fn written(text: &str, mut tell: impl FnMut(Range<usize>, &str, Severity)) {
    for (known, severity) in WRITTEN {
        let lower = text.to_ascii_lowercase();
        let Some(at) = lower.find(&known.to_ascii_lowercase()) else { continue };
        // `repo_gpgcheck=0` is about package lists.
        let before = text[..at].chars().next_back();
        let is_word = known.starts_with('[') || before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        let is_off =
            known != "AllowUnauthenticated" || lower[at..].contains("true") || lower[at..].contains("\"1\"");
        if is_word && is_off {
            // TLS authenticates the server, even without signatures.
            let is_plain = !known.contains("trusted=yes") || lower.contains("http://");
            tell(at..at + known.len(), known, if is_plain { severity } else { Severity::Medium });
            return;
        }
    }
}
