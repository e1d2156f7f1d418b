//! `broad-app-token`: tokens of GitHub Apps that may do all that the app may.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Step;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "broad-app-token",
        title: "token of an app that may do all that the app may",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "give `permission-<name>` inputs for what the job does, and `repositories` for where; leave the token to be revoked at the end of the job",
        docs: r"
## What it does
Reports a step that makes a token of a GitHub App, by `actions/create-github-app-token` and its like, if

- no input says what the token may do, so that it may do all that the app may;
- it names an owner and no repositories, so that the token is for all of them where the app is installed, unless all
  its permissions are those of an organisation;
- it keeps the token from being revoked at the end of the job (`skip-token-revoke`).

Each step is one finding, which says what of this it does.

## Why is this bad
An app is often installed for a whole organisation, with rights for every purpose it serves. A job that puts a label on
an issue then holds a token that pushes to each repository.

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

/// An action that makes tokens, and its inputs.
struct Maker {
    action: &'static str,
    /// Says what the token may do; the start of its name.
    permissions: &'static str,
    /// Says that it is for more than this repository.
    owner: &'static str,
    /// Says for which.
    repositories: &'static str,
    /// Says whether it outlives the job, and the value that does.
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

/// Permissions of an organisation, for which repositories mean nothing: how their inputs start.
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
            what.push("may do all that the app may");
        }
        let of_organisation = !permissions.is_empty()
            && permissions.iter().all(|name| ORGANISATION.iter().any(|start| name.starts_with(start)));
        let owner =
            key(step, maker.owner).filter(|_| key(step, maker.repositories).is_none() && !of_organisation);
        if owner.is_some() {
            what.push("is for all repositories where the app is installed");
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
        let message = format!("the token of the app {}", listed(&what));
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
