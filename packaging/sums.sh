#!/usr/bin/env bash
# Replaces the lines of action/release.sums below its comment by the archives that SHA256SUMS lists:
#
#     packaging/sums.sh SHA256SUMS
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sums=${1:?the list is missing}
archives=$(grep -E '^[0-9a-f]{64}  bartizan-v[0-9A-Za-z.+_-]+\.(tar\.gz|zip)$' "$sums")
recorded=$(grep '^#' action/release.sums)
printf '%s\n%s\n' "$recorded" "$archives" > action/release.sums
