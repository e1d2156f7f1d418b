//! `whole-context-copied`: images with the whole build context.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "whole-context-copied",
        title: "image with the whole build context",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Container,
        remedy: "copy what is needed by name, or list the rest in a `.dockerignore`: `.git`, `.env`, keys, and build output",
        docs: r"
## What it does
Reports `COPY . …` and `ADD . …` into an image:

- if the context contains a file with credentials, such as an `.env` with values, that no `.dockerignore` excludes:
  `medium`, and `high` for a private key;
- if no `.dockerignore` exists next to the Dockerfile, in a parent directory, or under the Dockerfile's name: `low`, all
  as one finding.

Stages from which only files are copied are skipped.

## Why is this bad
`.git` with its whole history, an `.env`, and keys on the build machine get into the image, and stay in a layer even if
a later command deletes them.

## Example
```dockerfile
COPY . /app
```

## Use instead
```dockerfile
COPY src/ /app/src/
COPY package.json package-lock.json /app/
```

## Known problems
Credential files are found by their usual names, in the directory of the `.dockerignore` if it exists, otherwise in that
of the Dockerfile: the build context itself is not known.

## References
- <https://docs.docker.com/build/concepts/context/#dockerignore-files>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Dockerfiles, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        let context = &file.context;
        for (one, word) in file.whole_copies() {
            let keyword = one.keyword.as_str();
            if let Some(first) = context.credentials.iter().max_by_key(|one| one.is_key) {
                let name = text::escaped(&String::from_utf8_lossy(first.path.as_bytes()));
                let what = if first.is_key { "a private key" } else { "a file with credentials" };
                let more = match context.credentials.len() {
                    1 => String::new(),
                    count => format!(", and {} further files with credentials", count - 1),
                };
                let severity = if first.is_key { Severity::High } else { Severity::Medium };
                let message = format!("`{keyword} .` copies `{name}`, {what}, into the image{more}");
                reports
                    .span(&file.path, word.span, message)
                    .severity(file.class.capped(severity))
                    .note(format!("`{name}`"));
            } else if !context.is_listed {
                let message = "the whole build context is copied into the image, without a `.dockerignore`";
                reports
                    .span(&file.path, word.span, message.to_owned())
                    .severity(file.class.capped(Severity::Low))
                    .note(format!("`{keyword}`"))
                    .practice(format!("`{keyword} .`"), "places copy the whole build context");
            }
        }
    }
}
