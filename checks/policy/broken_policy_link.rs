//! `broken-policy-link`: a link of the policy that leads to nothing.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::links::{Target, is_no_page};
use crate::engine::repository::policy::{Document, Policy, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Ruling, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "broken-policy-link",
        title: "link of the security policy that leads to nothing",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "point the link to where the file is, or take it out",
        docs: r"
## What it does
Reports links in the security policy to files that the repository does not have, links that lead out of the repository,
and addresses below it at GitHub that are no page there. In the README, badges of workflows that do not exist.

Links to pages of the forge (`../../security`), to headings, and to branches other than the one that is shown are left
alone; so are files that only come to be where the project runs.

## Why is this bad
What the policy refers to, a key, a form, a contact, cannot be found by whoever needs it.

## Example
```markdown
Use one of the [chat options](../information/contact.md).
```
in `SECURITY.md` at the root.

## Use instead
```markdown
Use one of the [chat options](docs/information/contact.md).
```
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "file-link";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    if repository.paths.is_empty() {
        return reports.not_applicable();
    }
    for document in &repository.policy.documents {
        let is_policy = document.role == Role::Policy;
        for sentence in document.sentences() {
            links(repository, document, &sentence, is_policy, reports);
            if is_policy {
                named(repository, &sentence, reports);
            }
        }
    }
    for declared in &repository.policy.declared {
        let entries = ["policy", "security-policy"].into_iter().flat_map(|key| declared.ending(key));
        for (entry, place) in entries {
            let Target::Path(path) = repository.policy.target(&declared.path, &entry.value) else { continue };
            let shown = RepoPath::new(path.as_slice()).shown();
            let (ruling, reason) = match exists(repository, &path) {
                true => (Ruling::Upheld, format!("there is `{shown}`")),
                false => (Ruling::Contradicted, format!("there is no `{shown}`")),
            };
            reports.claim(place, KIND, &entry.value, (ruling, reason));
        }
    }
}

/// True if the repository has a file or a folder at `path`.
fn exists(repository: &Repository, path: &[u8]) -> bool {
    let folder = [path, b"/"].concat();
    let start = repository.paths.partition_point(|known| known.as_bytes() < folder.as_slice());
    path.is_empty()
        || repository.has_path(path)
        || repository.paths.get(start).is_some_and(|known| known.as_bytes().starts_with(&folder))
}

fn links(
    repository: &Repository,
    document: &Document,
    sentence: &Sentence<'_>,
    is_policy: bool,
    reports: &mut Reports<'_>,
) {
    let policy: &Policy = &repository.policy;
    let piece = sentence.part.piece;
    for link in &piece.links {
        let is_here = sentence.range.contains(&link.text.start)
            || link.text.start == sentence.range.start && link.text.is_empty();
        if !is_here {
            continue;
        }
        let target = policy.target(&document.path, &link.target);
        let place = (&document.path, link.span);
        let about = link.target.as_str();
        // Badges of workflows, in whatever text.
        if let Target::Page(page) = &target
            && let Some(file) = workflow(page)
        {
            let path = format!(".github/workflows/{file}");
            let (ruling, reason) = match exists(repository, path.as_bytes()) {
                true => (Ruling::Upheld, format!("there is a workflow `{path}`")),
                false if sentence.is_put_off() => continue,
                false => (Ruling::Contradicted, format!("there is no workflow `{path}`")),
            };
            reports.claim(place, KIND, about, (ruling, reason));
            continue;
        }
        if !is_policy {
            continue;
        }
        match target {
            Target::Path(path) if exists(repository, &path) => {
                let shown = RepoPath::new(path.as_slice()).shown();
                reports.claim(place, KIND, about, (Ruling::Upheld, format!("there is `{shown}`")));
            }
            _ if sentence.is_put_off() => {}
            Target::Path(path) => {
                let shown = RepoPath::new(path.as_slice()).shown();
                let reason = match moved(repository, &path) {
                    Some(other) => format!("there is no `{shown}`; `{}` is called so", other.shown()),
                    None => format!("there is no `{shown}`"),
                };
                reports.claim(place, KIND, about, (Ruling::Contradicted, reason));
            }
            Target::Outside => {
                let name = link.target.rsplit('/').next().unwrap_or("").split('#').next().unwrap_or("");
                let reason = match moved(repository, name.as_bytes()) {
                    Some(other) => {
                        format!("the link leads out of the repository; `{}` is called so", other.shown())
                    }
                    None => "the link leads out of the repository".to_owned(),
                };
                reports.claim(place, KIND, about, (Ruling::Contradicted, reason));
            }
            Target::Page(page) if is_no_page(&page) => {
                let reason = format!(
                    "GitHub has no page `{page}` below a repository: files are below `blob` and a branch"
                );
                reports.claim(place, KIND, about, (Ruling::Contradicted, reason));
            }
            Target::Page(_) | Target::Other(..) | Target::Elsewhere => {}
        }
    }
}

/// The file of a workflow that a page of the forge is about.
fn workflow(page: &str) -> Option<&str> {
    let file = page.strip_prefix("actions/workflows/")?.split(['/', '?', '#']).next()?;
    (file.ends_with(".yml") || file.ends_with(".yaml")).then_some(file)
}

/// Another file with the same name.
fn moved<'a>(repository: &'a Repository, path: &[u8]) -> Option<&'a RepoPath> {
    let name = path.rsplit(|byte| *byte == b'/').next().filter(|name| !name.is_empty())?;
    repository.paths.iter().find(|known| known.file_name().eq_ignore_ascii_case(name))
}

/// Files that a sentence names, set as code.
fn named(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let piece = sentence.part.piece;
    for code in piece.code.iter().filter(|code| sentence.range.contains(&code.start)) {
        let Some(text) = piece.text.get(code.clone()) else { continue };
        let path = text.trim().trim_start_matches("./").trim_end_matches('/');
        let is_path = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-+".contains(&byte))
            && path.len() > 3;
        let is_link = piece.links.iter().any(|link| link.text.contains(&code.start));
        if !is_path || is_link || path.starts_with(['/', '~']) || path.starts_with("..") {
            continue;
        }
        let place = (&sentence.part.document.path, piece.locate(code.clone()));
        let has_folder = path.contains('/');
        let is_file = path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.find('.').is_some_and(|at| at > 0 && at + 1 < name.len()));
        let suffix = format!("/{path}");
        let is_there = exists(repository, path.as_bytes())
            || has_folder
                && is_file
                && repository.paths.iter().any(|known| known.as_bytes().ends_with(suffix.as_bytes()));
        if is_there && (has_folder || is_file) && sentence.is_asserted() {
            reports.claim(place, KIND, path, (Ruling::Upheld, format!("there is `{path}`")));
        } else if !is_there
            && is_file
            && path.starts_with(".github/")
            && sentence.is_asserted()
            && !sentence.is_put_off()
        {
            // What is below this folder is read by the forge, and comes to be nowhere else.
            reports.claim(place, KIND, path, (Ruling::Contradicted, format!("there is no `{path}`")));
        }
    }
}
