//! `unpinned-action`: actions pinned to a tag or branch, which can be moved.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Action, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unpinned-action",
        title: "action not pinned to a commit",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "pin the commit, with the version as a comment: `uses: owner/name@<commit> # v1.2.3`; Dependabot and Renovate keep both up to date",
        docs: r"
## What it does
Reports each `uses:` of a step, and of a job that calls a reusable workflow, whose ref is a tag, a branch or a short
commit id. All places are one finding, grouped by owner. It is `medium` for actions of others, and `low` for those of
GitHub (`actions`, `github`) and of the owner of this repository.

## Why is this bad
Anyone who takes over the owner's account can move a tag: in March 2025 all tags of `tj-actions/changed-files` were
moved to a commit that printed the secrets of 23,000 repositories, in March 2026 76 tags of `aquasecurity/trivy-action`.
A commit id cannot be moved.

## Example
```yaml
- uses: docker/login-action@v3
```

## Use instead
```yaml
- uses: docker/login-action@74a5d142397b4f367a81961eba4e8cd7edddf772 # v3.4.0
```

## Known problems
Whether the commit belongs to that repository, and whether the comment is correct, cannot be checked offline.

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Owners whose actions run in any workflow, with the same rights as the workflow itself.
const GITHUB: [&str; 2] = ["actions", "github"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, uses) in repository.uses() {
        assess(repository, site, uses, reports);
    }
}

fn assess(repository: &Repository, site: Site<'_>, uses: &Text, reports: &mut Reports<'_>) {
    let Some(action) = Action::parse(&uses.text).filter(|action| !action.is_commit()) else { return };
    let Action { owner, reference, .. } = action;
    let is_own = repository.owner.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(owner));
    let is_known = is_own || GITHUB.iter().any(|known| known.eq_ignore_ascii_case(owner));
    let name = uses.text.trim();
    let message = match reference {
        "" => format!("`{name}` has no version"),
        _ => format!("`{name}` is pinned to a tag or branch, which can be moved, not to a commit"),
    };
    reports
        .at(site, uses.span, message)
        .severity(if is_known { Severity::Low } else { Severity::Medium })
        .note(format!("`{name}`"))
        .practice(owner.to_ascii_lowercase(), "uses of actions are not pinned to a commit");
}
