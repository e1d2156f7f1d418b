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
        remedy: "regenerate it with a tool that supports the format, and validate the output",
        docs: r"
## What it does
Reports SBOMs that cannot be read completely: broken JSON or XML, a wrong encoding, XML entities, values of a wrong
type, two formats at once. Unsupported formats (SPDX in RDF and XML, SWID tags, compressions other than gzip) are listed
in a notice.

## Why is this bad
Recipients cannot read the SBOM either, and skipped components are not looked up.

## Example
A CycloneDX document that was cut off.

## Use instead
`bartizan sbom` writes CycloneDX 1.6 or SPDX 2.3 that is valid by their schemas.

## Known problems
Newer format versions are read as the newest known one.

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
