//! `unpinned-container-image`: images of jobs, services and steps that are not pinned to a digest.

use std::collections::BTreeSet;

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::image::{self, Image};
use crate::parse::workflow::Text;
use crate::parse::workflow::expression::{Expr, literal::Literal};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unpinned-container-image",
        title: "container image not pinned to a digest",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "pin the image to its digest, after the tag: `image: postgres:17.2@sha256:<digest>`; Dependabot and Renovate keep both up to date",
        docs: r"
## What it does
Reports the images of `container`, of `services`, of steps with `uses: docker://…` and of container actions without a
digest. All are one finding. An image without a tag, or with `latest`, is `medium`; one with another tag is
`low`. Matrix values, variables and input defaults are resolved; an image from elsewhere is `low` with low confidence,
since its value is unknown.

## Why is this bad
The job runs in or next to the image, with its token and secrets. Anyone who takes over the owner's account can move a
tag to another image; `latest` moves with each release.

## Example
```yaml
container: node
services:
  db:
    image: postgres:17
```

## Use instead
```yaml
container: node:24.1@sha256:c332080545f1de96deb1c407e6fbe9a7bc2be3645e127845fdcce57a7af3cf56
services:
  db:
    image: postgres:17.5@sha256:4f88c9c7a0c5d1c5a3f1f2e7b1b5a7a83d4e9c60a4f6b2f2a9d1b7e0c5d3f1aa
```

## Known problems
Images that a step runs with `docker run` are not covered.

## References
- <https://docs.docker.com/dhi/core-concepts/digests/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

const MANY: &str = "container images are not pinned to a digest";
/// How deep variables are resolved.
const DEPTH_MAX: usize = 4;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.actions {
        let Some(job) = file.workflow.jobs.first() else { continue };
        // An image without a registry prefix is a Dockerfile of the action.
        if let Some(image) = file.workflow.image.as_ref().filter(|image| image.text.starts_with("docker://"))
        {
            assess(Site { file, job, step: None }, image, reports);
        }
    }
    for site in repository.jobs() {
        for image in site.job.containers.iter().filter_map(|container| container.image.as_ref()) {
            assess(site, image, reports);
        }
    }
    for site in repository.steps() {
        let uses = site.step.and_then(|step| step.uses.as_ref());
        if let Some(image) = uses.filter(|uses| uses.text.trim().starts_with("docker://")) {
            assess(site, image, reports);
        }
    }
}

/// How an image is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pin {
    Unknown,
    Tag,
    None,
}

fn assess(site: Site<'_>, image: &Text, reports: &mut Reports<'_>) {
    let mut named = BTreeSet::new();
    collect(site, image, 0, &mut named);
    for (pin, name, at) in named {
        let (severity, confidence, message) = match pin {
            Pin::None => {
                let message = format!("the image `{name}` is not pinned: each release changes it");
                (Severity::Medium, Confidence::High, message)
            }
            Pin::Tag => {
                let message =
                    format!("the image `{name}` is pinned to a tag, which can be moved, not to a digest");
                (Severity::Low, Confidence::High, message)
            }
            Pin::Unknown => {
                let message =
                    format!("the image `{name}` comes from elsewhere; whether it has a digest is unknown");
                (Severity::Low, Confidence::Low, message)
            }
        };
        let reported = reports.at(site, image.span, message);
        reported.severity(severity).confidence(confidence).note(format!("`{name}`"));
        reported.practice(family(&name), MANY);
        if let Some(at) = at {
            reported.trace(site.file, Span::new(at.0, at.1), "is named here".to_owned());
        }
    }
}

type Named = BTreeSet<(Pin, String, Option<(usize, usize)>)>;

/// Adds the images that `text` may resolve to, unless they have a digest.
fn collect(site: Site<'_>, text: &Text, depth: usize, named: &mut Named) {
    let Some(expression) = text.only_expression() else {
        let at = (depth > 0).then_some((text.span.start, text.span.end));
        return add(&text.text, at, named);
    };
    let raw = expression.raw.trim();
    let unknown = |named: &mut Named| {
        named.insert((Pin::Unknown, format!("${{{{ {raw} }}}}"), None));
    };
    let Some(parsed) = expression.parse().filter(|_| depth < DEPTH_MAX) else { return unknown(named) };
    for leaf in parsed.leaf_expressions() {
        match &leaf.inner {
            Expr::Literal(Literal::String(name)) => add(name, None, named),
            Expr::Literal(_) => {}
            Expr::Context(context) => {
                let path = context.as_pattern().unwrap_or_default();
                match path.split('.').collect::<Vec<_>>().as_slice() {
                    ["matrix", name, rest @ ..] => {
                        let values = site
                            .job
                            .matrix
                            .values
                            .iter()
                            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
                        let values: Vec<&Text> = values.flat_map(|(_, texts)| texts).collect();
                        // Which text of a mapping the rest of the path selects is not known.
                        let matrix = &site.job.matrix;
                        let is_computed = matrix.computed.is_some() || matrix.included.is_some();
                        if values.is_empty() || !rest.is_empty() || is_computed {
                            unknown(named);
                        }
                        for value in values.into_iter().filter(|_| rest.is_empty()) {
                            collect(site, value, depth + 1, named);
                        }
                    }
                    ["env", name] => match site.variable(name) {
                        Some(value) => collect(site, value, depth + 1, named),
                        None => unknown(named),
                    },
                    ["inputs", name] => {
                        let inputs = site.file.workflow.on.iter().flat_map(|event| &event.inputs);
                        let mut inputs = inputs.chain(&site.file.workflow.inputs);
                        let input = inputs.find(|input| input.name.text.eq_ignore_ascii_case(name));
                        match input.and_then(|input| input.default.as_ref()) {
                            Some(default) if !default.text.is_empty() => {
                                collect(site, default, depth + 1, named)
                            }
                            _ => unknown(named),
                        }
                    }
                    _ => unknown(named),
                }
            }
            _ => unknown(named),
        }
    }
}

/// Adds the image `name`, unless it has a digest or does not name an image.
fn add(name: &str, at: Option<(usize, usize)>, named: &mut Named) {
    let name = name.trim();
    let name = name.strip_prefix("docker://").unwrap_or(name);
    // The value of an expression is neither a path nor a tag.
    let shape = without_expressions(name);
    let Some(image) = Image::parse(&shape) else { return };
    let pin = match image.pin() {
        image::Pin::Digest => return,
        // `${{ … }}/name`, where only the expression could add a digest.
        image::Pin::None if shape.ends_with('\u{1}') => Pin::Unknown,
        image::Pin::None => Pin::None,
        image::Pin::Moving | image::Pin::Version => {
            if image.tag == Some("latest") {
                Pin::None
            } else {
                Pin::Tag
            }
        }
    };
    named.insert((pin, name.to_owned(), at));
}

/// `name` with one character in the place of each expression.
fn without_expressions(name: &str) -> String {
    let mut shape = String::new();
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once("${{") {
        shape.push_str(before);
        shape.push('\u{1}');
        rest = behind.split_once("}}").map_or("", |(_, behind)| behind);
    }
    shape + rest
}

/// The name without tag and digest.
fn family(name: &str) -> String {
    if name.contains("${{") {
        return name.to_owned();
    }
    Image::parse(name).map_or(name, |image| image.repository()).to_owned()
}
