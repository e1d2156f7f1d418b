//! `whole-context-copied`: images with all that lies beside their Dockerfile.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "whole-context-copied",
        title: "image with all that lies beside its Dockerfile",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Container,
        remedy: "copy what is needed by name, or list the rest in a `.dockerignore`: `.git`, `.env`, keys, and what builds leave",
        docs: r"
## What it does
Reports `COPY . …` and `ADD . …` into an image:

- where a file with credentials lies there, such as an `.env` with values, and no line of a `.dockerignore` leaves it out:
  `medium`, and `high` if it is a private key;
- where there is no `.dockerignore`, beside the Dockerfile, in a folder above, or under its own name: `low`, and all of
  these are one finding.

Stages of which only files are taken are left out.

## Why is this bad
`.git` with all of its history, an `.env`, and keys that lie there on the machine that builds get into the image, and stay
in a layer of it even if a later command deletes them.

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
What lies there is looked for by the usual names, in the folder of the list if there is one, else in that of the
Dockerfile: from where an image is built is not known.

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
                let message = format!("`{keyword} .` takes `{name}`, {what}, into the image{more}");
                reports
                    .span(&file.path, word.span, message)
                    .severity(file.class.capped(severity))
                    .note(format!("`{name}`"));
            } else if !context.is_listed {
                let message = "all that lies there is copied into the image, for there is no `.dockerignore`";
                reports
                    .span(&file.path, word.span, message.to_owned())
                    .severity(file.class.capped(Severity::Low))
                    .note(format!("`{keyword}`"))
                    .practice(format!("`{keyword} .`"), "places copy all that lies beside a Dockerfile");
            }
        }
    }
}
