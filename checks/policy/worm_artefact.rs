//! `worm-artefact`: files that worms of 2025 and 2026 leave in repositories.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Severity};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "worm-artefact",
        title: "trace of a supply-chain worm",
        severity: Severity::Critical,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "treat every credential of people who pushed here as stolen: revoke them first, then look for pushes and packages that are not yours",
        docs: r"
## What it does
Reports files that worms leave behind, by combinations that do not occur by accident:

- a workflow named `shai-hulud*.yml`;
- `discussion.yml` that runs text of a discussion on a self-hosted runner;
- `formatter_<digits>.yml` that reads all secrets at once;
- a runner with the label `SHA1HULUD`;
- `setup_bun.js` next to `bun_environment.js`;
- `router_init.js`, or a `setup.mjs` that settings start, in `.claude` or `.vscode`;
- lists of stolen secrets at the root: `actionsSecrets.json` or `truffleSecrets.json` with one of `cloud.json`,
  `contents.json` and `environment.json`, or with each other.

## Why is this bad
It was pushed with a stolen token. The worms collect every credential on the machine, publish it, and copy themselves
into the packages of their victims; some restart when the folder is opened in an editor.

## Example
```yaml
# .github/workflows/discussion.yml
on: discussion
jobs:
  process:
    runs-on: self-hosted
    steps:
      - run: echo ${{ github.event.discussion.body }}
```

## Use instead
No such file. Revoke the credentials, then restore the repository from an earlier commit.

## References
- <https://www.cisa.gov/news-events/alerts/2025/09/23/widespread-supply-chain-compromise-impacting-npm-ecosystem>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: false, run },
};

/// Lists of stolen secrets that have no other use, and files next to them.
const STOLEN: [&str; 2] = ["actionsSecrets.json", "truffleSecrets.json"];
const BESIDE: [&str; 3] = ["cloud.json", "contents.json", "environment.json"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    workflows(repository, reports);
    let telling = &repository.beside.telling;
    let has = |path: &[u8]| telling.iter().any(|known| known.as_bytes() == path);
    for path in telling {
        let (name, folder) = (path.file_name(), folder(path));
        let is_tool = [&b".claude/"[..], b".vscode/"].iter().any(|tool| folder.ends_with(tool));
        let is_started = || {
            let settings = [&b".claude/settings.json"[..], b".vscode/tasks.json"];
            let is_settings = |known: &&RepoPath| settings.iter().any(|one| known.as_bytes().ends_with(one));
            telling.iter().any(|known| is_settings(&known))
        };
        match name {
            b"bun_environment.js" if has(&[folder, b"setup_bun.js"].concat()) => {
                let message = "`setup_bun.js` and `bun_environment.js` are how Shai-Hulud starts".to_owned();
                reports.file(path, message);
            }
            b"router_init.js" if is_tool => {
                let message =
                    "`router_init.js` in the settings of an editor or agent starts a worm".to_owned();
                reports.file(path, message);
            }
            b"setup.mjs" if is_tool && is_started() => {
                let message =
                    "settings of an editor or agent start `setup.mjs`, the way a worm does".to_owned();
                reports.file(path, message);
            }
            _ => {}
        }
    }
    let at_root = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| has(name.as_bytes())).collect()
    };
    let (stolen, beside) = (at_root(&STOLEN), at_root(&BESIDE));
    if let Some(first) = stolen.first().filter(|_| stolen.len() + beside.len() > 1) {
        let names = [stolen.as_slice(), &beside].concat();
        let message =
            format!("lists of stolen secrets, as Shai-Hulud publishes them: `{}`", names.join("`, `"));
        reports.file(&RepoPath::from(*first), message);
    }
}

fn workflows(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.workflows {
        let name = file.path.file_name().to_ascii_lowercase();
        let stem = name.strip_suffix(b".yml").or_else(|| name.strip_suffix(b".yaml")).unwrap_or(&name);
        if stem.starts_with(b"shai-hulud") {
            reports
                .file(&file.path, "Shai-Hulud sends secrets away through a workflow of this name".to_owned());
        }
        let sites = || repository.steps().filter(|site| std::ptr::eq(site.file, file));
        let jobs = || repository.jobs().filter(|site| std::ptr::eq(site.file, file));
        let labels = || jobs().flat_map(|site| site.job.runs_on.iter().map(move |label| (site, label)));
        for (site, label) in labels().filter(|(_, label)| label.text.eq_ignore_ascii_case("SHA1HULUD")) {
            reports.at(
                site,
                label.span,
                "runners with the label `SHA1HULUD` are registered by a worm".to_owned(),
            );
        }
        let texts = || sites().filter_map(|site| Some((site, site.step?.run.as_ref()?)));
        let holds = |text: &Text, what: &str| text.text.to_ascii_lowercase().contains(what);
        let is_own = || labels().any(|(_, label)| label.text.eq_ignore_ascii_case("self-hosted"));
        if stem == b"discussion" && is_own() {
            let run = texts().find(|(_, run)| holds(run, "github.event.discussion"));
            if let Some((site, run)) = run {
                let message =
                    "text of a discussion runs on a self-hosted runner, as in Shai-Hulud's backdoor"
                        .to_owned();
                reports.at(site, run.span, message);
            }
        }
        let digits = stem.strip_prefix(b"formatter_").unwrap_or_default();
        if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
            let bytes = file.bytes.to_ascii_lowercase();
            if memchr::memmem::find(&bytes, b"tojson(secrets)").is_some() {
                let message =
                    "a workflow of this name that reads all secrets at once belongs to a worm".to_owned();
                reports.file(&file.path, message);
            }
        }
    }
}

/// The directory of a file, with its slash.
fn folder(path: &RepoPath) -> &[u8] {
    &path.as_bytes()[..path.as_bytes().len() - path.file_name().len()]
}
