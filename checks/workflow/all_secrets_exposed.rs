//! `all-secrets-exposed`: an expression that exposes every secret to a job.

use crate::engine::repository::{File, Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::expression::{Expr, call::Function, context::Context, walk};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "all-secrets-exposed",
        title: "expression that exposes all secrets",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "name each secret the job needs: `${{ secrets.NAME }}`; if the name is dynamic, write each case out",
        docs: r"
## What it does
Reports expressions that read the whole `secrets` context: `toJSON(secrets)`, `secrets.*`, and `secrets[…]` with a
computed name. It is `medium`, and `high` where anyone can start the job with the rights of the repository.

## Why is this bad
GitHub sends a job only the secrets that its expressions name. Such an expression names none, so the runner receives
every secret of the repository, the organisation and the environment. One compromised step, or one log line that shows
them in another form, leaks them all. The worms of 2025 and 2026 read secrets through `toJSON(secrets)`.

## Example
```yaml
- run: ./deploy.sh
  env:
    SECRETS: ${{ toJSON(secrets) }}
```

## Use instead
```yaml
- run: ./deploy.sh
  env:
    DEPLOY_KEY: ${{ secrets.DEPLOY_KEY }}
```

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.files() {
        for text in &file.workflow.expressions {
            for expression in text.expressions() {
                // Most expressions name no secret.
                if !expression.raw.to_ascii_lowercase().contains("secrets") {
                    continue;
                }
                let Some(parsed) = expression.parse() else { continue };
                let mut taken = None;
                walk(&parsed, &mut |part| {
                    let is_new = taken.is_none();
                    match &part.inner {
                        Expr::Call(call) if is_new && call.func == Function::ToJSON => {
                            let is_whole =
                                |arg: &Expr<'_>| matches!(arg, Expr::Context(it) if it.matches("secrets"));
                            if call.args.iter().any(|arg| is_whole(&arg.inner)) {
                                taken = Some("toJSON(secrets)");
                            }
                        }
                        Expr::Context(context) if is_new => taken = of_context(context),
                        _ => {}
                    }
                });
                let Some(taken) = taken else { continue };
                let trust = site_of(file, expression.span.start).map(|site| repository.trust(site));
                let is_open =
                    trust.as_ref().is_some_and(|trust| !trust.privileged.is_empty() && trust.guard.is_none());
                let mut message = format!("`{taken}` exposes every secret to the job");
                if let Some(start) =
                    trust.as_ref().and_then(|trust| trust.privileged.first()).filter(|_| is_open)
                {
                    message
                        .push_str(&format!(", which anyone can start through `{}`", start.event.name.text));
                }
                reports.span(&file.path, expression.span, message).severity(if is_open {
                    Severity::High
                } else {
                    Severity::Medium
                });
            }
        }
    }
}

/// What `context` takes, if that is all secrets.
fn of_context(context: &Context<'_>) -> Option<&'static str> {
    let [head, name, ..] = context.parts.as_slice() else { return None };
    let Expr::Identifier(head) = &head.inner else { return None };
    if !head.as_str().eq_ignore_ascii_case("secrets") {
        return None;
    }
    match &name.inner {
        Expr::Star => Some("secrets.*"),
        Expr::Index(index) if matches!(index.inner, Expr::Star) => Some("secrets.*"),
        Expr::Index(index) if !index.is_literal() => Some("secrets[…]"),
        _ => None,
    }
}

/// The job that holds the byte at `at`.
fn site_of(file: &File, at: usize) -> Option<Site<'_>> {
    let jobs = &file.workflow.jobs;
    let holds = |range: std::ops::Range<usize>| range.contains(&at);
    let job = jobs.iter().find(|job| holds(job.span.range())).or(jobs.first())?;
    let step = job.steps.iter().find(|step| holds(step.span.range()));
    Some(Site { file, job, step })
}
