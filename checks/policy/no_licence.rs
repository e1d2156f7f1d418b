//! `no-licence`: a project without a licence text.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Severity};
use crate::parse::licence;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "no-licence",
        title: "no licence",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "add the text of the licence as `LICENSE` at the root; choosealicense.com helps to choose one",
        docs: r"
## What it does
Reports a repository with a README or a manifest but no licence text: at the root, in `LICENSES`, or next to a package.
Tests, examples and vendored code do not count.

## Why is this bad
Without a licence all rights are reserved: others may not use, change or redistribute the code, whatever the author
intended. Companies that check licences will not use it.

## Example
A repository with `Cargo.toml` and `README.md`, and no `LICENSE`.

## Use instead
The text of the licence in `LICENSE`, and its SPDX identifier in the manifest.

## Known problems
A private repository needs none: disable the check there. `UNLICENSED` in a manifest counts as intentional.

## References
- <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/licensing-a-repository>
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Beside, whole: true, run },
};

/// Directories and files at the root that contain licences or point to them.
const PLACES: [&[u8]; 6] =
    [b"LICENSES/", b"licenses/", b"LICENSE/", b"REUSE.toml", b".reuse/", b"debian/copyright"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    if repository.paths.is_empty() {
        return reports.not_applicable();
    }
    let is_text = |path: &&RepoPath| {
        licence::is_text_name(path.file_name()) && (path.depth() == 0 || !repository.is_aside(path))
            || PLACES.iter().any(|place| path.as_bytes().starts_with(place))
    };
    if repository.paths.iter().any(|path| is_text(&path)) {
        return;
    }
    let declared = repository.beside.declared.iter().filter(|manifest| !repository.is_aside(&manifest.path));
    if let Some(manifest) = declared.min_by_key(|manifest| (manifest.path.depth(), &manifest.path)) {
        let licence = manifest.licence.trim();
        let is_closed = ["unlicensed", "proprietary", "licenseref", "see license"]
            .iter()
            .any(|word| licence.to_ascii_lowercase().starts_with(word));
        if !is_closed {
            let message =
                "the manifest names a licence, but the repository does not contain its text".to_owned();
            reports.span(&manifest.path, manifest.span, message);
        }
        return;
    }
    let is_readme =
        |path: &&RepoPath| path.depth() == 0 && path.file_name().to_ascii_lowercase().starts_with(b"readme");
    let readme = repository.paths.iter().find(is_readme);
    let manifest = || repository.manifests().map(|(path, _)| path).filter(|path| path.depth() == 0).min();
    match readme.or_else(manifest) {
        Some(path) => reports.file(path, "this repository contains no licence text".to_owned()),
        None => reports.not_applicable(),
    }
}
