#!/usr/bin/env bash
# Gets what package.sh needs for a target on a fresh runner: packaging/toolchain.sh TARGET
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${1:?the target is missing}
# That of rust-toolchain.toml.
rustup show active-toolchain || rustup toolchain install
rustup target add "$target"
if [[ $target == *-linux-musl ]]; then
    sudo apt-get update -q
    sudo apt-get install -y -q musl-tools
fi
