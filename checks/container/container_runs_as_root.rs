//! `container-runs-as-root`: images whose containers run as root.

use crate::engine::repository::Repository;
use crate::engine::repository::bases::{Runs, runs};
use crate::engine::repository::dockerfiles::Dockerfile;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::dockerfile::{Base, Keyword};
use crate::parse::image::Image;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "container-runs-as-root",
        title: "container that runs as root",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "make a user, give it the files that it writes, and name it last, by number: `USER 10001`",
        docs: r#"
## What it does
Reports Dockerfiles of which the last stage, or one that it is built on, ends with `USER root` or `USER 0`, which is
`medium`, and those that set no user on a base that is known to run as root, which is `low`. All are one finding.
Arguments have their defaults. Where a program such as `gosu` is there, by which an entrypoint gives root up, it is `low`.

## Why is this bad
Who gets code to run in the container is root in it: it writes where it wants in it, and one fault of the kernel or of
the runtime, or one mounted path, is enough to be root outside.

## Example
```dockerfile
FROM node:24-slim
COPY . /app
CMD ["node", "/app"]
```

## Use instead
```dockerfile
FROM node:24-slim
COPY . /app
USER 10001
CMD ["node", "/app"]
```

## Known problems
Of a base that is not known nothing is said. One is taken to run as someone else if its name says so (`nonroot`,
`rootless`, images of Chainguard and Bitnami): by its name alone, for no image is looked at.

## References
- <https://docs.docker.com/build/building/best-practices/#user>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

const MANY: &str = "Dockerfiles make containers that run as root";
/// Programs that start another one as someone else.
const STEPPERS: [&str; 8] =
    ["gosu", "su-exec", "setpriv", "s6-setuidgid", "runuser", "chpst", "s6-overlay", "fixuid"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        judge(file, reports);
    }
}

fn judge(file: &Dockerfile, reports: &mut Reports<'_>) {
    let Some(last) = file.file.last() else { return };
    let steps_down = match steps_down(file) {
        Steps::Certainly => return,
        Steps::Perhaps => true,
        Steps::No => false,
    };
    let (span, severity, item, message) = match file.file.user() {
        Some((instruction, user)) => {
            let name = user.text.split(':').next().unwrap_or("");
            let is_root = !user.is_open && (name == "root" || is_zero(name));
            if !is_root {
                return;
            }
            let severity = if steps_down { Severity::Low } else { Severity::Medium };
            let message = format!("the last `USER` is `{name}`, so that the container runs as root");
            (instruction.span, severity, format!("`USER {name}`"), message)
        }
        None => {
            let base = file.file.lineage().last().map(|stage| &stage.base);
            let base = match base {
                Some(Base::Scratch) => "scratch".to_owned(),
                Some(Base::Image(text)) => match Image::parse(text) {
                    Some(image) if runs(&image) == Runs::Root => image.repository().to_owned(),
                    _ => return,
                },
                _ => return,
            };
            let message =
                format!("no `USER` is set, and on `{base}` the container runs as root unless one is");
            (last.span, Severity::Low, base, message)
        }
    };
    let reported = reports.span(&file.path, span, message).severity(file.class.capped(severity));
    reported.note(item.clone()).practice(item, MANY);
    if steps_down {
        let proof =
            "a program is there by which an entrypoint can give root up; whether it does is not known";
        reported.confidence(Confidence::Low).proof(proof.to_owned());
    }
}

fn is_zero(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte == b'0')
}

/// Whether what the container starts gives root up.
enum Steps {
    Certainly,
    Perhaps,
    No,
}

fn steps_down(file: &Dockerfile) -> Steps {
    let instructions = || file.file.lineage().flat_map(|stage| file.file.instructions_of(stage));
    let is_start = |keyword| matches!(keyword, Keyword::Entrypoint | Keyword::Cmd);
    let mut starts = file.scripts.iter().filter(|script| {
        let one = file.file.instructions.get(script.instruction);
        one.is_some_and(|one| is_start(one.keyword) && file.file.is_in_image(one))
    });
    let is_stepper = |word: &str| STEPPERS.contains(&word.rsplit('/').next().unwrap_or(word));
    if starts
        .any(|script| script.commands.iter().any(|one| one.words.iter().any(|word| is_stepper(&word.text))))
    {
        return Steps::Certainly;
    }
    let names = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| STEPPERS.contains(&word))
    };
    let mut relevant =
        instructions().filter(|one| matches!(one.keyword, Keyword::Run | Keyword::Copy | Keyword::Add));
    if relevant.any(|one| names(&one.text.text)) { Steps::Perhaps } else { Steps::No }
}
