#!/usr/bin/env bash
# Installs the program as decided by kind.sh.
#
# In:  KIND, ARCHIVE, CHECKSUM, BINARY, VERSION, VERIFY_ATTESTATION auto|true|false, ACTION_PATH, GH_TOKEN, RUNNER_TEMP,
#      CACHED (folder that may hold an earlier build of the same sources), RELEASES (for tests)
# Out: program
set -euo pipefail

fail() { # one line, and nothing of it a command
    printf '::error title=bartizan::%s\n' "${1//[$'\r\n']/ }"
    exit 2
}

found() {
    local version
    version=$("$1" --version 2> /dev/null) || fail "the program at $1 does not run on this machine"
    [[ -z ${VERSION:-} || $version == "bartizan ${VERSION#v}" ]] || fail "\`version\` asks for ${VERSION#v}, but this is $version"
    printf 'program=%s\n' "$1" >> "$GITHUB_OUTPUT"
    printf '%s, %s\n' "$version" "$2"
    exit 0
}

sha256() {
    if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# The checksum is what counts; an attestation also proves which workflow built it.
attested() {
    [[ $VERIFY_ATTESTATION != false ]] || return 0
    if ! command -v gh > /dev/null; then
        [[ $VERIFY_ATTESTATION != true ]] || fail "\`verify-attestation: true\` needs gh on the runner"
        return 0
    fi
    gh attestation verify "$1" --repo bartizan-scan/bartizan --signer-workflow bartizan-scan/bartizan/.github/workflows/release.yml || fail "the release carries no attestation of its own workflow"
}

case $KIND in
    binary)
        [[ -f $BINARY ]] || fail "no program at \`binary\`"
        found "$BINARY" 'as given'
        ;;
    release)
        folder=$RUNNER_TEMP/bartizan-release
        version=${ARCHIVE#bartizan-}
        version=${version%-*-*-*}
        # Targets have three parts, or four.
        version=${version%-x86_64} version=${version%-aarch64}
        url=${RELEASES:-https://github.com/bartizan-scan/bartizan/releases/download}/$version/$ARCHIVE
        rm -rf "$folder" && mkdir -p "$folder"
        printf 'fetching %s\n' "$url"
        curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$folder/$ARCHIVE" "$url" ||
            fail "the release cannot be fetched from $url; \`install: source\` builds it from this checkout"
        [[ $(sha256 "$folder/$ARCHIVE") == "$CHECKSUM" ]] ||
            fail "$url has not the checksum that this version of the action records: it was changed after the release. Nothing of it was run"
        attested "$folder/$ARCHIVE"
        case $ARCHIVE in
            *.zip) (cd "$folder" && unzip -q "$ARCHIVE") ;;
            *) tar -xzf "$folder/$ARCHIVE" -C "$folder" ;;
        esac
        for program in "$folder"/bartizan "$folder"/bartizan.exe "$folder"/*/bartizan "$folder"/*/bartizan.exe; do
            [[ ! -f $program ]] || found "$program" "release $version, its checksum as recorded"
        done
        fail "the release $ARCHIVE holds no program"
        ;;
    source)
        program=$CACHED/bin/bartizan
        [[ ${RUNNER_OS:-} != Windows ]] || program=$program.exe
        [[ ! -f $program ]] || found "$program" 'built from this version of the action before'
        command -v cargo > /dev/null || fail "cargo is not on this runner; install Rust first, or give \`binary\`"
        # In the folder of the action: Cargo takes its settings and its toolchain from where it is started, and
        # those of the workspace may be a stranger's. And without the token, which no build has a use for.
        (
            cd "$ACTION_PATH"
            unset GH_TOKEN
            cargo install --locked --quiet --path . --root "$CACHED"
        ) || fail 'it cannot be built from this checkout; the lines above tell why'
        found "$program" 'built from this version of the action'
        ;;
    *) fail 'how to install was not decided' ;;
esac
