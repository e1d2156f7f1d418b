//! `plain-http-hook`: pre-commit hooks that are fetched without encryption.

use crate::engine::repository::{Kind, Repository};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::text::without_login;
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "plain-http-hook",
        title: "pre-commit hook fetched without encryption",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write `https://` instead",
        docs: r"
## What it does
Reports a `repo` in `.pre-commit-config.yaml` that is fetched over `http://` or `git://`. The local machine is exempt.

## Why is this bad
Neither protocol authenticates the server. Anyone on the network path, such as the owner of a wireless network, can
serve another repository, whose code then runs on the machines of everyone who installs the hooks, with their rights and
keys.

## Example
```yaml
repos:
  - repo: http://github.com/example/hooks
    rev: v1.2.0
```

## Use instead
```yaml
repos:
  - repo: https://github.com/example/hooks
    rev: v1.2.0
```

## References
- <https://pre-commit.com/#repos-repo>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for document in repository.documents(Kind::HookConfig) {
        let entries = document.yaml.root().get("repos").into_iter().flat_map(Value::items);
        for repo in entries.filter_map(|entry| entry.get("repo")) {
            let Some(url) = repo.text().map(str::trim).filter(|url| is_plain(url)) else { continue };
            let message = format!(
                "the hooks of `{}` are fetched over a connection that anyone on the network path can tamper with",
                without_login(url)
            );
            reports.span(&document.path, repo.span(), message);
        }
    }
}

fn is_plain(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split('/').next().unwrap_or("");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_here = matches!(name, "localhost" | "[::1]") || name.starts_with("127.");
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("git")) && !is_here
}
