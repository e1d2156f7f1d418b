//! `broad-app-token`: GitHub App tokens that have all permissions of the app.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Step;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "broad-app-token",
        title: "GitHub App token with all permissions of the app",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "set `permission-<name>` inputs for what the job does and `repositories` for where; let the token be revoked at the end of the job",
        docs: r"
## What it does
Reports a step that creates a GitHub App token, with `actions/create-github-app-token` or a similar action, if

- no input limits its permissions, so the token has all permissions of the app;
- it names an owner but no repositories, so the token covers every repository with the app, unless all its permissions
  are organisation permissions;
- it prevents the token from being revoked at the end of the job (`skip-token-revoke`).

Each step is one finding that lists which of these apply.

## Why is this bad
An app is often installed for a whole organisation, with permissions for all its purposes. A job that labels an issue
then holds a token that can push to every repository.

## Example
```yaml
- uses: actions/create-github-app-token@v2
  with:
    app-id: ${{ vars.APP_ID }}
    private-key: ${{ secrets.APP_KEY }}
    owner: ${{ github.repository_owner }}
```

## Use instead
```yaml
- uses: actions/create-github-app-token@v2
  with:
    app-id: ${{ vars.APP_ID }}
    private-key: ${{ secrets.APP_KEY }}
    owner: ${{ github.repository_owner }}
    repositories: website
    permission-issues: write
```

## References
- <https://github.com/actions/create-github-app-token#inputs>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// An action that creates tokens, and its inputs.
struct Maker {
    action: &'static str,
    /// Prefix of the inputs that limit the token's permissions.
    permissions: &'static str,
    /// Input that widens it beyond this repository.
    owner: &'static str,
    /// Input that names the repositories.
    repositories: &'static str,
    /// Input that keeps the token alive after the job, with the value that does.
    outlives: (&'static str, &'static str),
}

const MAKERS: [Maker; 3] = [
    Maker {
        action: "actions/create-github-app-token",
        permissions: "permission-",
        owner: "owner",
        repositories: "repositories",
        outlives: ("skip-token-revoke", "true"),
    },
    Maker {
        action: "tibdex/github-app-token",
        permissions: "permissions",
        owner: "installation_retrieval_payload",
        repositories: "repositories",
        outlives: ("revoke", "false"),
    },
    Maker {
        action: "peter-murray/workflow-application-token-action",
        permissions: "permissions",
        owner: "organization",
        repositories: "limit_repositories",
        outlives: ("revoke_token", "false"),
    },
];

/// Prefixes of organisation permissions, to which repositories do not apply.
const ORGANISATION: [&str; 4] = [
    "permission-organization-",
    "permission-members",
    "permission-custom-properties-for-organizations",
    "permission-enterprise-",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(step) = site.step.filter(|step| step.computed_with.is_none()) else { continue };
        let Some(uses) = &step.uses else { continue };
        let Some(maker) = MAKERS.iter().find(|maker| step.uses_any(&[maker.action])) else { continue };
        let given = |start: &str| {
            let names = step.with.iter().map(|entry| entry.name.to_ascii_lowercase());
            names.filter(|name| name.starts_with(start)).collect::<Vec<_>>()
        };
        let permissions = given(maker.permissions);
        let mut what = Vec::new();
        if permissions.is_empty() {
            what.push("has all permissions of the app");
        }
        let of_organisation = !permissions.is_empty()
            && permissions.iter().all(|name| ORGANISATION.iter().any(|start| name.starts_with(start)));
        let owner =
            key(step, maker.owner).filter(|_| key(step, maker.repositories).is_none() && !of_organisation);
        if owner.is_some() {
            what.push("covers all repositories where the app is installed");
        }
        let (name, value) = maker.outlives;
        let said = step.input(name).map(|said| said.text.trim().to_ascii_lowercase());
        let (outlives, is_sure) = match said {
            Some(said) if said == value => (true, true),
            Some(said) if said.contains("${{") => (true, false),
            _ => (false, true),
        };
        if outlives {
            what.push(if is_sure { "outlives the job" } else { "may outlive the job" });
        }
        if what.is_empty() {
            continue;
        }
        let message = format!("the app token {}", listed(&what));
        let lonely = what.len() == 1;
        let outlived = key(step, name).filter(|_| outlives);
        let span = match (owner, outlived) {
            (Some(span), _) | (None, Some(span)) if lonely => span,
            _ => uses.span,
        };
        let reported = reports.at(site, span, message);
        if lonely && !is_sure {
            reported.confidence(Confidence::Low);
        }
        for (place, note) in [(owner, "an owner, without repositories"), (outlived, "keeps the token alive")]
        {
            if let Some(place) = place.filter(|place| *place != span) {
                reported.trace(site.file, place, note.to_owned());
            }
        }
    }
}

/// Where the input `name` is given.
fn key(step: &Step, name: &str) -> Option<crate::model::Span> {
    step.with.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).map(|entry| entry.key)
}

fn listed(parts: &[&str]) -> String {
    match parts {
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
        [] => String::new(),
    }
}
