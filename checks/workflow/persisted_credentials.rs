//! `persisted-credentials`: checkouts that persist the job's token on disk.

use std::collections::HashMap;

use crate::engine::repository::git::Use;
use crate::engine::repository::{Repository, Site, fix};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Step, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "persisted-credentials",
        title: "checkout that persists its token on disk",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "add `persist-credentials: false` to the `with:` of the checkout; a job that pushes with `git` sets `persist-credentials: true` explicitly",
        docs: r"
## What it does
Reports each `actions/checkout` without `persist-credentials`, which leaves the token of the job where `git` and every
later step can read it. All are one finding; if the job uses that token afterwards, because it pushes, fetches or runs
an action that does, the finding lists what needs it. `persist-credentials: true` counts as intended, and expressions
are not evaluated.

It is `low`, and `medium` where the token can leave the job:

- a later step uploads the whole workspace as an artifact, hidden files with it: `actions/upload-artifact` before 4.4,
  or with `include-hidden-files: true`;
- the checkout is the head of a pull request, in a job that anyone can start with the rights of the repository.

Since version 6, `actions/checkout` keeps the token outside the workspace, so artifacts of the workspace do not contain
it.

## Why is this bad
Anything that runs later in the job, such as a test of a dependency, can read the token from `.git/config` and use its
`permissions`. An artifact of the workspace exposes it to anyone who may download artifacts while the job runs.

## Example
```yaml
- uses: actions/checkout@v4
```

## Use instead
```yaml
- uses: actions/checkout@v4
  with:
    persist-credentials: false
```

`bartizan fix` adds `persist-credentials: false` where nothing in the job appears to need the token.

## Known problems
What scripts of the repository do with `git` is not known: a job that calls `./release.sh` may need the token.

## References
- <https://github.com/actions/checkout#usage>
- <https://github.com/actions/upload-artifact#uploading-hidden-files>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

const MANY: &str = "checkouts persist the job's token on disk";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.files() {
        for job in &file.workflow.jobs {
            assess(repository, Site { file, job, step: None }, reports);
        }
    }
}

/// What each checkout of a job needs to know about the job.
struct Facts<'a> {
    /// What uses the token, for each step: in it or after it.
    used: Vec<Option<Use>>,
    /// The last step, by number, that uploads folders including hidden files, and its action.
    uploads: HashMap<&'a str, (usize, &'a Text)>,
    /// The last step whose script may push.
    pushes: Option<usize>,
}

impl<'a> Facts<'a> {
    fn of(repository: &Repository, site: Site<'a>) -> Self {
        let mut uploads = HashMap::new();
        let mut pushes = None;
        for (number, step) in site.job.steps.iter().enumerate() {
            if let Some(uses) = &step.uses {
                let paths = uploaded(site, step, uses);
                uploads.extend(paths.map(|path| (path, (number, uses))));
            }
            if step.run.as_ref().is_some_and(|run| may_push(&run.text)) {
                pushes = Some(number);
            }
        }
        Self { used: repository.uses_of_token(site), uploads, pushes }
    }

    /// The action after step `number` that uploads what was checked out into `folder`.
    fn upload(&self, number: usize, folder: &str) -> Option<&'a Text> {
        let found = ["..", "", folder].into_iter().filter_map(|path| self.uploads.get(path));
        found.filter(|(at, _)| *at > number).map(|(_, uses)| *uses).next()
    }
}

fn assess(repository: &Repository, job: Site<'_>, reports: &mut Reports<'_>) {
    let mut facts = None;
    for (number, step) in job.job.steps.iter().enumerate() {
        if !step.uses_any(&["actions/checkout"]) || step.computed_with.is_some() {
            continue;
        }
        let Some(uses) = &step.uses else { continue };
        let said = step.input("persist-credentials").map(|value| value.text.trim());
        if said.is_some_and(|said| {
            said.eq_ignore_ascii_case("false") || said.eq_ignore_ascii_case("true") || said.contains("${{")
        }) {
            continue;
        }
        let site = Site { step: Some(step), ..job };
        let facts = facts.get_or_insert_with(|| Facts::of(repository, job));
        let is_beside = site.release_of(uses).is_some_and(|release| release[0] >= 6);
        let folder = step.input("path").map_or("", |path| bare(&path.text));
        let upload = facts.upload(number, folder).filter(|_| !is_beside);
        let is_head = is_head(step) && {
            let trust = repository.trust(site);
            !trust.privileged.is_empty() && trust.guard.is_none()
        };
        let used = facts.used.get(number).and_then(Option::as_ref);
        let name = uses.text.trim();
        let (mut item, mut more) = ("not used afterwards", String::new());
        if let Some(used) = used {
            item = if used.writes { "used afterwards" } else { "possibly used afterwards" };
        }
        if upload.is_some() {
            item = "uploaded with the workspace";
            more.push_str(", and a later step uploads the workspace with it");
        } else if is_head {
            more.push_str(", and the code is from a pull request");
        }
        if let Some(used) = used {
            let verb = if used.writes { "uses" } else { "may use" };
            more.push_str(&format!("; the job {verb} it: {}", used.what));
        }
        let severity = if upload.is_some() || is_head { Severity::Medium } else { Severity::Low };
        let reported =
            reports.at(site, uses.span, format!("`{name}` leaves the token of the job on disk{more}"));
        reported.severity(severity).note(format!("`{name}`{more}")).practice(item, MANY);
        // A job that uses the token would break.
        let may_push =
            facts.pushes.is_some_and(|last| last > number) || site.permissions().may_write("contents");
        if used.is_none() && !may_push {
            reported.fix(fix::without_credentials(site));
        }
        if let Some(upload) = upload {
            reported.confidence(Confidence::High).trace(
                site.file,
                upload.span,
                "uploads the workspace".to_owned(),
            );
        }
        if let Some(span) = used.and_then(|used| used.span) {
            reported.trace(site.file, span, "uses the token".to_owned());
        }
    }
}

/// True if a script may push, assessing by its words.
fn may_push(script: &str) -> bool {
    let lower = script.to_ascii_lowercase();
    ["push", "release", "publish", "deploy", "commit", "git "].iter().any(|word| lower.contains(word))
}

/// The folders that `step` uploads including hidden files.
fn uploaded<'a>(site: Site<'_>, step: &'a Step, uses: &Text) -> impl Iterator<Item = &'a str> {
    let is_it = step.uses_any(&["actions/upload-artifact"]) && {
        let has_hidden = step.input("include-hidden-files").is_some_and(|said| said.text.trim() == "true");
        has_hidden || site.release_of(uses).is_none_or(|release| release < [4, 4, 0])
    };
    let paths = step.input("path").filter(|_| is_it);
    paths.into_iter().flat_map(|paths| paths.text.lines()).filter(|path| !path.trim().is_empty()).map(bare)
}

/// A path without the workspace prefix and a trailing "everything below" pattern.
fn bare(path: &str) -> &str {
    let path = path.trim();
    let rest = path.strip_prefix("${{").and_then(|rest| rest.split_once("}}"));
    let path = match rest {
        Some((inside, rest)) if inside.trim() == "github.workspace" => rest,
        _ => path,
    };
    let path = path.trim_start_matches('/').trim_start_matches("./");
    let path = path.trim_end_matches(['*', '/']);
    if path == "." { "" } else { path }
}

/// True if `checkout` takes the head of a pull request.
fn is_head(checkout: &Step) -> bool {
    ["ref", "repository"].iter().filter_map(|name| checkout.input(name)).any(|value| {
        let lower = value.text.to_ascii_lowercase();
        ["head_ref", ".head.", "head_sha", "head_branch", "refs/pull/"]
            .iter()
            .any(|sign| lower.contains(sign))
    })
}
