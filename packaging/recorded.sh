#!/usr/bin/env bash
# Whether a tag vX.Y.Z records the release that was built from cli-vX.Y.Z, and changes nothing else:
#
#     packaging/recorded.sh vX.Y.Z SHA256SUMS
set -euo pipefail
sums=$(cd "$(dirname "${2:?the list is missing}")" && pwd)/$(basename "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
    printf 'recorded.sh: %s\n' "$*" >&2
    exit 1
}

tag=${1:?the tag is missing}
[[ $(git rev-parse --verify HEAD) == "$(git rev-parse --verify "refs/tags/$tag^{commit}")" ]] || die "$tag is not what is checked out"
git merge-base --is-ancestor "refs/tags/cli-$tag^{commit}" HEAD || die "$tag does not follow cli-$tag"
changed=$(git diff --no-renames --name-only "refs/tags/cli-$tag^{commit}" HEAD)
[[ $changed == action/release.sums ]] || die "$tag is to change action/release.sums and nothing else; it changes: ${changed//$'\n'/ }"
diff <(grep -v '^#' action/release.sums) <(grep -E '\.(tar\.gz|zip)$' "$sums") >&2 || die "action/release.sums is not what was drafted"
