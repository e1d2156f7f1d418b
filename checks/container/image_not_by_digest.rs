//! `image-not-by-digest`: images that are named by tag alone.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::image::{Image, Pin};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "image-not-by-digest",
        title: "image that is not named by digest",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Container,
        remedy: "name the digest behind the tag: `FROM node:24.1-slim@sha256:<digest>`; Dependabot and Renovate keep both up to date",
        docs: r"
## What it does
Reports images of Dockerfiles, and of what starts containers, that have no digest. All are one finding.

## Why is this bad
A tag can be moved to another image by whoever gets into the account of its owner, and is moved with each rebuild. A
digest always stands for the same bytes, so that a build can be repeated and what ran can be told.

## Example
```dockerfile
FROM node:24.1-slim
```

## Use instead
```dockerfile
FROM node:24.1-slim@sha256:c332080545f1de96deb1c407e6fbe9a7bc2be3645e127845fdcce57a7af3cf56
```

## Known problems
A digest does not get the fixes that a tag gets: use one only where something keeps it up to date.

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
        let message = format!("the image `{}` is not named by digest", image.text);
        reports
            .span(named.path, named.span, message)
            .severity(named.class.capped(Severity::Low))
            .note(format!("`{}`", image.text))
            .practice(image.repository(), "images are not named by digest");
    }
}
