//! `untrue-container-claim`: containers that differ from the policy.

use crate::engine::repository::Repository;
use crate::engine::repository::class::Class;
use crate::engine::repository::dockerfiles::Dockerfile;
use crate::engine::repository::policy::{Role, Sentence};
use crate::engine::repository::user::{Root, User};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Ruling, Severity, Span};
use crate::parse::dockerfile::Base;
use crate::parse::image::Image;
use crate::parse::policy::{mood, words};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-container-claim",
        title: "containers that differ from the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "change the last stage of the Dockerfile, or correct the policy",
        docs: r"
## What it does
Compares claims of the security policy that containers are distroless, use minimal images, or do not run as root with
the last stages of the shipped Dockerfiles: their base image and user. Build stages, files of tests, examples and
development, and unknown bases are ignored.

## Why is this bad
Users of the images rely on the absence of a shell or root, and skip other safeguards.

## Example
`Minimal container images (distroless)`, and a last stage `FROM alpine:3.19`.

## Use instead
`FROM gcr.io/distroless/static-debian12:nonroot`, or `Minimal container images (Alpine)`.

## What would change the verdict
Upheld: the last stage of a shipped Dockerfile (each, if the claim says *all*) uses such an image or user. No evidence:
the base is an own image, or an argument without a default.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "container";
/// System and language images that are not minimal, unless their tag says so.
const FULL: [&str; 17] = [
    "ubuntu",
    "debian",
    "fedora",
    "centos",
    "rockylinux",
    "almalinux",
    "amazonlinux",
    "node",
    "python",
    "golang",
    "ruby",
    "php",
    "openjdk",
    "rust",
    "maven",
    "gradle",
    "buildpack-deps",
];
/// Small systems with a shell.
const SYSTEMS: [&str; 4] = ["alpine", "busybox", "archlinux", "oraclelinux"];

/// The base of a last stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Nothing, or an image without a shell.
    Distroless,
    /// A small system.
    Small,
    /// A full system, or a full language image.
    Full,
    Unknown,
}

/// Words for images.
const IMAGES: [&str; 10] = [
    "image",
    "images",
    "container",
    "containers",
    "docker",
    "dockerfile",
    "dockerfiles",
    "oci",
    "podman",
    "containerfile",
];
/// Negative phrases for running as non-root.
const NOT_ROOT: [&str; 8] = [
    "not run as root",
    "never run as root",
    "don't run as root",
    "not running as root",
    "never runs as root",
    "doesn't run as root",
    "not execute as root",
    "without root privileges",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for sentence in repository.policy.sentences(&[Role::Policy]) {
        if !sentence.is_asserted() {
            continue;
        }
        let mut lower = sentence.lower.clone();
        for phrase in NOT_ROOT {
            lower = lower.replace(phrase, "run as non-root");
        }
        if mood::is_denied(&lower) {
            continue;
        }
        let is_of_images = words::any(&lower, &IMAGES).is_some()
            || sentence.leads().chain(sentence.headings()).any(|text| words::any(&text, &IMAGES).is_some());
        if !is_of_images {
            continue;
        }
        let is_distroless = words::has(&lower, "distroless");
        if is_distroless || is_minimal(&lower) {
            base(repository, &sentence, is_distroless, reports);
        }
        let rootless = [
            "non-root",
            "nonroot",
            "unprivileged user",
            "non-privileged user",
            "non-privileged users",
            "unprivileged users",
            "rootless containers",
            "rootless container",
        ];
        if words::any(&lower, &rootless).is_some() {
            user(repository, &sentence, reports);
        }
    }
}

/// True if `lower` mentions small images: "minimal base images", "slim container images".
fn is_minimal(lower: &str) -> bool {
    ["minimal", "slim"].iter().any(|word| {
        words::places(lower, word).any(|at| {
            let behind = lower[at + word.len()..].split(|c: char| !c.is_ascii_alphanumeric());
            behind.filter(|word| !word.is_empty()).take(4).any(|word| matches!(word, "image" | "images"))
        })
    })
}

/// The shipped Dockerfiles.
fn shipped(repository: &Repository) -> Vec<&Dockerfile> {
    let is_shipped = |file: &&Dockerfile| file.class == Class::Shipped && file.file.last().is_some();
    repository.dockerfiles.iter().filter(is_shipped).collect()
}

/// The base of the last stage, its position and name.
fn start(file: &Dockerfile) -> (Start, Span, String) {
    let last = file.file.lineage().last();
    let span = last.map_or(Span::new(0, 0), |stage| stage.span);
    match last.map(|stage| &stage.base) {
        Some(Base::Scratch) => (Start::Distroless, span, "scratch".to_owned()),
        Some(Base::Image(text)) => (of_image(text), span, text.clone()),
        _ => (Start::Unknown, span, String::new()),
    }
}

fn of_image(text: &str) -> Start {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // Such images have no shell; debug tags with one are ignored.
    if has(&["distroless", "cgr.dev/", "chainguard/", "ubi-micro", "chiseled", "/static:", "dhi.io/"]) {
        return Start::Distroless;
    }
    let image = Image::parse(text);
    match image.as_ref().and_then(|image| image.library()) {
        Some(name) if FULL.contains(&name) && has(&["slim", "alpine", "minimal", "micro"]) => Start::Small,
        Some(name) if FULL.contains(&name) => Start::Full,
        Some(name) if SYSTEMS.contains(&name) => Start::Small,
        _ => Start::Unknown,
    }
}

/// True if a sentence is about all of them.
fn is_of_all(sentence: &Sentence<'_>) -> bool {
    words::any(&sentence.lower, &["all", "every", "each"]).is_some()
}

fn base(repository: &Repository, sentence: &Sentence<'_>, is_distroless: bool, reports: &mut Reports<'_>) {
    let files = shipped(repository);
    let starts: Vec<_> = files.iter().map(|file| (*file, start(file))).collect();
    let fits = |start: Start| start == Start::Distroless || !is_distroless && start == Start::Small;
    let about = format!("base: {}", sentence.lower);
    let none = |reason: &str| (Ruling::NoEvidence, reason.to_owned());
    if starts.is_empty() {
        let verdict = none("no shipped Dockerfile was found");
        reports.claim(sentence.place(), KIND, &about, verdict);
        return;
    }
    let fitting = starts.iter().find(|(_, (start, ..))| fits(*start));
    let other = starts.iter().find(|(_, (start, ..))| !fits(*start) && *start != Start::Unknown);
    let is_all_known = starts.iter().all(|(_, (start, ..))| *start != Start::Unknown);
    // The project's main image is built at the root.
    let is_main = other.is_some_and(|(file, _)| file.path.depth() == 0);
    let is_untrue = match fitting {
        _ if is_of_all(sentence) => other.is_some(),
        Some(_) => false,
        None => is_all_known || is_main,
    };
    let (ruling, (file, (_, span, text))) = match (other.filter(|_| is_untrue), fitting) {
        (Some(other), _) => (Ruling::Contradicted, other),
        (None, Some(fitting)) => (Ruling::Upheld, fitting),
        (None, None) => {
            let verdict = none("the bases of the last stages are unknown");
            reports.claim(sentence.place(), KIND, &about, verdict);
            return;
        }
    };
    let what = match ruling {
        Ruling::Upheld => "",
        _ if is_distroless => ", which has a shell",
        _ => ", which is not minimal",
    };
    let reason = format!("the last stage of `{}` starts from `{text}`{what}", file.path.shown());
    let said = reports.claim(sentence.place(), KIND, &about, (ruling, reason));
    said.evidence(&file.path, *span, format!("`{text}`"));
}

fn user(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let files = shipped(repository);
    let about = format!("user: {}", sentence.lower);
    let users: Vec<(&Dockerfile, User)> = files.iter().map(|file| (*file, file.runs_as())).collect();
    let root: Vec<(&Dockerfile, &Root)> = users
        .iter()
        .filter_map(|(file, user)| match user {
            User::Root(root) if !root.may_step_down => Some((*file, root)),
            _ => None,
        })
        .collect();
    let others = users.iter().find_map(|(file, user)| match user {
        User::Other(span) => Some((*file, *span)),
        _ => None,
    });
    let is_untrue = root.len() == files.len() || is_of_all(sentence);
    match (root.first().filter(|_| is_untrue), others) {
        (Some((file, root)), _) => {
            let why = match &root.named {
                Some(name) => format!("the last `USER` is `{name}`"),
                None => format!("no `USER` is set on `{}`", root.base),
            };
            let reason = format!("the container of `{}` runs as root: {why}", file.path.shown());
            let said = reports.claim(sentence.place(), KIND, &about, (Ruling::Contradicted, reason));
            said.evidence(&file.path, root.span, why);
        }
        (None, Some((file, span))) if root.is_empty() => {
            let reason = format!("the container of `{}` does not run as root", file.path.shown());
            let said = reports.claim(sentence.place(), KIND, &about, (Ruling::Upheld, reason));
            if let Some(span) = span {
                said.evidence(&file.path, span, "the user".to_owned());
            }
        }
        _ => {
            let reason = match root.len() {
                0 => "the users of the containers are unknown".to_owned(),
                some => format!("{some} of {} containers run as root", files.len()),
            };
            reports.claim(sentence.place(), KIND, &about, (Ruling::NoEvidence, reason));
        }
    }
}
