//! `whole-context-copied`: images with all that lies beside their Dockerfile.

use crate::engine::repository::Repository;
use crate::engine::repository::dockerfiles::Dockerfile;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Severity};
use crate::parse::dockerfile::Keyword;

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
Reports `COPY . …` and `ADD . …` into an image where there is no `.dockerignore`, beside the Dockerfile, in a folder
above, or under its own name. Stages of which only files are taken are left out. All are one finding.

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
Whether anything lies there that must not be in the image is not known.

## References
- <https://docs.docker.com/build/concepts/context/#dockerignore-files>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Dockerfiles, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        if has_list(repository, file) {
            continue;
        }
        for keyword in [Keyword::Copy, Keyword::Add] {
            for one in file.instructions(keyword) {
                if one.flags("from").next().is_some() || !file.file.is_in_image(one) {
                    continue;
                }
                let sources = one.words.len().saturating_sub(1);
                let whole = |text: &str| matches!(text, "." | "./" | "*" | "./*");
                let Some(word) = one.words.iter().take(sources).find(|word| whole(&word.text)) else {
                    continue;
                };
                let message = "all that lies there is copied into the image, for there is no `.dockerignore`";
                reports
                    .span(&file.path, word.span, message.to_owned())
                    .severity(file.class.capped(Severity::Low))
                    .note(format!("`{}`", keyword.as_str()))
                    .practice(
                        format!("`{} .`", keyword.as_str()),
                        "places copy all that lies beside a Dockerfile",
                    );
            }
        }
    }
}

/// True if something says what is not sent to the build of `file`.
fn has_list(repository: &Repository, file: &Dockerfile) -> bool {
    let has = |path: &[u8]| repository.unsent.binary_search(&RepoPath::new(path)).is_ok();
    let own = [file.path.as_bytes(), b".dockerignore"].concat();
    let mut folder = file.path.folder();
    loop {
        if has(&[folder, b".dockerignore"].concat()) || has(&[folder, b".containerignore"].concat()) {
            return true;
        }
        if folder.is_empty() {
            return has(&own);
        }
        let above = &folder[..folder.len() - 1];
        folder = &folder[..memchr::memrchr(b'/', above).map_or(0, |slash| slash + 1)];
    }
}
