//! `machine-path-in-sbom`: SBOM with paths of the build machine.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "machine-path-in-sbom",
        title: "SBOM with paths of the build machine",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "generate it in a clean checkout at a neutral path, or configure the tool to write relative paths",
        docs: r"
## What it does
Reports SBOMs with paths below `/home`, `/Users` or `C:\\Users`.

## Why is this bad
They reveal who generated the document and where, and make it differ between machines.

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
        reports.line(&sbom.path, *line, format!("contains a path of the build machine: {path}{more}"));
    }
}
