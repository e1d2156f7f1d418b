#!/usr/bin/env bash
# Builds the program for a target and packs it: packaging/package.sh TARGET [FOLDER]
# writes FOLDER/bartizan-vX.Y.Z-TARGET.tar.gz (a zip for Windows) and prints its path; FOLDER is `dist` if not given.
# The same commit, toolchain and C compiler give the same bytes, in whatever folder this is.
#
# In: PROFILE (of Cargo; dist), SOURCE_DATE_EPOCH (the time of the commit)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
    printf 'package.sh: %s\n' "$*" >&2
    exit 1
}

target=${1:?the target is missing, for instance x86_64-unknown-linux-musl}
mkdir -p "${2:-dist}"
out=$(cd "${2:-dist}" && pwd)
profile=${PROFILE:-dist}
python=$(command -v python3 || command -v python) || die "no Python, which writes the archive"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} ZERO_AR_DATE=1
version=$(sed -n '/^\[package\]/,/^$/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || die "Cargo.toml has no version to name the archive after"

# --- the program, without the paths of this machine ---------------------------------------------

# As the compilers spell paths.
native() { if command -v cygpath > /dev/null; then cygpath -w "$1"; else printf '%s' "$1"; fi; }

cargo_home=$(native "${CARGO_HOME:-$HOME/.cargo}")
here=$(native "$PWD")
[[ -z ${CARGO_TARGET_DIR:-} ]] || mkdir -p "$CARGO_TARGET_DIR"
built=$(cd "${CARGO_TARGET_DIR:-.}" && pwd)
[[ -n ${CARGO_TARGET_DIR:-} ]] || built=$built/target
# The last one that fits is taken.
flags=("--remap-path-prefix=$here=/bartizan" "--remap-path-prefix=$(native "$built")=/bartizan/target" "--remap-path-prefix=$cargo_home=/cargo")
case $target in
    # Nothing that a fresh Windows lacks; and no time of the build.
    *-msvc) flags+=("-Ctarget-feature=+crt-static" "-Clink-arg=/Brepro") ;;
    *) export CFLAGS="${CFLAGS:-} -ffile-prefix-map=$built=/bartizan/target -ffile-prefix-map=$cargo_home=/cargo" ;;
esac
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS CARGO_INCREMENTAL=0
cargo build --locked --profile "$profile" --target "$target" --bin bartizan >&2

subfolder=$profile
[[ $profile != dev ]] || subfolder=debug
suffix=
[[ $target != *-windows-* ]] || suffix=.exe
program=$built/$target/$subfolder/bartizan$suffix
[[ $("$program" --version) == "bartizan $version" ]] || die "$program does not call itself bartizan $version"

# --- what goes with it ----------------------------------------------------------------------------

name=bartizan-v$version-$target
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
folder=$staging/$name
mkdir -p "$folder/man" "$folder/completions"
cp "$program" README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE "$folder"

"$program" man --all "$folder/man" > /dev/null
for file in bash:bartizan.bash zsh:_bartizan fish:bartizan.fish powershell:_bartizan.ps1 elvish:bartizan.elv nushell:bartizan.nu; do
    "$program" completions "${file%%:*}" > "$folder/completions/${file#*:}"
done

# --- the archive ----------------------------------------------------------------------------------

if [[ $target == *-windows-* ]]; then
    archive=$out/$name.zip
    "$python" packaging/archive.py "$folder" "$SOURCE_DATE_EPOCH" zip > "$archive.part"
else
    archive=$out/$name.tar.gz
    "$python" packaging/archive.py "$folder" "$SOURCE_DATE_EPOCH" tar | gzip -n -9 > "$archive.part"
fi
mv "$archive.part" "$archive"
printf '%s\n' "$archive"
