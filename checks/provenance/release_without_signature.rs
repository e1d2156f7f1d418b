//! `release-without-signature`: a workflow that publishes without signing.

use crate::engine::provenance::Release;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "release-without-signature",
        title: "workflow that publishes without signing",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "attest what is published: add `actions/attest-build-provenance`, or `cosign sign-blob` and `cosign sign`",
        docs: r"
## What it does
Reads GitHub Actions workflows, the local actions they use and `.gitlab-ci.yml`, and reports each that publishes release
assets, container images or npm and PyPI packages, if neither it, nor its callees or callers, nor a workflow triggered
by the release signs or attests anything. Recognised are Cosign and Sigstore, GitHub's attestations, SLSA's generators,
OpenPGP, minisign, code signing, goreleaser's `signs`, and scripts that are named for signing or do so. Trusted
publishing on PyPI and npm attests by itself.

## Why is this bad
Users cannot distinguish a release from a replaced one: with a stolen token, in a mirror, in a cache. A checksum file
next to it is replaced together with it.

## Example
```yaml
- uses: softprops/action-gh-release@v2
  with:
    files: dist/*
```

## Use instead
```yaml
permissions:
  id-token: write
  attestations: write
  contents: write
steps:
  - uses: actions/attest-build-provenance@v3
    with:
      subject-path: dist/*
  - uses: softprops/action-gh-release@v2
    with:
      files: dist/*
```

## Known problems
Publishing that depends on an expression (`push: ${{ … }}`), and workflows of other repositories, are not evaluated. The
provenance and SBOM of `docker/build-push-action` are not signed and do not count. A workflow that signs only some of
its artifacts counts as signing.

## References
- <https://docs.github.com/en/actions/how-tos/secure-your-work/use-artifact-attestations/use-artifact-attestations>
- <https://docs.sigstore.dev/cosign/signing/signing_with_blobs/>
",
    },
    run: Run::Releases(run),
};

fn run(releases: &[Release], reports: &mut Reports<'_>) {
    for release in releases.iter().filter(|release| !release.is_signed) {
        let message = format!("{} are published here without a signature or attestation", release.published);
        reports.line(&release.path, release.line, message);
    }
}
