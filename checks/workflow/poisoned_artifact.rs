//! `poisoned-artifact`: a workflow with the rights of the repository runs what an untrusted run produced.

use crate::engine::repository::environment::writes;
use crate::engine::repository::{Repository, Site, checkout, runner};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::script::programs;
use crate::parse::workflow::is_local;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "poisoned-artifact",
        title: "execution of an artifact from an untrusted run",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "extract the artifact outside the working tree (`path: ${{ runner.temp }}/artifact`), and use only values you have validated, such as a number",
        docs: r"
## What it does
Reports a job started by `workflow_run` that extracts an artifact of the other run into the working tree, and then runs
a build tool, a script or an action of the tree, or writes from it to `GITHUB_ENV` or `GITHUB_PATH`. Part of the preset
`strict`.

## Why is this bad
The other run may belong to a pull request from a fork, which controls the content of the artifact. In the working tree
it replaces scripts and configuration, and the privileged job runs them.

## Example
```yaml
on:
  workflow_run:
    workflows: [ci]
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: actions/download-artifact@v4
        with:
          run-id: ${{ github.event.workflow_run.id }}
      - run: make publish
```

## Use instead
```yaml
- uses: actions/download-artifact@v4
  with:
    run-id: ${{ github.event.workflow_run.id }}
    path: ${{ runner.temp }}/artifact
```

## Known problems
Whether the command runs a file of the artifact is not known.

## References
- <https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/>
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.jobs() {
        if site.job.steps.len() < 2 {
            continue;
        }
        let trust = repository.trust(site);
        let Some(start) = trust.privileged.iter().find(|start| start.event.name.text == "workflow_run")
        else {
            continue;
        };
        let Some((place, what)) = site.job.steps.iter().find_map(|step| {
            let at = Site { step: Some(step), ..site };
            let brought = checkout::brought(repository, at, &trust).filter(|brought| brought.is_artifact)?;
            let runs = runs(at, brought.path.as_deref())?;
            Some((brought, runs))
        }) else {
            continue;
        };
        let (name, span) = what;
        let message =
            format!("{name} files that an artifact of another run may have replaced, with {}", trust.reach());
        let reported = reports.at(site, span, message);
        if trust.guard.is_some() || !trust.is_exposed() {
            reported.severity(Severity::Low);
        }
        reported.started_by(*start, "");
        reported.trace(site.file, place.span, place.note);
    }
}

/// What the step at `site` runs from the working tree, or from `path`.
fn runs(site: Site<'_>, path: Option<&str>) -> Option<(String, Span)> {
    let step = site.step?;
    let is_outside = path.is_some_and(|path| {
        path.starts_with('/') || path.contains("runner.temp") || path.contains("RUNNER_TEMP")
    });
    if let Some(uses) = step.uses.as_ref().filter(|uses| is_local(&uses.text)) {
        return (path.is_none() && !is_outside).then(|| (format!("`{}` runs", uses.text.trim()), uses.span));
    }
    let run = step.run.as_ref()?;
    let names = path.map(|path| path.trim_start_matches("./").trim_end_matches('/'));
    let is_named = names.is_none_or(|path| path.is_empty() || run.text.contains(path));
    if is_outside && !is_named {
        return None;
    }
    if let Some(write) = writes(&run.text).into_iter().find(|write| {
        let what = &run.text[write.what.clone()];
        write.into != "GITHUB_OUTPUT"
            && (what.contains("$(cat ") || what.trim_start().starts_with("cat ") || what.contains("$(<"))
    }) {
        return Some((format!("`{}` takes", write.into), site.locate(run, write.line)));
    }
    let program = programs(&run.text).find(|program| runner::is_runner(*program)).filter(|_| is_named)?;
    let line = run.text[program.at..].split('\n').next().unwrap_or("").trim_end();
    Some((format!("`{}` runs", program.name), site.locate(run, program.at..program.at + line.len())))
}
