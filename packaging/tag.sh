#!/usr/bin/env bash
# Whether a tag cli-vX.Y.Z may be released: packaging/tag.sh cli-vX.Y.Z
# Its version is that of Cargo.toml, the changelog has a section on it, and its commit is part of main.
# Out: version and time, as lines for GITHUB_OUTPUT
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
    printf 'tag.sh: %s\n' "$*" >&2
    exit 1
}

tag=${1:?the tag is missing}
[[ $tag =~ ^cli-v([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?)$ ]] || die "$tag is not cli-vX.Y.Z"
version=${BASH_REMATCH[1]}
grep -q -x -F "version = \"$version\"" Cargo.toml || die "Cargo.toml does not say version $version"
grep -q -F "## [$version]" CHANGELOG.md || die "CHANGELOG.md has no section on $version"
commit=$(git rev-parse --verify "refs/tags/$tag^{commit}")
[[ $commit == "$(git rev-parse --verify HEAD)" ]] || die "$tag is not what is checked out"
git merge-base --is-ancestor "$commit" refs/remotes/origin/main || die "$tag is not part of main"
printf 'version=%s\ntime=%s\n' "$version" "$(git log -1 --format=%ct)"
