//! `image-by-mutable-tag`: images without a tag, or by one that moves with each build.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::image::{Image, Pin};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "image-by-mutable-tag",
        title: "image by a tag that moves",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "name the version: `FROM node:24.1-slim`, and its digest if builds have to be the same each time",
        docs: r"
## What it does
Reports images that are named without a tag, or by one such as `latest`, `nightly` or `main`: in `FROM`, `COPY --from` and
`RUN --mount` of Dockerfiles, and wherever else containers are started. All are one finding. Variables have their defaults;
stages, and images of which a part is unknown, are left out.

## Why is this bad
What is built or run changes without a change in the repository: a new major version, a broken build, or what someone
has put there who got into the account of its owner. Which image ran at some time cannot be said.

## Example
```dockerfile
FROM node
COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/
```

## Use instead
```dockerfile
FROM node:24.1-slim
COPY --from=ghcr.io/astral-sh/uv:0.9.2 /uv /bin/
```

## References
- <https://docs.docker.com/build/building/best-practices/#pin-base-image-versions>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Containers, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for named in repository.images() {
        let Some(image) = Image::parse(named.text) else { continue };
        let text = image.text;
        let message = match image.pin() {
            Pin::None => format!("the image `{text}` has no tag, which means `latest`"),
            Pin::Moving => format!("the image `{text}` is named by a tag that moves with each build"),
            Pin::Version | Pin::Digest => continue,
        };
        reports
            .span(named.path, named.span, message)
            .severity(named.class.capped(Severity::Low))
            .note(format!("`{text}`"))
            .practice(image.repository(), "images are named by tags that move");
    }
}
