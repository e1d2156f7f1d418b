//! `untrusted-checkout`: the code of a pull request, taken where the rights of the repository are.

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
        remedy: "build the code of a pull request in a workflow on `pull_request`, which has no rights; hand its results as an artifact to a workflow on `workflow_run` that runs nothing of them",
        docs: r"
## What it does
Reports the checkout of the head of a pull request in a job that `pull_request_target`, `workflow_run`, `issue_comment`
or another event starts which anyone causes and which has the rights of the repository:

- `ref` or `repository` of `actions/checkout` and of other actions for it, through `env`, outputs and inputs, too;
- `gh pr checkout`, and `git fetch`, `git checkout` and others of `pull/…/head` or of what the event says about the head.

It is `critical` if a build tool, or an action or script of the checkout, runs after it in a job that holds a secret or
a token which may write; `high` if none is seen, or the repository's settings decide what the token may do; `medium` if
the token only reads, a condition keeps strangers out, only a branch of this repository is taken, or the head is
fetched but not put into the working tree; and `low` if a condition keeps forks out. Where a label opens the way and the branch may have moved since, it is `high`.

`actions/checkout` of v7, v6.1.0 and the moving tags of v5 and v6 refuses heads of forks on `pull_request_target` and
`workflow_run`. It is not reported unless `allow-unsafe-pr-checkout` is set. Versions pinned before are.

## Why is this bad
Nearly every tool for building runs what the project says: scripts of `package.json`, `build.rs`, `conftest.py`, a
`Makefile`. A stranger puts his commands there, opens a pull request, and reads the secrets of the job.

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
The version of a pinned `actions/checkout` is read from the comment behind it. What an environment asks before a job
starts is not known. Which programs run the code is known for common build tools.

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
            judge(repository, site, &taken, reports);
        }
    }
}

/// True if strangers may start the file with rights, or another file may call it that they start.
fn may_be_privileged(repository: &Repository, site: Site<'_>) -> bool {
    let workflow = &site.file.workflow;
    workflow.starts_on(&PRIVILEGED)
        || workflow.starts_on(&["workflow_call"])
        || repository.is_action(site.file)
}

fn judge(repository: &Repository, site: Site<'_>, taken: &checkout::Taken<'_>, reports: &mut Reports<'_>) {
    let trust = repository.trust(site);
    let Some(start) = trust.privileged.first() else { return };
    // A run that no pull request has started has the code of the repository itself.
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
        return (Severity::Medium, format!("it is fetched, but not into the working tree; {runs}"));
    }
    if let Some(guard) = trust.guard {
        let holds = !taken.is_sparse && (trust.may_write() || !trust.secrets.is_empty());
        let late = match head::label(guard, trust) {
            Some(Label::Always) => Some("what is pushed after the label was put on gets in, too (TOCTOU)"),
            Some(Label::Once) if taken.is_mutable => {
                Some("the branch can move after the label was put on and before the checkout (TOCTOU)")
            }
            _ => None,
        };
        return match late.filter(|_| holds) {
            Some(late) => (Severity::High, format!("{runs}; {late}")),
            None if is_own_head(guard) => (Severity::Low, format!("{runs}; a condition keeps forks out")),
            None => (Severity::Medium, format!("{runs}; a condition limits who starts it")),
        };
    }
    if taken.is_own_branch {
        return (
            Severity::Medium,
            format!("{runs}; it is a branch of this repository, of a name that anyone chooses"),
        );
    }
    let severity = match trust.danger() {
        Severity::Critical if runner.is_none() => Severity::High,
        severity => severity,
    };
    (severity, format!("anyone can bring code; {runs}"))
}

/// True if a condition asks for a head in this repository, which only members write.
fn is_own_head(guard: &Text) -> bool {
    ["head.repo.full_name", "head.repo.fork", "head_repository.full_name"]
        .iter()
        .any(|sign| guard.text.contains(sign))
}
