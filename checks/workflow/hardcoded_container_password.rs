//! `hardcoded-container-password`: a registry password written into a workflow.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;
use crate::parse::workflow::expression::{Evaluation, Expr};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "hardcoded-container-password",
        title: "registry password in a workflow",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "revoke the password, store a new one as a secret, and write `password: ${{ secrets.NAME }}`",
        docs: r"
## What it does
Reports a `password` of the `credentials` of a container or a service, and of steps that log in to a registry
(`docker/login-action` and similar actions), that is written in plain text, as a constant in an expression, or in a
variable of the workflow. The value itself is never shown.

## Why is this bad
Anyone who can read the repository or a copy of it has the password. It stays in the history after the line is changed.

## Example
```yaml
container:
  image: registry.example.com/build
  credentials:
    username: build
    password: correct-horse
```

## Use instead
```yaml
container:
  image: registry.example.com/build
  credentials:
    username: build
    password: ${{ secrets.REGISTRY_PASSWORD }}
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainercredentials>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Actions that log in to a registry.
const LOGINS: [&str; 5] = [
    "docker/login-action",
    "redhat-actions/podman-login",
    "azure/docker-login",
    "azure/container-registry-login",
    "elgohr/publish-docker-github-action",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.jobs() {
        for container in &site.job.containers {
            let Some(place) = container.password.as_ref().and_then(|password| written(site, password)) else {
                continue;
            };
            let who = match container.name.as_str() {
                "container" => "the container of the job".to_owned(),
                name => format!("the service `{name}`"),
            };
            reports.at(site, place.span, format!("the registry password of {who} is hard-coded here"));
        }
    }
    for site in repository.steps() {
        let Some(step) = site.step.filter(|step| step.uses_any(&LOGINS)) else { continue };
        let Some(place) = step.input("password").and_then(|password| written(site, password)) else {
            continue;
        };
        let action = step.uses.as_ref().map_or("", |uses| uses.text.trim());
        reports.at(site, place.span, format!("the password for `{action}` is hard-coded here"));
    }
}

/// Where `password` is hard-coded, if it is.
fn written<'a>(site: Site<'a>, password: &'a Text) -> Option<&'a Text> {
    let Some(expression) = password.only_expression() else {
        let is_part = password.text.contains("${{");
        return (!is_part && !password.text.trim().is_empty()).then_some(password);
    };
    let parsed = expression.parse()?;
    if let Some(constant) = parsed.consteval() {
        return matches!(constant, Evaluation::String(text) if !text.is_empty()).then_some(password);
    }
    let Expr::Context(context) = &parsed.inner else { return None };
    let path = context.as_pattern()?;
    let value = site.variable(path.strip_prefix("env.")?)?;
    (!value.text.contains("${{") && !value.text.trim().is_empty()).then_some(value)
}
