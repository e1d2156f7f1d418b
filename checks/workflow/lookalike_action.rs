//! `lookalike-action`: an action whose name is one typo away from a popular one.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Action, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "lookalike-action",
        title: "action with a name almost like a popular one",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "correct the name of the action; if it is intended, add an `ignore` with the reason",
        docs: r"
## What it does
Reports an action or called workflow whose `owner/name` is one typo away from a popular action of another owner: one
letter inserted, missing, wrong, or two swapped. Actions of the owner of this repository are not reported.

## Why is this bad
Anyone may register a free name. `action/checkout` and `actons/checkout` were free names used in many workflows: whoever
registers one runs code in all of them, with their tokens and secrets.

## Example
```yaml
- uses: action/checkout@v4
```

## Use instead
```yaml
- uses: actions/checkout@v4
```

## Known problems
Only very popular actions are compared.

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Actions that very many workflows use, in lower case, by owner.
const POPULAR: [(&str, &[&str]); 46] = [
    (
        "actions",
        &[
            "attest-build-provenance",
            "cache",
            "checkout",
            "configure-pages",
            "create-github-app-token",
            "dependency-review-action",
            "deploy-pages",
            "download-artifact",
            "first-interaction",
            "github-script",
            "labeler",
            "setup-dotnet",
            "setup-go",
            "setup-java",
            "setup-node",
            "setup-python",
            "stale",
            "upload-artifact",
            "upload-pages-artifact",
        ],
    ),
    ("android-actions", &["setup-android"]),
    ("anthropics", &["claude-code-action"]),
    ("aquasecurity", &["setup-trivy", "trivy-action"]),
    ("astral-sh", &["ruff-action", "setup-uv"]),
    ("aws-actions", &["amazon-ecr-login", "configure-aws-credentials"]),
    ("azure", &["login", "setup-helm", "setup-kubectl", "webapps-deploy"]),
    ("bufbuild", &["buf-setup-action"]),
    ("changesets", &["action"]),
    ("cloudflare", &["wrangler-action"]),
    ("codecov", &["codecov-action"]),
    ("dawidd6", &["action-download-artifact"]),
    ("denoland", &["setup-deno"]),
    ("dependabot", &["fetch-metadata"]),
    (
        "docker",
        &[
            "bake-action",
            "build-push-action",
            "login-action",
            "metadata-action",
            "setup-buildx-action",
            "setup-qemu-action",
        ],
    ),
    ("dorny", &["paths-filter", "test-reporter"]),
    ("dtolnay", &["rust-toolchain"]),
    ("extractions", &["setup-just"]),
    ("github", &["codeql-action"]),
    ("golangci", &["golangci-lint-action"]),
    ("google-github-actions", &["auth", "get-gke-credentials", "run-gemini-cli", "setup-gcloud"]),
    ("googleapis", &["release-please-action"]),
    ("goreleaser", &["goreleaser-action"]),
    ("gradle", &["actions", "wrapper-validation-action"]),
    ("hashicorp", &["setup-terraform"]),
    ("jamesives", &["github-pages-deploy-action"]),
    ("maxim-lobanov", &["setup-xcode"]),
    ("mikefarah", &["yq"]),
    ("ncipollo", &["release-action"]),
    ("oven-sh", &["setup-bun"]),
    ("peaceiris", &["actions-gh-pages"]),
    ("peter-evans", &["create-or-update-comment", "create-pull-request", "repository-dispatch"]),
    ("pnpm", &["action-setup"]),
    ("pre-commit", &["action"]),
    ("pypa", &["cibuildwheel", "gh-action-pypi-publish"]),
    ("release-drafter", &["release-drafter"]),
    ("ruby", &["setup-ruby"]),
    ("shivammathur", &["setup-php"]),
    ("sigstore", &["cosign-installer"]),
    ("slackapi", &["slack-github-action"]),
    ("softprops", &["action-gh-release"]),
    ("stefanzweifel", &["git-auto-commit-action"]),
    ("step-security", &["harden-runner"]),
    ("swatinem", &["rust-cache"]),
    ("taiki-e", &["install-action"]),
    ("tj-actions", &["changed-files"]),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, uses) in repository.uses() {
        assess(repository, site, uses, reports);
    }
}

fn assess(repository: &Repository, site: Site<'_>, uses: &Text, reports: &mut Reports<'_>) {
    let Some(action) = Action::parse(&uses.text) else { return };
    let owner = action.owner.to_ascii_lowercase();
    if repository.owner.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(&owner)) {
        return;
    }
    // The owner of a popular action owns all names next to it.
    if POPULAR.binary_search_by(|(known, _)| (*known).cmp(&owner)).is_ok() {
        return;
    }
    let name = format!("{owner}/{}", action.name.to_ascii_lowercase());
    let meant = POPULAR.iter().find_map(|(owner, names)| {
        // A typo adds or removes one letter at most.
        let fits = |known: &&&str| (owner.len() + 1 + known.len()).abs_diff(name.len()) <= 1;
        let mut near = names.iter().filter(fits).map(|known| format!("{owner}/{known}"));
        near.find(|known| is_one_slip(known, &name))
    });
    let Some(meant) = meant else { return };
    let message = format!("`{}` is almost `{meant}`, which has another owner", uses.text.trim());
    reports.at(site, uses.span, message);
}

/// True if inserting, deleting or replacing one letter, or swapping two, turns `other` into `one`.
fn is_one_slip(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[head..], &other[head..]);
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&one[..one.len() - tail], &other[..other.len() - tail]) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{POPULAR, is_one_slip};

    #[test]
    fn slips() {
        for (one, other, slip) in [
            ("actions/cache", "action/cache", true),
            ("actions/cache", "actionss/cache", true),
            ("actions/cache", "acti0ns/cache", true),
            ("actions/cache", "actoins/cache", true),
            ("actions/cache", "actions/cache", false),
            ("actions/cache", "axtions/czche", false),
        ] {
            assert_eq!(is_one_slip(one, other), slip, "{other}");
        }
        assert!(POPULAR.is_sorted_by_key(|(owner, _)| *owner));
    }
}
