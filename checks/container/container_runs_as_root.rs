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
        remedy: "create a user, give it the files it writes, and set it last, by number: `USER 10001`",
        docs: r#"
## What it does
Reports Dockerfiles whose last stage, or a stage it builds on, ends with `USER root` or `USER 0` (`medium`), and those
that set no user on a base known to run as root (`low`). All are one finding. Arguments take their defaults. A base
whose entrypoint drops root is reported if the image replaces that entrypoint. With a program such as `gosu`, which an
entrypoint can use to drop root, it is `low`.

## Why is this bad
Anyone who gets code to run in the container is root there: they can write anywhere in it, and one kernel or runtime
flaw, or one mounted path, is enough to become root on the host.

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
Unknown bases are not reported. A base is treated as non-root by its name alone (`nonroot`, `rootless`, images of
Chainguard and Bitnami); images are not inspected.

## References
- <https://docs.docker.com/build/building/best-practices/#user>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Dockerfiles, whole: false, run },
};

const MANY: &str = "Dockerfiles build images that run as root";
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
            let message = format!("the last `USER` is `{name}`, so the container runs as root");
            (severity, format!("`USER {name}`"), message)
        }
        None => {
            let base = root.base;
            let message = match root.starts_other {
                true => {
                    format!("no `USER` is set, and the entrypoint of `{base}`, which drops root, is replaced")
                }
                false => {
                    format!("no `USER` is set, and `{base}` runs as root by default")
                }
            };
            (Severity::Low, base, message)
        }
    };
    let reported = reports.span(&file.path, root.span, message).severity(file.class.capped(severity));
    reported.note(item.clone()).practice(item, MANY);
    if root.may_step_down {
        let proof = "the image contains a program that an entrypoint can use to drop root; whether it does is unknown";
        reported.confidence(Confidence::Low).proof(proof.to_owned());
    }
}
