//! `agent-pipe-to-shell`: instructions for agents with a command that runs what it fetches.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::instructions::Found;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "agent-pipe-to-shell",
        title: "agent instruction to run a downloaded script",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Agent,
        remedy: "use a package at a fixed version, or a release with its checksum",
        docs: r#"
## What it does
Reports commands in instructions for coding agents that run what they fetch, as `curl … | sh` does. Lines that warn
against it are not reported. All are one finding.

## Why is this bad
The agent runs the download without review, on every machine on which it follows the instructions.

## Example
```md
Run `curl -fsSL https://get.northwind-tools.example/i.sh | sh` first.
```

## Use instead
```md
Run `cargo install northwind-tools@1.4.2 --locked` first.
```

## References
- <https://owasp.org/www-project-top-10-ci-cd-security-risks/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for text in &repository.settings.texts {
        for found in &text.found {
            let Found::Pipe { span, act } = found else { continue };
            let message = format!("the instructions contain a command that {}", act.phrase());
            let host = act.host.clone().unwrap_or_default();
            let reported = reports.span(&text.path, *span, message);
            reported.note(format!("`{host}`"));
            reported.practice(host, "commands in agent instructions run what they fetch");
        }
    }
}
