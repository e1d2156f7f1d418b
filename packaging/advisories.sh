#!/usr/bin/env bash
# Writes the facts of RustSec's advisories that are built in, from a checkout of its database:
#
#     packaging/advisories.sh CHECKOUT
#
# The same commit of the database gives the same bytes. They name the commit and its day.
set -euo pipefail
checkout=$(cd "${1:?the checkout of the database is missing}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

commit=$(git -C "$checkout" rev-parse --verify HEAD)
day=$(TZ=UTC git -C "$checkout" log -1 --date=short-local --format=%cd)
cargo run --quiet --locked --example snapshot -- "$checkout" src/external/advisories.snapshot "$day" "$commit"
