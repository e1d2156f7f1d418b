//! `image-not-by-digest`: images without a digest.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::image::{Image, Pin};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "image-not-by-digest",
        title: "image without a digest",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "add the digest after the tag: `FROM node:24.1-slim@sha256:<digest>`; Dependabot and Renovate keep both up to date",
        docs: r"
## What it does
Reports images without a digest in Dockerfiles and in files that start containers. All are one finding.

## Why is this bad
Anyone who takes over the owner's account can move a tag to another image, and each rebuild moves it. A digest always
identifies the same bytes, so builds are reproducible and it is known which image ran.

## Example
```dockerfile
FROM node:24.1-slim
```

## Use instead
```dockerfile
FROM node:24.1-slim@sha256:c332080545f1de96deb1c407e6fbe9a7bc2be3645e127845fdcce57a7af3cf56
```

## Known problems
A digest does not receive the fixes that a tag does: use one only with a tool that updates it.

## References
- <https://docs.docker.com/dhi/core-concepts/digests/>
",
    },
    run: Run::Repository { preset: Preset::Service, reads: Reads::Containers, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for named in repository.images() {
        let Some(image) = Image::parse(named.text).filter(|image| image.pin() != Pin::Digest) else {
            continue;
        };
        let message = format!("the image `{}` has no digest", image.text);
        reports
            .span(named.path, named.span, message)
            .severity(named.class.capped(Severity::Low))
            .note(format!("`{}`", image.text))
            .practice(image.repository(), "images have no digest");
    }
}
