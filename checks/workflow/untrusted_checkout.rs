//! `untrusted-checkout`: the code of a pull request, checked out in a privileged job.

use crate::engine::repository::flow::Flow;
use crate::engine::repository::head::{self, Label};
use crate::engine::repository::trust::{PRIVILEGED, Trust};
use crate::engine::repository::{Repository, Site, checkout, runner};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrusted-checkout",
        title: "untrusted code checked out in a privileged job",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "build the code of a pull request in a workflow on `pull_request`, which has no rights; pass its results as an artifact to a workflow on `workflow_run` that does not execute them",
        docs: r"
## What it does
Reports the checkout of the head of a pull request in a job started by `pull_request_target`, `workflow_run`,
`issue_comment` or another event that anyone can cause and that has the rights of the repository:

- `ref` or `repository` of `actions/checkout` and similar actions, also through `env`, outputs and inputs;
- `gh pr checkout`, and `git fetch`, `git checkout` and similar commands on `pull/…/head` or on the head from the event.

It is `critical` if a build tool, or an action or script of the checkout, runs after it in a job that holds a secret or
a write token; `high` if none is found, or the repository's settings decide what the token may do; `medium` if the token
is read-only, a condition keeps strangers out, only a branch of this repository is checked out, or the head is fetched
but not put into the working tree; and `low` if a condition keeps forks out. Where a label grants access and the branch
may have moved since, it is `high`.

`actions/checkout` of v7, v6.1.0 and the moving tags of v5 and v6 refuses heads of forks on `pull_request_target` and
`workflow_run`. It is not reported unless `allow-unsafe-pr-checkout` is set. Versions pinned before are.

## Why is this bad
Nearly every build tool runs code of the project: scripts of `package.json`, `build.rs`, `conftest.py`, a `Makefile`. A
stranger puts commands there, opens a pull request, and reads the secrets of the job.

## Example
```yaml
on: pull_request_target
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: npm ci
```

## Use instead
```yaml
on: pull_request
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - run: npm ci
```

## Known problems
The version of a pinned `actions/checkout` is read from its comment. Protection rules of environments are not known.
Programs that run the code are known for common build tools only.

## References
- <https://docs.github.com/en/actions/reference/security/secure-use>
- <https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(step) = site.step.filter(|_| may_be_privileged(repository, site)) else { continue };
        let taken = match (&step.uses, &step.run) {
            (Some(_), _) => checkout::by_action(repository, site),
            (None, Some(run)) => checkout::by_script(repository, site, run),
            (None, None) => None,
        };
        if let Some(taken) = taken {
            assess(repository, site, &taken, reports);
        }
    }
}

/// True if strangers may start the file with rights, or start another file that calls it.
fn may_be_privileged(repository: &Repository, site: Site<'_>) -> bool {
    let workflow = &site.file.workflow;
    workflow.starts_on(&PRIVILEGED)
        || workflow.starts_on(&["workflow_call"])
        || repository.is_action(site.file)
}

fn assess(repository: &Repository, site: Site<'_>, taken: &checkout::Taken<'_>, reports: &mut Reports<'_>) {
    let trust = repository.trust(site);
    let Some(start) = trust.privileged.first() else { return };
    // A run not started by a pull request has the code of the repository itself.
    let is_of_push = trust.guard.is_some_and(|guard| guard.text.contains("workflow_run.event"));
    if is_of_push || checkout::refuses(site, &trust) {
        return;
    }
    let runner = if taken.is_in_tree { runner::runner(site) } else { None };
    let (severity, how) = rate(&trust, taken, runner.as_ref().map(|(name, _)| name.as_str()));
    let event = &start.event.name.text;
    let what = taken.what();
    let message = format!("{what} on `{event}`: {how}");
    let reported = reports.at(site, taken.span, message);
    reported.severity(severity).confidence(taken.confidence);
    reported.started_by(*start, &trust.reach());
    for hop in taken.flow.iter().flat_map(|flow: &Flow<'_>| &flow.trail) {
        reported.trace(hop.file, hop.span, hop.note.clone());
    }
    if let Some((name, span)) = runner {
        reported.trace(site.file, span, format!("`{name}` runs what was checked out"));
    }
}

fn rate(trust: &Trust<'_>, taken: &checkout::Taken<'_>, runner: Option<&str>) -> (Severity, String) {
    let reach = trust.reach();
    let runs = match runner {
        Some(name) => format!("`{name}` runs it with {reach}"),
        None => format!("the job holds {reach}"),
    };
    if !taken.is_in_tree {
        return (Severity::Medium, format!("it is fetched, but not checked out; {runs}"));
    }
    if let Some(guard) = trust.guard {
        let holds = !taken.is_sparse && (trust.may_write() || !trust.secrets.is_empty());
        let late = match head::label(guard, trust) {
            Some(Label::Always) => {
                Some("commits pushed after the label was added are checked out too (TOCTOU)")
            }
            Some(Label::Once) if taken.is_mutable => {
                Some("the branch can move between labelling and checkout (TOCTOU)")
            }
            _ => None,
        };
        return match late.filter(|_| holds) {
            Some(late) => (Severity::High, format!("{runs}; {late}")),
            None if is_own_head(guard) => (Severity::Low, format!("{runs}; a condition keeps forks out")),
            None => (Severity::Medium, format!("{runs}; a condition limits who can start it")),
        };
    }
    if taken.is_own_branch {
        return (
            Severity::Medium,
            format!("{runs}; it is a branch of this repository, whose name anyone can choose"),
        );
    }
    let severity = match trust.danger() {
        Severity::Critical if runner.is_none() => Severity::High,
        severity => severity,
    };
    (severity, format!("anyone can supply the code; {runs}"))
}

/// True if a condition requires a head in this repository, which only members can write.
fn is_own_head(guard: &Text) -> bool {
    ["head.repo.full_name", "head.repo.fork", "head_repository.full_name"]
        .iter()
        .any(|sign| guard.text.contains(sign))
}
