//! `incomplete-sbom`: SBOM without the minimum elements.

use crate::engine::provenance::{Lack, Sboms};
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "incomplete-sbom",
        title: "SBOM without the minimum elements",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "configure the generator to fill in what is missing, or choose another tool",
        docs: r"
## What it does
Reports once per SBOM which minimum elements are missing, in how many components, and the first of them. The elements
are those of the NTIA of 2021 unless `--profile` or `profile` in `[sbom]` of
`bartizan.toml` names another profile: `cisa-2025` or `bsi-tr-03183`.

## Why is this bad
Without version and identifier a component cannot be looked up; without supplier and author there is no contact.

## Example
A document in which no component has a `supplier`.

## Use instead
A tool that reads the supplier from the registry, or a manual entry.

## Known problems
A lock file contains neither suppliers nor licences, so an SBOM generated from a lock file alone, including by `bartizan
sbom`, is always reported.

## References
- <https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom>
- <https://bsi.bund.de/dok/TR-03183>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in sboms.documents.iter().filter(|sbom| !sbom.lacks.is_empty()) {
        let parts: Vec<String> = sbom.lacks.iter().map(said).collect();
        let line = sbom.lacks.iter().find_map(|lack| lack.first.first()).map_or(1, |(line, _)| *line);
        let message = format!("by the profile {}, {} lacks: {}", sbom.profile, sbom.form, parts.join("; "));
        reports.line(&sbom.path, line, message);
    }
}

fn said(lack: &Lack) -> String {
    if !lack.of_components {
        return lack.what.to_owned();
    }
    let first: Vec<&str> = lack.first.iter().take(2).map(|(_, name)| name.as_str()).collect();
    format!("{} in {} of {} components (such as {})", lack.what, lack.missing, lack.of, first.join(", "))
}
