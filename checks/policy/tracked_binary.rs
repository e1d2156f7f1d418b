//! `tracked-binary`: programs and libraries that git tracks.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "tracked-binary",
        title: "program in the repository",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "build it from source where it is used, or publish it as a release; `git rm --cached` takes it out of the tree",
        docs: r"
## What it does
Reports programs, libraries, bytecode and packages of compiled code that git tracks, by what they start with: ELF, the
formats of Windows and macOS, classes and archives of Java, bytecode of Python and Android, packages of Linux. All are
one finding. Left out are tests, examples, vendored code, `gradle-wrapper.jar` and `maven-wrapper.jar` beside their
properties, the launchers of pip and setuptools, and WebAssembly.

## Why is this bad
Nobody can review a program. Whether it is what the sources beside it say, or what someone has put in its place, is not
to be seen, and it does not get the fixes that the sources get.

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

/// Files beside a wrapper that say which version of it is to be there.
const WRAPPERS: [(&[u8], &[u8]); 2] = [
    (b"gradle-wrapper.jar", b"gradle-wrapper.properties"),
    (b"maven-wrapper.jar", b"maven-wrapper.properties"),
];
/// Starts of names of launchers that pip and setuptools bring.
const LAUNCHERS: [&[u8]; 5] = [b"t32", b"t64", b"w32", b"w64", b"cli"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.beside.executables {
        let (path, name) = (file.path.as_bytes(), file.path.file_name());
        let folder = &path[..path.len() - name.len()];
        // Of a change the files that stay as they are are not known.
        let has =
            |other: &[u8]| repository.paths.is_empty() || repository.has_path(&[folder, other].concat());
        let is_wrapper = WRAPPERS.iter().any(|(wrapper, beside)| name == *wrapper && has(beside));
        let is_launcher = name.ends_with(b".exe")
            && (LAUNCHERS.iter().any(|start| name.starts_with(start)) || name.starts_with(b"gui"))
            && [&b"distlib/"[..], b"setuptools/", b"scripts/"].iter().any(|end| folder.ends_with(end));
        if is_wrapper || is_launcher || repository.is_aside(&file.path) {
            continue;
        }
        let message = format!("`{}` is a {}, which no one can review", file.path.shown(), file.what);
        reports
            .span(&file.path, crate::model::Span::new(0, 0), message)
            .note(file.what.to_owned())
            .practice(file.what, "files that no one can review are tracked");
    }
}
