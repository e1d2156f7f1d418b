//! `release-without-signature`: a workflow that publishes something and signs nothing.

use crate::engine::provenance::Release;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "release-without-signature",
        title: "workflow that publishes and never signs",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "attest to what is published: a step `actions/attest-build-provenance`, or `cosign sign-blob` and `cosign sign`",
        docs: r"
## What it does
Reads the workflows of GitHub Actions, the local actions that they use and `.gitlab-ci.yml`, and reports each that
publishes release assets, container images or packages of npm and PyPI, if neither it, nor what it calls, nor what
calls it, nor a workflow that starts when a release is out signs or attests anything. Signing is Cosign and
Sigstore in all ways, GitHub's attestations, SLSA's generators, OpenPGP, minisign, code signing, the `signs` of
goreleaser, and scripts that are named for it or that do so. Trusted publishing on PyPI and npm attests by itself.

## Why is this bad
Whoever downloads a release has no way to tell it from one that somebody else has put in its place: with a stolen
token, in a mirror, in a cache. A list of checksums beside it is replaced together with it.

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
What is published if an expression says so (`push: ${{ … }}`) is not judged, nor what a workflow of another
repository does. The provenance and SBOM that `docker/build-push-action` adds are not signed, and do not count.
A workflow that signs one of two things that it publishes is taken for one that signs.

## References
- <https://docs.github.com/en/actions/how-tos/secure-your-work/use-artifact-attestations/use-artifact-attestations>
- <https://docs.sigstore.dev/cosign/signing/signing_with_blobs/>
",
    },
    run: Run::Releases(run),
};

fn run(releases: &[Release], reports: &mut Reports<'_>) {
    for release in releases.iter().filter(|release| !release.is_signed) {
        let message = format!("{} are published here, and nothing signs or attests them", release.published);
        reports.line(&release.path, release.line, message);
    }
}
