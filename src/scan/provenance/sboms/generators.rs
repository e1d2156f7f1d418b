//! Workflows that generate an SBOM, which need not be committed then.

use crate::model::Blob;

/// Text in a workflow that runs a tool, and the tool's name.
const TOOLS: [(&str, &str); 14] = [
    ("anchore/sbom-action", "anchore/sbom-action"),
    ("syft ", "syft"),
    ("cdxgen", "cdxgen"),
    ("cargo cyclonedx", "cargo-cyclonedx"),
    ("cargo-cyclonedx", "cargo-cyclonedx"),
    ("cargo sbom", "cargo-sbom"),
    ("cargo-sbom", "cargo-sbom"),
    ("--format cyclonedx", "trivy or grype"),
    ("--format spdx", "trivy or grype"),
    ("microsoft/sbom-tool", "sbom-tool"),
    ("sbom-tool generate", "sbom-tool"),
    ("bartizan sbom", "bartizan"),
    ("cyclonedx-py", "cyclonedx-py"),
    ("CycloneDX/gh-", "an action of CycloneDX"),
];

/// The generator that the workflow `blob` runs, if any.
pub(super) fn in_workflow(blob: &Blob<'_>) -> Option<&'static str> {
    let path = blob.path.as_bytes();
    let workflow = path.starts_with(b".github/workflows/") || path == b".gitlab-ci.yml";
    if !workflow {
        return None;
    }
    let says = |mark: &str| {
        memchr::memmem::find_iter(blob.bytes, mark).any(|at| {
            // Comments do not count.
            let line = memchr::memrchr(b'\n', &blob.bytes[..at]).map_or(0, |end| end + 1);
            !blob.bytes[line..at].trim_ascii_start().starts_with(b"#")
        })
    };
    TOOLS.iter().find(|(mark, _)| says(mark)).map(|(_, tool)| *tool)
}
