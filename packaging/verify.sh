#!/usr/bin/env bash
# Verifies the files of a release, by the program that is released and by cosign; trusts neither of them alone.
#
#     packaging/verify.sh PROGRAM FOLDER --certificate-identity ID --certificate-oidc-issuer URL
#     packaging/verify.sh PROGRAM FOLDER --key FILE
#
# FOLDER holds SHA256SUMS, the files that it lists, and a bundle of each. In: COSIGN (its program; `cosign`)
set -euo pipefail

die() {
    printf 'verify.sh: %s\n' "$*" >&2
    exit 1
}

program=${1:?the program is missing}
folder=${2:?the folder is missing}
shift 2
(($# >= 2)) || die "who must have signed is missing"
cosign=${COSIGN:-cosign}
command -v "$cosign" > /dev/null || die "there is no $cosign"
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")

online=()
# A signature by a key alone stands in no public log.
[[ $1 != --key ]] || online=(--insecure-ignore-tlog)

cd "$folder"
files=(SHA256SUMS)
while read -r sum name; do
    [[ $sum =~ ^[0-9a-f]{64}$ && $name =~ ^bartizan-v[0-9A-Za-z.+_-]+$ ]] || die "SHA256SUMS has a line that is none"
    files+=("$name")
done < SHA256SUMS
((${#files[@]} > 1)) || die "SHA256SUMS lists nothing"
sha256sum --check --strict --quiet SHA256SUMS

for file in "${files[@]}"; do
    "$program" verify --offline --bundle "$file.sigstore.json" "$@" "$file" || die "bartizan does not verify $file"
    "$cosign" verify-blob "${online[@]}" --bundle "$file.sigstore.json" "$@" "$file" || die "cosign does not verify $file"
done
# Whatever else lies there is not part of the release.
for file in *; do
    [[ " ${files[*]} " == *" ${file%.sigstore.json} "* ]] || die "$file is not listed in SHA256SUMS"
done
printf '%d files verified by bartizan and by cosign\n' "${#files[@]}"
