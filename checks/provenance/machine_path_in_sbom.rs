//! `machine-path-in-sbom`: SBOM with paths of the machine that made it.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "machine-path-in-sbom",
        title: "SBOM with paths of the machine that made it",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "make it in a clean checkout at a neutral path, or have the tool write relative paths",
        docs: r"
## What it does
Reports SBOMs with paths below `/home`, `/Users` or `C:\\Users`.

## Why is this bad
They tell who made the document and where, help nobody, and make it differ from machine to machine.

## Example
`path+file:///home/ann/src/app` as the reference of a component.

## Use instead
Relative paths, or package URLs.

## Known problems
None.

## References
- <https://reproducible-builds.org/docs/build-path/>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        let (count, first) = &sbom.machine_paths;
        let Some((line, path)) = first else { continue };
        let more = if *count == 1 { String::new() } else { format!(" and {} more", count - 1) };
        reports.line(&sbom.path, *line, format!("names a path of the machine that made it: {path}{more}"));
    }
}
