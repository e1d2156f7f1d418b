#!/usr/bin/env bash
# Whether an archive for anything but Windows holds what it should, as nobody's, in one folder, in order:
#
#     packaging/complete.sh ARCHIVE
set -euo pipefail

archive=${1:?the archive is missing}
name=$(basename "$archive" .tar.gz)
names=$(tar -tzf "$archive")
[[ $names == "$(LC_ALL=C sort <<< "$names")" ]] || { printf 'complete.sh: the names are not in order\n' >&2; exit 1; }
for file in bartizan README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE man/bartizan.1 man/bartizan-scan.1 \
    completions/bartizan.bash completions/_bartizan completions/bartizan.fish completions/_bartizan.ps1 completions/bartizan.elv; do
    grep -q -x -F "$name/$file" <<< "$names" || { printf 'complete.sh: there is no %s\n' "$file" >&2; exit 1; }
done
if grep -v "^$name/" <<< "$names"; then
    printf 'complete.sh: that is outside of the folder\n' >&2
    exit 1
fi
# Mode, owner, size, date and name of each.
if tar --numeric-owner -tvzf "$archive" | awk '$2 != "0/0" { print; bad = 1 } END { exit !bad }'; then
    printf 'complete.sh: that belongs to somebody\n' >&2
    exit 1
fi
