//! `uncovered-ecosystem`: dependencies missing in the configuration of Dependabot.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::repository::{Repository, updates};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Severity, Span};
use crate::parse::workflow::Action;
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "uncovered-ecosystem",
        title: "ecosystem missing in the configuration of Dependabot",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "add an entry for each missing ecosystem to `updates`",
        docs: r"
## What it does
Compares the entries of `.github/dependabot.yml` with the tracked manifests, lock files and workflows, and reports each
ecosystem without an entry. Tests, examples, documentation and vendored code do not count. It is `medium` for
`github-actions` where actions are pinned to commits, which never update by themselves.

## Why is this bad
A Dependabot configuration suggests that dependencies are kept up to date. Those without an entry are not, without any
warning.

## Example
```yaml
updates:
  - package-ecosystem: npm
    directory: /
```
in a repository with workflows.

## Use instead
```yaml
updates:
  - package-ecosystem: npm
    directory: /
  - package-ecosystem: github-actions
    directory: /
```

## Known problems
Whether an entry covers every directory of its ecosystem is not checked.

## References
- <https://docs.github.com/en/code-security/reference/supply-chain-security/dependabot-options-reference>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let Some(document) = repository.updates().next().map(|update| update.document) else {
        return reports.not_applicable();
    };
    if repository.paths.is_empty() || repository.has_other_updater() {
        return;
    }
    let covered: BTreeSet<&str> =
        repository.updates().map(|update| updates::covered(update.name())).collect();
    let place = document.yaml.root().entries().find(|(key, _)| key.text() == Some("updates"));
    let span = place.map_or(Span::new(0, 0), |(key, _)| Value::span(key));
    // The manifest nearest to the root represents its ecosystem.
    let mut nearest: BTreeMap<&str, &RepoPath> = BTreeMap::new();
    for (path, ecosystem) in repository.manifests().filter(|(_, ecosystem)| !covered.contains(ecosystem)) {
        let known = nearest.entry(ecosystem).or_insert(path);
        *known = std::cmp::min_by_key(*known, path, |path| path.depth());
    }
    for (ecosystem, path) in nearest {
        let why = format!("`{}` lists packages", path.shown());
        tell(reports, &document.path, span, ecosystem, &why);
    }
    let mut uses = repository.files().flat_map(|file| file.workflow.uses()).filter_map(|uses| {
        let action = Action::parse(&uses.text)?;
        Some((action.is_commit(), uses))
    });
    let is_covered = covered.contains("github-actions");
    let Some((pinned, example)) = (!is_covered).then(|| uses.next()).flatten() else { return };
    let pinned = pinned || uses.any(|(pinned, _)| pinned);
    let why = match pinned {
        true => "workflows use actions pinned to commits, which no tool updates".to_owned(),
        false => format!("workflows use actions, such as `{}`", example.text.trim()),
    };
    let reported = tell(reports, &document.path, span, "github-actions", &why);
    reported.severity(if pinned { Severity::Medium } else { Severity::Low });
}

fn tell<'r>(
    reports: &'r mut Reports<'_>,
    path: &RepoPath,
    span: Span,
    ecosystem: &str,
    why: &str,
) -> &'r mut crate::engine::Reported {
    let message = format!("`updates` has no entry for `{ecosystem}`, though {why}");
    let reported = reports.span(path, span, message);
    reported
        .note(format!("`{ecosystem}`"))
        .practice(ecosystem, "ecosystems of this repository have no entry in Dependabot's `updates`")
}
