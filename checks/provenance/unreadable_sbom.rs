//! `unreadable-sbom`: SBOM that cannot be read.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unreadable-sbom",
        title: "SBOM that cannot be read",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "make it anew with a tool that writes the format, and check what it writes",
        docs: r"
## What it does
Reports SBOMs of which something cannot be read: broken JSON or XML, a wrong encoding, entities in XML, values
of a wrong type, two formats at once. What is only recognised (SPDX in RDF and XML, SWID tags, compressions other
than gzip) is named in a notice.

## Why is this bad
Whoever is sent the SBOM cannot read it either, and what was passed over is looked up by nobody.

## Example
A CycloneDX document that was cut off.

## Use instead
`bartizan sbom` writes CycloneDX 1.6 or SPDX 2.3 that the schemas of both accept.

## Known problems
Versions of the formats that are newer than bartizan are read as the newest one that it knows.

## References
- <https://github.com/CycloneDX/specification>
- <https://github.com/spdx/spdx-spec>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        let Some((line, what)) = sbom.unreadable.first() else { continue };
        let more = match sbom.unreadable.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        reports.line(&sbom.path, *line, format!("this {} document {what}{more}", sbom.form));
    }
}
