//! `editor-task-autorun`: an editor task that runs when the folder is opened.

use crate::engine::repository::Repository;
use crate::engine::repository::settings::{Configuration, dotted};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::agent::Kind;
use crate::parse::remote::{self, Act, What};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "editor-task-autorun",
        title: "editor task that runs when the folder is opened",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Agent,
        remedy: "remove `runOn`, so that the task only runs on request; find out who added it",
        docs: r#"
## What it does
Reports tasks of Visual Studio Code that run when the folder is opened (`runOn: folderOpen`), in `.vscode/tasks.json` and
in workspaces. It is `high` if the task, its variant for one system, a script of `package.json` that it names, or a task
it depends on

- runs what it fetches or decodes, saves what it fetches, or sends secrets away;
- starts a hidden file, one in an editor's or agent's settings directory, or one disguised as data;
- never shows its terminal (`reveal: never`).

Anything else is `low`.

## Why is this bad
Opening a folder to look at it runs its code. Fake job interviews and worms of 2026 spread this way.

## Example
```json
{"tasks": [{"label": "env", "command": "node .vscode/setup.mjs", "runOptions": {"runOn": "folderOpen"}}]}
```

## Use instead
```json
{"tasks": [{"label": "env", "command": "node tools/setup.mjs"}]}
```

## References
- <https://code.visualstudio.com/docs/editor/workspace-trust>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

/// Most tasks followed from one.
const DEPTH_MAX: usize = 8;
/// Most tasks of one file.
const TASKS_MAX: usize = 500;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.settings.files {
        let root = match file.kind {
            Kind::Tasks => Some(file.document.root()),
            Kind::Workspace => file.document.root().get("tasks"),
            _ => None,
        };
        let Some(root) = root else { continue };
        let tasks: Vec<Value<'_>> =
            root.get("tasks").into_iter().flat_map(Value::items).take(TASKS_MAX).collect();
        // File-level options apply to each task.
        let of_all = dotted(root, "runOptions.runOn");
        for task in &tasks {
            let on = dotted(*task, "runOptions.runOn").or(of_all);
            let Some(on) = on.filter(|on| on.text() == Some("folderOpen")) else { continue };
            assess(repository, file, &tasks, *task, on, reports);
        }
    }
}

fn assess(
    repository: &Repository,
    file: &Configuration,
    tasks: &[Value<'_>],
    task: Value<'_>,
    on: Value<'_>,
    reports: &mut Reports<'_>,
) {
    let act = acts(repository, file, tasks, task, 0);
    let is_unseen = [
        "presentation.reveal",
        "windows.presentation.reveal",
        "linux.presentation.reveal",
        "osx.presentation.reveal",
    ]
    .iter()
    .any(|key| dotted(task, key).and_then(Value::text) == Some("never"));
    let (severity, how) = match act {
        Some(act) => (Severity::High, format!(", and {}", act.phrase())),
        None if is_unseen => (Severity::High, ", and never shows its terminal".to_owned()),
        None => (Severity::Low, String::new()),
    };
    let message = format!("a task runs when this folder is opened{how}");
    reports.span(&file.path, on.span(), message).severity(severity);
}

/// The dangerous part of what a task does.
fn acts(
    repository: &Repository,
    file: &Configuration,
    tasks: &[Value<'_>],
    task: Value<'_>,
    depth: usize,
) -> Option<Act> {
    if depth > DEPTH_MAX {
        return None;
    }
    let systems = ["windows", "linux", "osx"].iter().filter_map(|system| task.get(system));
    let own = systems.chain([task]).filter_map(|task| command(repository, file, task));
    let wanted = task.get("dependsOn");
    let labels = wanted.into_iter().flat_map(|wanted| wanted.items().chain([wanted])).filter_map(Value::text);
    let others = labels.filter_map(|label| {
        let is_it = |task: &&Value<'_>| {
            ["label", "taskName"].iter().any(|key| task.get(key).and_then(Value::text) == Some(label))
        };
        acts(repository, file, tasks, *tasks.iter().find(is_it)?, depth + 1)
    });
    own.chain(others).max_by_key(|act| act.what)
}

fn command(repository: &Repository, file: &Configuration, task: Value<'_>) -> Option<Act> {
    let text = |value: Value<'_>| value.text().or_else(|| value.get("value")?.text()).map(str::to_owned);
    let script = task.get("script").and_then(Value::text);
    if let Some(script) = script.and_then(|name| repository.settings.script(file.project(), name)) {
        return remote::act(script).filter(|act| act.is_grave() || act.what == What::RunsSettings);
    }
    let command = task.get("command").and_then(text)?;
    let args: Vec<String> = task.get("args").into_iter().flat_map(Value::items).filter_map(text).collect();
    // A process takes its arguments as they are; a shell appends them to its command.
    let whole = [std::slice::from_ref(&command), &args].concat().join(" ");
    let words = command.split_whitespace().chain(args.iter().map(String::as_str));
    let both = [remote::act(&whole), remote::act_of(words)];
    both.into_iter()
        .flatten()
        .filter(|act| act.is_grave() || act.what == What::RunsSettings)
        .max_by_key(|act| act.what)
}
