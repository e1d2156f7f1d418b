//! `broken-policy-link`: a broken link in the security policy.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::links::{Target, is_no_page};
use crate::engine::repository::policy::{Document, Policy, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Ruling, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "broken-policy-link",
        title: "broken link in the security policy",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "point the link to the file's location, or remove it",
        docs: r"
## What it does
Reports links in the security policy to missing files, links that leave the repository, and GitHub URLs of the
repository that are not valid pages. In the README, badges of missing workflows.

Links to pages of the forge (`../../security`), to headings and to other branches are not checked, nor are files that
are only created at run time.

## Why is this bad
A key, form or contact that the policy refers to cannot be found by the people who need it.

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
                true => (Ruling::Upheld, format!("`{shown}` exists")),
                false => (Ruling::Contradicted, format!("`{shown}` does not exist")),
            };
            reports.claim(place, KIND, &entry.value, (ruling, reason));
        }
    }
}

/// True if the repository has a file or directory at `path`.
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
        // Workflow badges, in any text.
        if let Target::Page(page) = &target
            && let Some(file) = workflow(page)
        {
            let path = format!(".github/workflows/{file}");
            let (ruling, reason) = match exists(repository, path.as_bytes()) {
                true => (Ruling::Upheld, format!("the workflow `{path}` exists")),
                false if sentence.is_put_off() => continue,
                false => (Ruling::Contradicted, format!("the workflow `{path}` does not exist")),
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
                reports.claim(place, KIND, about, (Ruling::Upheld, format!("`{shown}` exists")));
            }
            _ if sentence.is_put_off() => {}
            Target::Path(path) => {
                let shown = RepoPath::new(path.as_slice()).shown();
                let reason = match moved(repository, &path) {
                    Some(other) => format!("`{shown}` does not exist; did you mean `{}`?", other.shown()),
                    None => format!("`{shown}` does not exist"),
                };
                reports.claim(place, KIND, about, (Ruling::Contradicted, reason));
            }
            Target::Outside => {
                let name = link.target.rsplit('/').next().unwrap_or("").split('#').next().unwrap_or("");
                let reason = match moved(repository, name.as_bytes()) {
                    Some(other) => {
                        format!("the link leaves the repository; did you mean `{}`?", other.shown())
                    }
                    None => "the link leaves the repository".to_owned(),
                };
                reports.claim(place, KIND, about, (Ruling::Contradicted, reason));
            }
            Target::Page(page) if is_no_page(&page) => {
                let reason = format!(
                    "GitHub has no page `{page}` in a repository: file links need `blob` and a branch"
                );
                reports.claim(place, KIND, about, (Ruling::Contradicted, reason));
            }
            Target::Page(_) | Target::Other(..) | Target::Elsewhere => {}
        }
    }
}

/// The workflow file that a forge page is about.
fn workflow(page: &str) -> Option<&str> {
    let file = page.strip_prefix("actions/workflows/")?.split(['/', '?', '#']).next()?;
    (file.ends_with(".yml") || file.ends_with(".yaml")).then_some(file)
}

/// Another file with the same name.
fn moved<'a>(repository: &'a Repository, path: &[u8]) -> Option<&'a RepoPath> {
    let name = path.rsplit(|byte| *byte == b'/').next().filter(|name| !name.is_empty())?;
    repository.paths.iter().find(|known| known.file_name().eq_ignore_ascii_case(name))
}

/// Files that a sentence names in code spans.
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
            reports.claim(place, KIND, path, (Ruling::Upheld, format!("`{path}` exists")));
        } else if !is_there
            && is_file
            && path.starts_with(".github/")
            && sentence.is_asserted()
            && !sentence.is_put_off()
        {
            // The forge reads this directory; its files are not generated elsewhere.
            reports.claim(place, KIND, path, (Ruling::Contradicted, format!("`{path}` does not exist")));
        }
    }
}
