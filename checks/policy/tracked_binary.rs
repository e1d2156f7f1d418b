//! `tracked-binary`: tracked programs and libraries.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "tracked-binary",
        title: "tracked binary",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "build it from source, or publish it as a release; `git rm --cached` removes it from the tree",
        docs: r"
## What it does
Reports tracked programs, libraries, bytecode and packages of compiled code, by their magic bytes: ELF, Windows and
macOS formats, Java classes and archives, Python and Android bytecode, Linux packages. All are one finding. Tests,
examples, vendored code, `gradle-wrapper.jar` and `maven-wrapper.jar` next to their properties, the launchers of pip and
setuptools, and WebAssembly are skipped.

## Why is this bad
Binaries cannot be reviewed. It is impossible to see whether one matches its sources or was replaced, and it does not
get the fixes that the sources get.

## Example
`bin/helper` (ELF), which a script starts.

## Use instead
The sources of the helper, which the build compiles.

## References
- <https://github.com/ossf/scorecard/blob/main/docs/checks.md#binary-artifacts>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: false, run },
};

/// Files next to a wrapper that pin its version.
const WRAPPERS: [(&[u8], &[u8]); 2] = [
    (b"gradle-wrapper.jar", b"gradle-wrapper.properties"),
    (b"maven-wrapper.jar", b"maven-wrapper.properties"),
];
/// Name prefixes of launchers of pip and setuptools.
const LAUNCHERS: [&[u8]; 5] = [b"t32", b"t64", b"w32", b"w64", b"cli"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.beside.executables {
        let (path, name) = (file.path.as_bytes(), file.path.file_name());
        let folder = &path[..path.len() - name.len()];
        // In a scan of changes, unchanged files are unknown.
        let has =
            |other: &[u8]| repository.paths.is_empty() || repository.has_path(&[folder, other].concat());
        let is_wrapper = WRAPPERS.iter().any(|(wrapper, beside)| name == *wrapper && has(beside));
        let is_launcher = name.ends_with(b".exe")
            && (LAUNCHERS.iter().any(|start| name.starts_with(start)) || name.starts_with(b"gui"))
            && [&b"distlib/"[..], b"setuptools/", b"scripts/"].iter().any(|end| folder.ends_with(end));
        if is_wrapper || is_launcher || repository.is_aside(&file.path) {
            continue;
        }
        let message = format!("`{}` is a {}, which cannot be reviewed", file.path.shown(), file.what);
        reports
            .span(&file.path, crate::model::Span::new(0, 0), message)
            .note(file.what.to_owned())
            .practice(file.what, "binaries are tracked");
    }
}
