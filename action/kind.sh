#!/usr/bin/env bash
# Decides where the program comes from: the given binary, the release whose checksum is recorded in this
# very commit, or a build of this very checkout. Never "the latest" of anything.
#
# In:  INSTALL auto|release|source|none, BINARY, ACTION_PATH, RUNNER_OS, RUNNER_ARCH
# Out: kind binary|release|source, archive and checksum of the release, key of the sources
set -euo pipefail

fail() { # one line, and nothing of it a command
    printf '::error title=bartizan::%s\n' "${1//[$'\r\n']/ }"
    exit 2
}

case "${RUNNER_OS:-$(uname -s)}/${RUNNER_ARCH:-$(uname -m)}" in
    Linux/X64 | Linux/x86_64) target=x86_64-unknown-linux-musl ;;
    Linux/ARM64 | Linux/aarch64) target=aarch64-unknown-linux-musl ;;
    macOS/X64 | Darwin/x86_64) target=x86_64-apple-darwin ;;
    macOS/ARM64 | Darwin/arm64) target=aarch64-apple-darwin ;;
    Windows/X64) target=x86_64-pc-windows-msvc ;;
    Windows/ARM64) target=aarch64-pc-windows-msvc ;;
    *) target=unknown ;;
esac
line=$(grep -E "^[0-9a-f]{64}  bartizan-v[0-9][0-9A-Za-z.+-]*-$target\.(tar\.gz|zip)$" "$ACTION_PATH/action/release.sums" | head -n 1 || true)

kind=source
case $INSTALL in
    none) [[ -n $BINARY ]] || fail "\`install: none\` needs \`binary\`, the path of the program" ;;
    release) kind=release ;;
    auto) [[ -z $line ]] || kind=release ;;
    source) ;;
    *) fail "\`install\` is auto, release, source or none" ;;
esac
[[ -z $BINARY ]] || kind=binary
case $kind in
    release)
        [[ -n $line ]] || fail "this version of the action records no release for $target; \`install: source\` builds it"
        printf 'checksum=%s\narchive=%s\n' "${line%%  *}" "${line##*  }" >> "$GITHUB_OUTPUT"
        ;;
    source)
        # What a build of these sources is remembered under.
        key=$(cd "$ACTION_PATH" && find Cargo.toml Cargo.lock build.rs src checks -type f -print0 | LC_ALL=C sort -z |
            xargs -0 cksum | cksum | tr ' ' '-')
        printf 'key=%s\n' "$key" >> "$GITHUB_OUTPUT"
        ;;
esac
printf 'kind=%s\n' "$kind" >> "$GITHUB_OUTPUT"
