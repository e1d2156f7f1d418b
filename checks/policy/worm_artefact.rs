//! `worm-artefact`: files that worms of 2025 and 2026 have left in repositories.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Severity};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "worm-artefact",
        title: "trace of a worm",
        severity: Severity::Critical,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "take every credential of those who pushed here for stolen: revoke them first, then look for pushes and packages that are not yours",
        docs: r"
## What it does
Reports what worms leave behind, by signs that do not come together by accident:

- a workflow called `shai-hulud*.yml`;
- `discussion.yml` that runs what someone writes into a discussion, on a machine of one's own;
- `formatter_<digits>.yml` that takes all secrets at once;
- a machine with the label `SHA1HULUD`;
- `setup_bun.js` beside `bun_environment.js`;
- `router_init.js`, or a `setup.mjs` that settings start, in `.claude` or `.vscode`;
- lists of stolen secrets at the root: `actionsSecrets.json` or `truffleSecrets.json` with one of `cloud.json`,
  `contents.json` and `environment.json`, or with one another.

## Why is this bad
Whoever has pushed this had someone's token. The worms collect every credential on the machine, publish it, and put
themselves into the packages of their victims; some start again when the folder is opened in an editor.

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
No such file. Restore the repository from a commit before it, after the credentials were revoked.

## References
- <https://www.cisa.gov/news-events/alerts/2025/09/23/widespread-supply-chain-compromise-impacting-npm-ecosystem>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: false, run },
};

/// Lists of stolen secrets that have no other use, and what lies beside them.
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
                    "`router_init.js` among settings of an editor or agent is how a worm starts".to_owned();
                reports.file(path, message);
            }
            b"setup.mjs" if is_tool && is_started() => {
                let message =
                    "settings of an editor or agent start `setup.mjs`, as a worm has them do".to_owned();
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
                .file(&file.path, "a workflow of this name is how Shai-Hulud sends secrets away".to_owned());
        }
        let sites = || repository.steps().filter(|site| std::ptr::eq(site.file, file));
        let jobs = || repository.jobs().filter(|site| std::ptr::eq(site.file, file));
        let labels = || jobs().flat_map(|site| site.job.runs_on.iter().map(move |label| (site, label)));
        for (site, label) in labels().filter(|(_, label)| label.text.eq_ignore_ascii_case("SHA1HULUD")) {
            reports.at(
                site,
                label.span,
                "a machine with the label `SHA1HULUD` is one that a worm has registered".to_owned(),
            );
        }
        let texts = || sites().filter_map(|site| Some((site, site.step?.run.as_ref()?)));
        let holds = |text: &Text, what: &str| text.text.to_ascii_lowercase().contains(what);
        let is_own = || labels().any(|(_, label)| label.text.eq_ignore_ascii_case("self-hosted"));
        if stem == b"discussion" && is_own() {
            let run = texts().find(|(_, run)| holds(run, "github.event.discussion"));
            if let Some((site, run)) = run {
                let message = "on a machine of one's own, what anyone writes into a discussion is run, as Shai-Hulud has it".to_owned();
                reports.at(site, run.span, message);
            }
        }
        let digits = stem.strip_prefix(b"formatter_").unwrap_or_default();
        if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
            let bytes = file.bytes.to_ascii_lowercase();
            if memchr::memmem::find(&bytes, b"tojson(secrets)").is_some() {
                let message =
                    "a workflow of this name that takes all secrets at once is that of a worm".to_owned();
                reports.file(&file.path, message);
            }
        }
    }
}

/// The folder that a file is in, with its slash.
fn folder(path: &RepoPath) -> &[u8] {
    &path.as_bytes()[..path.as_bytes().len() - path.file_name().len()]
}
