#!/usr/bin/env bash
# Writes the checksums of a release that is still a draft to action/release.sums, once they are verified:
#
#     packaging/record.sh vX.Y.Z
#
# Needs gh (logged in as a maintainer: nobody else sees a draft) and cosign.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tag=${1:?the tag is missing, such as v1.2.3}
repository=bartizan-scan/bartizan
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gh release download "$tag" --repo "$repository" --dir "$folder" --pattern 'SHA256SUMS*'
cosign verify-blob --bundle "$folder/SHA256SUMS.sigstore.json" \
    --certificate-identity "https://github.com/$repository/.github/workflows/release.yml@refs/tags/cli-$tag" \
    --certificate-oidc-issuer https://token.actions.githubusercontent.com \
    "$folder/SHA256SUMS"
packaging/sums.sh "$folder/SHA256SUMS"
