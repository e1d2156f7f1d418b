//! `sbom-without-purls`: SBOM whose components have no package URLs.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "sbom-without-purls",
        title: "SBOM whose components have no package URLs",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "generate it with a tool that writes package URLs, which vulnerability databases are queried by",
        docs: r"
## What it does
Reports SBOMs in which at least half of the components have no package URL (purl).

## Why is this bad
Name and version alone do not identify a component; vulnerability databases are queried by package URL.

## Example
A component `{ name: serde, version: 1.0.0 }` without `pkg:cargo/serde@1.0.0`.

## Use instead
`bartizan sbom` writes one for each package.

## Known problems
Components without a registry have none; hence the share.

## References
- <https://github.com/package-url/purl-spec>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        let (without, of) = sbom.without_purl;
        if without > 0 && without * 2 >= of {
            reports.file(&sbom.path, format!("{without} of {of} components have no package URL"));
        }
    }
}
