//! `container-runs-as-root`: images whose containers run as root.

use crate::engine::repository::Repository;
use crate::engine::repository::dockerfiles::Dockerfile;
use crate::engine::repository::user::{Root, User};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

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
Arguments have their defaults. A base of which only the start gives root up counts where the image starts something
else. Where a program such as `gosu` is there, by which an entrypoint gives root up, it is `low`.

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
fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.dockerfiles {
        if let User::Root(root) = file.runs_as() {
            report(file, root, reports);
        }
    }
}

fn report(file: &Dockerfile, root: Root, reports: &mut Reports<'_>) {
    let (severity, item, message) = match root.named {
        Some(name) => {
            let severity = if root.may_step_down { Severity::Low } else { Severity::Medium };
            let message = format!("the last `USER` is `{name}`, so that the container runs as root");
            (severity, format!("`USER {name}`"), message)
        }
        None => {
            let base = root.base;
            let message = match root.starts_other {
                true => {
                    format!("no `USER` is set, and the start of `{base}`, which gives root up, is replaced")
                }
                false => {
                    format!("no `USER` is set, and on `{base}` the container runs as root unless one is")
                }
            };
            (Severity::Low, base, message)
        }
    };
    let reported = reports.span(&file.path, root.span, message).severity(file.class.capped(severity));
    reported.note(item.clone()).practice(item, MANY);
    if root.may_step_down {
        let proof =
            "a program is there by which an entrypoint can give root up; whether it does is not known";
        reported.confidence(Confidence::Low).proof(proof.to_owned());
    }
}
