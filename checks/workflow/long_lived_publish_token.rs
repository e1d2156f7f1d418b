//! `long-lived-publish-token`: publishing with a stored token to a registry that supports trusted publishing.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::command;
use crate::parse::workflow::{Step, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "long-lived-publish-token",
        title: "publishing with a long-lived token",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "register this workflow as a trusted publisher, give the job `id-token: write`, and delete the token",
        docs: r"
## What it does
Reports steps that publish to PyPI, npm, RubyGems, crates.io or NuGet in a job without `id-token: write`, and actions
that receive a password or token for these registries.

## Why is this bad
A long-lived token is a target: it publishes from anywhere until it is revoked. These registries support trusted
publishing: they issue a token that is valid for a few minutes to the named workflow only.

## Example
```yaml
- uses: pypa/gh-action-pypi-publish@release/v1
  with:
    password: ${{ secrets.PYPI_TOKEN }}
```

## Use instead
```yaml
permissions:
  id-token: write
steps:
  - uses: pypa/gh-action-pypi-publish@release/v1
```

## Known problems
A command may publish to a private registry that its configuration names.

## References
- <https://docs.pypi.org/trusted-publishers/>
- <https://docs.npmjs.com/trusted-publishers>
- <https://guides.rubygems.org/trusted-publishing/>
- <https://crates.io/docs/trusted-publishing>
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(step) = site.step else { continue };
        if let Some((span, message)) = of_action(step) {
            reports.at(site, span, message);
        }
        // The caller of an action sets the token's permissions.
        let Some(run) = step.run.as_ref().filter(|_| !repository.is_action(site.file)) else { continue };
        if !site.permissions().may_write("id-token") {
            of_script(site, run, reports);
        }
    }
}

/// The input of an action that holds a long-lived token.
fn of_action(step: &Step) -> Option<(Span, String)> {
    let uses = step.uses.as_ref()?;
    let name = uses.text.trim();
    let key = |input: &str| step.with.iter().find(|entry| entry.name.eq_ignore_ascii_case(input));
    let text = |input: &str| step.input(input).map_or("", |value| value.text.trim());
    let is_at = |inputs: &[&str], known: &[&str]| {
        inputs
            .iter()
            .all(|input| text(input).is_empty() || known.contains(&text(input).trim_end_matches('/')))
    };
    let given = |input: &str| key(input).filter(|entry| !entry.value.text.trim().is_empty());
    let found = if step.uses_any(&["pypa/gh-action-pypi-publish"]) {
        let registries = ["https://upload.pypi.org/legacy", "https://test.pypi.org/legacy"];
        given("password").filter(|_| is_at(&["repository-url", "repository_url"], &registries))
    } else if step.uses_any(&["rubygems/configure-rubygems-credentials"]) {
        given("api-token").filter(|_| is_at(&["gem-server"], &["https://rubygems.org"]))
    } else if step.uses_any(&["rubygems/release-gem"]) {
        key("setup-trusted-publisher").filter(|entry| entry.value.text.trim() != "true")
    } else if step.uses_any(&["actions/setup-node"]) {
        key("always-auth")
            .filter(|entry| entry.value.text.trim() != "false")
            .filter(|_| is_at(&["registry-url"], &["https://registry.npmjs.org"]))
    } else {
        None
    }?;
    let message = format!(
        "`{name}` receives a long-lived token through `{}`; the registry supports trusted publishing",
        found.name
    );
    Some((found.key, message))
}

/// Programs and the words after them that publish, in this order; a word ending in `*` is a prefix.
const PUBLISHERS: [(&str, &[&str]); 22] = [
    ("cargo", &["publish"]),
    ("uv", &["publish"]),
    ("uv", &["run", "twine", "upload"]),
    ("uvx", &["twine*", "upload"]),
    ("hatch", &["publish"]),
    ("pdm", &["publish"]),
    ("poetry", &["publish"]),
    ("twine", &["upload"]),
    ("pipx", &["run", "twine*", "upload"]),
    ("python", &["-m", "twine", "upload"]),
    ("python3", &["-m", "twine", "upload"]),
    ("gem", &["push"]),
    ("bundle", &["exec", "gem", "push"]),
    ("npm", &["publish"]),
    ("yarn", &["publish"]),
    ("yarn", &["npm", "publish"]),
    ("pnpm", &["publish"]),
    ("bunx", &["npm*", "publish"]),
    ("bun", &["publish"]),
    ("nuget", &["push"]),
    ("nuget.exe", &["push"]),
    ("dotnet", &["nuget", "push"]),
];

/// Flags that make it a dry run.
const DRY: [&str; 2] = ["--dry-run", "-n"];

fn of_script(site: Site<'_>, run: &Text, reports: &mut Reports<'_>) {
    let text = run.text.as_bytes();
    let mut seen = Vec::new();
    for (program, wanted) in PUBLISHERS {
        for at in command::programs(text, program.as_bytes()).filter(|at| command::begins(text, *at)) {
            let command = command::read(text, at);
            let words: Vec<String> =
                command.words.iter().map(|word| String::from_utf8_lossy(&word.text).into_owned()).collect();
            let name = words.first().map_or("", String::as_str);
            let is_program = name == program || program.starts_with("python") && name.starts_with("python");
            if !is_program || seen.contains(&at) || words.iter().any(|word| DRY.contains(&word.as_str())) {
                continue;
            }
            let mut rest = words.iter().skip(1);
            let is_all = wanted.iter().all(|wanted| {
                rest.any(|word| match wanted.strip_suffix('*') {
                    Some(start) => word.starts_with(start),
                    None => word == wanted,
                })
            });
            if !is_all {
                continue;
            }
            seen.push(at);
            let span = site.locate(run, at..command.end);
            let what = format!("{program} {}", wanted.join(" ").replace('*', ""));
            let message = format!(
                "`{what}` publishes with a long-lived token, since the job has no `id-token: write`; the registry supports trusted publishing"
            );
            reports.at(site, span, message);
        }
    }
}
