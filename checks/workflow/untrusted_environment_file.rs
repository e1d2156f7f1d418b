//! `untrusted-environment-file`: untrusted values in the files that set variables and `PATH`.

use crate::engine::repository::context::Writer;
use crate::engine::repository::environment::{Value, Write, writes};
use crate::engine::repository::{Repository, Site, checkout};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrusted-environment-file",
        title: "untrusted value written to an environment file",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "write only validated values: a number, a commit, one line (`tr -d '\\n'`); or pass the value through `env:` of the step that needs it",
        docs: r#"
## What it does
Follows untrusted values into the files of `GITHUB_ENV` and `GITHUB_PATH`, and of `GITHUB_OUTPUT` where a later script
uses the output: through expressions, variables, values set by a script, and files from a pull request or the artifact
of another run. Values are untrusted if they come from strangers who can start the workflow with the rights of the
repository, or from callers of an action.

It is `critical` or `high`, depending on what the job holds, if the value may have several lines or is a path; `medium`
if it is one line that sets one variable, or a condition keeps strangers out; and `low` in an action, or if the output
of a program is unknown.

## Why is this bad
Each line of the file sets a variable for all later steps. With a second line a stranger sets `LD_PRELOAD`,
`NODE_OPTIONS` or `BASH_ENV`; with a path they put their own `git` before the real one. The next step runs their code.

## Example
```yaml
on: issues
jobs:
  triage:
    runs-on: ubuntu-latest
    steps:
      - run: echo "BODY=$BODY" >> "$GITHUB_ENV"
        env:
          BODY: ${{ github.event.issue.body }}
```

## Use instead
```yaml
on: issues
jobs:
  triage:
    runs-on: ubuntu-latest
    steps:
      - run: ./triage
        env:
          BODY: ${{ github.event.issue.body }}
```

## Known problems
Shell functions are not followed. Numbers, commits and user names are treated as harmless.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(run) = site.step.and_then(|step| step.run.as_ref()) else { continue };
        let writes = writes(&run.text);
        if writes.is_empty() {
            continue;
        }
        let is_action = repository.is_action(site.file);
        let trust = repository.trust(site);
        if !is_action && trust.privileged.is_empty() {
            continue;
        }
        let brought = checkout::brought(repository, site, &trust);
        for write in writes {
            let values = repository.values(site, run, write.what.clone(), brought.is_some());
            assess(repository, site, (run, &write), values, &trust, brought.as_ref(), reports);
        }
    }
}

fn assess<'a>(
    repository: &'a Repository,
    site: Site<'a>,
    (run, write): (&Text, &Write),
    values: Vec<Value<'a>>,
    trust: &crate::engine::repository::trust::Trust<'_>,
    brought: Option<&checkout::Brought>,
    reports: &mut Reports<'_>,
) {
    let is_action = repository.is_action(site.file);
    let is_privileged = !trust.privileged.is_empty();
    let is_dangerous = |value: &Value<'_>| value.writer == Writer::Stranger && is_privileged;
    let weight = |value: &Value<'_>| (is_dangerous(value), value.has_lines, value.writer);
    let mut values: Vec<Value<'a>> = values
        .into_iter()
        .filter(|value| match value.writer {
            Writer::Stranger => is_privileged || is_action,
            Writer::Member => is_action,
            Writer::Caller => is_action,
            Writer::Computed => true,
        })
        .collect();
    // Of equals, the first one.
    values.reverse();
    values.sort_by_key(weight);
    let Some(value) = values.pop() else { return };
    let text = &run.text[write.what.clone()];
    let is_path = write.into == "GITHUB_PATH";
    if write.into == "GITHUB_OUTPUT" && !(is_dangerous(&value) && value.has_lines && is_used(site)) {
        return;
    }
    // A random delimiter cannot be guessed, so the value cannot end it.
    let is_delimited = text.contains("<<$") || text.contains("<<${");
    let has_lines = (value.has_lines && !is_delimited) || is_path;
    let into = write.into;
    let (severity, how) = match value.writer {
        Writer::Stranger if is_privileged => {
            let event = &trust.privileged[0].event.name.text;
            let reach = trust.reach();
            match (trust.guard.is_some(), has_lines) {
                (true, _) => (
                    Severity::Medium,
                    format!("`{event}` starts it with {reach}, but a condition limits who can"),
                ),
                (false, true) => {
                    let what = if is_path { "adds programs to `PATH`" } else { "sets any variable" };
                    (trust.danger(), format!("through `{event}` anyone {what} for later steps, with {reach}"))
                }
                (false, false) => {
                    (Severity::Medium, format!("through `{event}` anyone chooses this value, with {reach}"))
                }
            }
        }
        Writer::Computed if is_privileged && brought.is_some() => {
            (Severity::Medium, "its output may depend on a stranger's code".to_owned())
        }
        Writer::Computed => (Severity::Low, "its output is unknown".to_owned()),
        _ => (Severity::Low, "callers of the action can set variables of later steps".to_owned()),
    };
    let confidence = match value.writer {
        Writer::Stranger if is_privileged => Confidence::High,
        Writer::Computed | Writer::Caller | Writer::Member | Writer::Stranger => Confidence::Low,
    };
    let message = format!("`{}` is written to `{into}`: {how}", value.name);
    let reported = reports.at(site, site.locate(run, write.line.clone()), message);
    reported.severity(severity).confidence(confidence);
    if is_dangerous(&value) {
        let start = trust.privileged[0];
        reported.started_by(start, &trust.reach());
        if let Some(brought) = brought.filter(|_| value.name.contains(' ')) {
            reported.trace(site.file, brought.span, brought.note.clone());
        }
    }
    for hop in value.trail {
        reported.trace(hop.file, hop.span, hop.note);
    }
}

/// True if a later script uses an output of the step.
fn is_used(site: Site<'_>) -> bool {
    let Some(id) = site.step.and_then(|step| step.id.as_ref()) else { return false };
    let sign = format!("steps.{}.outputs.", id.text);
    let mut scripts = site.steps_behind().iter().flat_map(|step| step.run.iter().chain(step.input("script")));
    scripts.any(|script| script.text.contains(&sign))
}
