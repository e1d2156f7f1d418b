//! `image-by-mutable-tag`: images without a tag, or with a mutable one.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::image::{Image, Pin};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "image-by-mutable-tag",
        title: "image with a mutable tag",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "use a version tag: `FROM node:24.1-slim`, and its digest for reproducible builds",
        docs: r"
## What it does
Reports images without a tag, or with one such as `latest`, `nightly` or `main`: in `FROM`, `COPY --from` and `RUN
--mount` of Dockerfiles, and in files that start containers. All are one finding. Variables take their defaults; stages,
and images with an unknown part, are skipped.

## Why is this bad
The image changes without a change in the repository: a new major version, a broken build, or an attacker's image after
an account takeover. It is impossible to say which image ran at a given time.

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
            Pin::Moving => format!("the image `{text}` has a mutable tag"),
            Pin::Version | Pin::Digest => continue,
        };
        reports
            .span(named.path, named.span, message)
            .severity(named.class.capped(Severity::Low))
            .note(format!("`{text}`"))
            .practice(image.repository(), "images have mutable tags");
    }
}
