//! `agent-verification-off`: agents, and commands they run, with verification disabled.

use crate::engine::repository::settings::walk;
use crate::engine::repository::verification::{switches_off, weak};
use crate::engine::repository::{Repository, verification};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::agent::Kind;
use crate::parse::instructions::Found;
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "agent-verification-off",
        title: "verification disabled for an agent",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "enable certificate verification, with the issuing CA installed, and fetch packages over `https://`",
        docs: r"
## What it does
Reports settings that disable certificate verification for an agent: variables and settings of its servers
(`NODE_TLS_REJECT_UNAUTHORIZED=0`, `rejectUnauthorized: false`), its hooks, and commands in its instructions
(`curl -k`, `pip --trusted-host`, `git -c http.sslVerify=false`, packages over `http://`). Lines that warn against such
a command are skipped, and so are local hosts. All are one finding.

## Why is this bad
An agent runs such commands repeatedly, on any network its user is on. Anyone between it and the server controls which
program, package or answer it receives, and reads the tokens that it sends.

## Example
```sh
pip install --index-url http://packages.example.com/simple --trusted-host packages.example.com tool
```

## Use instead
```sh
pip install --index-url https://packages.example.com/simple tool
```
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

const MANY: &str = "places disable verification for an agent";
/// Settings that disable it, with the value that does.
const SETTINGS: [(&str, &str); 12] = [
    ("rejectunauthorized", "false"),
    ("verifytls", "false"),
    ("tlsverify", "false"),
    ("verifyssl", "false"),
    ("sslverify", "false"),
    ("strictssl", "false"),
    ("verifycertificate", "false"),
    ("verifycertificates", "false"),
    ("insecureskipverify", "true"),
    ("skiptlsverify", "true"),
    ("tlsskipverify", "true"),
    ("ignorecertificateerrors", "true"),
];
/// Keys of commands that run automatically.
const COMMANDS: [&str; 4] = ["command", "bash", "powershell", "apiKeyHelper"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for text in &repository.settings.texts {
        for found in &text.found {
            if let Found::Unverified { span, what } = found {
                let message = format!("the instructions contain a command in which {what}");
                reports.span(&text.path, *span, message).practice("commands", MANY);
            }
        }
    }
    for file in repository.settings.files.iter().filter(|file| matches!(file.kind, Kind::Agent(_))) {
        let mut say = |span: Span, message: String, item: &str| {
            reports.span(&file.path, span, message).practice(item, MANY);
        };
        walk(file.document.root(), &mut |map, _| {
            for (key, value) in map.entries() {
                let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
                let flat: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
                let is_off =
                    SETTINGS.iter().any(|(known, off)| flat.eq_ignore_ascii_case(known) && text == *off);
                if is_off || switches_off(name, text) {
                    let name = crate::model::text::short(name);
                    let message = format!("`{name}` disables certificate verification for an agent");
                    say(value.span(), message, &format!("`{name}`"));
                } else if COMMANDS.contains(&name) && is_marked(value) {
                    for (_, what) in weak(text) {
                        say(value.span(), format!("an agent runs a command in which {what}"), "commands");
                    }
                }
            }
        });
    }
}

fn is_marked(value: Value<'_>) -> bool {
    value.text().is_some_and(|text| verification::MARKS.iter().any(|mark| text.contains(mark)))
}
