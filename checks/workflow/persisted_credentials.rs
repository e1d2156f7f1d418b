//! `persisted-credentials`: checkouts that leave the token of the job on the disk.

use crate::engine::repository::{Repository, Site, fix};
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Step;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "persisted-credentials",
        title: "checkout that leaves its token on the disk",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "add `persist-credentials: false` to the `with:` of the checkout; a job that pushes with `git` keeps it, and says so by `persist-credentials: true`",
        docs: r"
## What it does
Reports each `actions/checkout` that says nothing of `persist-credentials`, which leaves the token of the job where
`git` and every later step can read it. All are one finding; checkouts whose job works with that token afterwards,
because it pushes, fetches or runs an action that does, are listed with what needs it. `persist-credentials: true` is
taken for meant, and an expression is not judged.

It is `low`, and `medium` where the token leaves the job or gets into hands of others:

- a later step uploads the whole workspace as an artifact, hidden files with it: `actions/upload-artifact` before 4.4,
  or with `include-hidden-files: true`;
- the checkout is of the head of a pull request, in a job that anyone starts with the rights of the repository.

Since version 6, `actions/checkout` keeps the token in a folder beside the workspace: no artifact of the workspace holds
it then.

## Why is this bad
Whatever runs later in the job, such as a test of a dependency, reads the token from `.git/config` and has what
`permissions` give it. An artifact of the workspace gives it to whoever may download artifacts, while the job runs.

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

`bartizan fix` adds `persist-credentials: false` where nothing in the job looks as if it needed the token.

## Known problems
What scripts of the repository do with `git` is not known: a job that calls `./release.sh` may need the token.

## References
- <https://github.com/actions/checkout#usage>
- <https://github.com/actions/upload-artifact#uploading-hidden-files>
",
    },
    run: Run::Repository { preset: Preset::Default, whole: false, run },
};

const MANY: &str = "checkouts leave the token of their job on the disk";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(step) = site.step.filter(|step| step.uses_any(&["actions/checkout"])) else { continue };
        let Some(uses) = step.uses.as_ref().filter(|_| step.computed_with.is_none()) else { continue };
        let said = step.input("persist-credentials").map(|value| value.text.trim());
        if said.is_some_and(|said| {
            said.eq_ignore_ascii_case("false") || said.eq_ignore_ascii_case("true") || said.contains("${{")
        }) {
            continue;
        }
        let is_beside = site.release_of(uses).is_some_and(|release| release[0] >= 6);
        let upload = site.steps_behind().iter().filter(|_| !is_beside);
        let upload =
            upload.filter(|upload| uploads_workspace(site, step, upload)).find_map(|step| step.uses.as_ref());
        let head = head(step).filter(|_| {
            let trust = repository.trust(site);
            !trust.privileged.is_empty() && trust.guard.is_none()
        });
        let used = repository.use_of_token(site);
        let name = uses.text.trim();
        let mut message = format!("`{name}` leaves the token of the job on the disk");
        let mut note = format!("`{name}`");
        if upload.is_some() {
            message.push_str(", and a later step uploads the workspace with it");
            note.push_str(", and the workspace is uploaded");
        } else if head.is_some() {
            message.push_str(", and the code is that of a pull request");
            note.push_str(", and the code is that of a pull request");
        }
        let mut item = "not used afterwards";
        if let Some(used) = &used {
            item = if used.writes { "used afterwards" } else { "perhaps used afterwards" };
            let verb = if used.writes { "uses" } else { "may use" };
            message.push_str(&format!("; the job {verb} it: {}", used.what));
            note.push_str(&format!("; the job {verb} it: {}", used.what));
        }
        if upload.is_some() {
            item = "uploaded with the workspace";
        }
        let severity = if upload.is_some() || head.is_some() { Severity::Medium } else { Severity::Low };
        let reported = reports.at(site, uses.span, message);
        reported.severity(severity).note(note).practice(item, MANY);
        // A job that works with the token would break.
        if used.is_none() && !may_push(site) {
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
            reported.trace(site.file, span, "works with the token".to_owned());
        }
    }
}

/// True if scripts of the job may push, for all that is known: its token may write code, or they are named so.
fn may_push(site: Site<'_>) -> bool {
    let names = |script: &str| {
        let lower = script.to_ascii_lowercase();
        ["push", "release", "publish", "deploy", "commit", "git "].iter().any(|word| lower.contains(word))
    };
    site.permissions().may_write("contents")
        || site.steps_behind().iter().filter_map(|step| step.run.as_ref()).any(|run| names(&run.text))
}

/// True if `step` uploads what `checkout` has put into the workspace, hidden files with it.
fn uploads_workspace(site: Site<'_>, checkout: &Step, step: &Step) -> bool {
    let Some(uses) = step.uses.as_ref().filter(|_| step.uses_any(&["actions/upload-artifact"])) else {
        return false;
    };
    let has_hidden = step.input("include-hidden-files").is_some_and(|said| said.text.trim() == "true");
    let leaves_out = site.release_of(uses).is_some_and(|release| release >= [4, 4, 0]);
    if leaves_out && !has_hidden {
        return false;
    }
    let Some(paths) = step.input("path") else { return false };
    let folder = checkout.input("path").map_or("", |path| bare(&path.text));
    paths.text.lines().map(bare).any(|path| path == ".." || path.is_empty() || path == folder)
}

/// A path without what stands for the workspace before it, and for all that is below it behind it.
fn bare(path: &str) -> &str {
    let path = path.trim();
    if path.is_empty() {
        // A blank line among the paths is none.
        return "\n";
    }
    let rest = path.strip_prefix("${{").and_then(|rest| rest.split_once("}}"));
    let path = match rest {
        Some((inside, rest)) if inside.trim() == "github.workspace" => rest,
        _ => path,
    };
    let path = path.trim_start_matches('/').trim_start_matches("./");
    let path = path.trim_end_matches(['*', '/']);
    if path == "." { "" } else { path }
}

/// What makes `checkout` one of the head of a pull request.
fn head(checkout: &Step) -> Option<&str> {
    let of_head = |name| {
        let value = checkout.input(name)?.text.as_str();
        let lower = value.to_ascii_lowercase();
        ["head_ref", ".head.", "head_sha", "head_branch", "refs/pull/"]
            .iter()
            .any(|sign| lower.contains(sign))
            .then_some(value)
    };
    of_head("ref").or_else(|| of_head("repository"))
}
