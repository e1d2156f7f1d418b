//! `insecure-commands-allowed`: the variable that lets printed text set variables and `PATH`.

use crate::engine::repository::{File, Repository};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "insecure-commands-allowed",
        title: "insecure workflow commands are allowed",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "remove `ACTIONS_ALLOW_UNSECURE_COMMANDS`, and write to `$GITHUB_ENV` and `$GITHUB_PATH` instead of `::set-env` and `::add-path`",
        docs: r#"
## What it does
Reports `ACTIONS_ALLOW_UNSECURE_COMMANDS` where it is set to true: in `env` of a workflow, job or step, in a matrix, or
by a script. It is `high` where non-members can start the job, from a fork or not, and `medium` otherwise.

## Why is this bad
The variable re-enables the commands `::set-env` and `::add-path`, which GitHub disabled in 2020: any line that a step
prints, such as the title of a pull request or the output of a test, can then set variables for later steps, and so run
code in them.

## Example
```yaml
env:
  ACTIONS_ALLOW_UNSECURE_COMMANDS: true
```

## Use instead
```yaml
- run: echo "NAME=value" >> "$GITHUB_ENV"
```

## References
- <https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

const NAME: &[u8] = b"ACTIONS_ALLOW_UNSECURE_COMMANDS";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.files() {
        for at in memchr::memmem::find_iter(&file.bytes, NAME) {
            if is_comment(&file.bytes, at) || !is_true(&file.bytes[at + NAME.len()..]) {
                continue;
            }
            let span = Span::new(at, at + NAME.len());
            let message =
                "`ACTIONS_ALLOW_UNSECURE_COMMANDS` lets anything a step prints set variables and `PATH`";
            let severity = if is_open(repository, file) { Severity::High } else { Severity::Medium };
            let reported = reports.span(&file.path, span, message.to_owned());
            reported.severity(severity);
            for place in users(file, at) {
                reported.trace(file, place, "this step takes its variables from here".to_owned());
            }
        }
    }
}

/// Where steps take all their variables from the matrix that holds the name at `at`.
fn users(file: &File, at: usize) -> Vec<Span> {
    const SIGN: &[u8] = b"env: ${{";
    let holds = |span: Span| span.range().contains(&at);
    let jobs = file
        .workflow
        .jobs
        .iter()
        .filter(|job| holds(job.span) && !job.steps.iter().any(|step| holds(step.span)));
    let steps = jobs.flat_map(|job| &job.steps);
    let places = steps.filter_map(|step| {
        let bytes = file.bytes.get(step.span.range())?;
        let found = memchr::memmem::find(bytes, SIGN)?;
        let end =
            bytes[found..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| found + end);
        let names_matrix = memchr::memmem::find(&bytes[found..end], b"matrix.").is_some();
        names_matrix.then(|| Span::new(step.span.start + found, step.span.start + end))
    });
    places.take(20).collect()
}

fn is_comment(bytes: &[u8], at: usize) -> bool {
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |line| line + 1);
    bytes[start..at].trim_ascii_start().starts_with(b"#")
}

/// True if the text after a name sets it to a value that the runner treats as true.
fn is_true(behind: &[u8]) -> bool {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'');
    let skip = |text: &[u8]| text.iter().take_while(|byte| blank(byte)).count();
    let Some(sign) = behind.get(skip(behind)..) else { return false };
    let Some((b':' | b'=', rest)) = sign.split_first() else { return false };
    let value = &rest[skip(rest)..];
    let end = value.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(value.len());
    value[..end].eq_ignore_ascii_case(b"true") || &value[..end] == b"1"
}

/// True if non-members can start a job of the file.
fn is_open(repository: &Repository, file: &File) -> bool {
    file.workflow.jobs.iter().any(|job| {
        let trust = repository.trust(crate::engine::repository::Site { file, job, step: None });
        trust.is_exposed() || !trust.forks.is_empty()
    })
}
