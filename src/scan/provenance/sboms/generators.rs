//! Workflows that make a bill of materials: what is generated in CI need not be committed.

use crate::model::Blob;

/// What a workflow says that runs one of these tools, and what the tool is called.
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

/// The tool that a workflow runs to make one, if `blob` is a workflow that does.
pub(super) fn in_workflow(blob: &Blob<'_>) -> Option<&'static str> {
    let path = blob.path.as_bytes();
    let workflow = path.starts_with(b".github/workflows/") || path == b".gitlab-ci.yml";
    if !workflow {
        return None;
    }
    let says = |mark: &str| {
        memchr::memmem::find_iter(blob.bytes, mark).any(|at| {
            // What is commented out makes nothing.
            let line = memchr::memrchr(b'\n', &blob.bytes[..at]).map_or(0, |end| end + 1);
            !blob.bytes[line..at].trim_ascii_start().starts_with(b"#")
        })
    };
    TOOLS.iter().find(|(mark, _)| says(mark)).map(|(_, tool)| *tool)
}
