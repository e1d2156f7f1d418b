#!/usr/bin/env bash
# Scans, once, and writes all reports. Findings do not fail this step: the last one does, after the upload.
#
# In:  PROGRAM, MODE, BASE, RANGE, SCAN_PATH, CHECKS, EXCLUDE, CONFIG, BASELINE, FAIL_ON, ADVISORY_DB, OSV, OSV_DB,
#      CATEGORY, SUMMARY, ANNOTATIONS, UPLOAD, ARGS
# Out: code, upload, sarif-file, json-file, html-file, findings, findings-by-severity, highest-severity, scanned-range
set -euo pipefail

fail() {
    printf '::error title=bartizan::%s\n' "${1//[$'\r\n']/ }"
    exit 2
}

# A list with an entry a line, or with commas between them, as arguments that each follow $1.
each() {
    local entry
    while IFS= read -r entry || [[ -n $entry ]]; do
        entry=${entry#"${entry%%[![:space:]]*}"}
        entry=${entry%"${entry##*[![:space:]]}"}
        [[ -n $entry ]] && arguments+=("$1" "$entry")
    done < <(printf '%s' "$2" | if [[ $3 == commas ]]; then tr ',' '\n'; else cat; fi)
    return 0
}

out=$(mktemp -d "$RUNNER_TEMP/bartizan-XXXXXXXX")
# In a container the checkout belongs to another user; nothing of it is run.
arguments=(scan --allow-foreign-owner)
case $MODE in
    full) ;;
    # What is on the default branch has been accepted, its settings among it: all else is judged by them.
    pushed)
        arguments+=(--range "$RANGE" --worktree)
        [[ -n $CONFIG ]] || arguments+=(--config-from HEAD)
        ;;
    base) arguments+=(--base "$BASE") ;;
    history) arguments+=(--history) ;;
    nothing)
        printf 'code=0\nupload=no\nfindings=0\nhighest-severity=none\n' >> "$GITHUB_OUTPUT"
        exit 0
        ;;
    *) fail "unknown mode" ;;
esac
each --checks "$CHECKS" commas
each --exclude "$EXCLUDE" lines
# A file of the repository, named by an input, counts as the base has it: what a pull request brings must not
# say how it is judged. Adds `$1 FILE`, or `$3` if the base has no such file.
judged_by() {
    local option=$1 file=${2#./} none=$3 root inside
    root=$(git -c safe.directory='*' -C "$SCAN_PATH" rev-parse --show-toplevel 2> /dev/null) || root=
    [[ $file == /* || $file == [A-Za-z]:* ]] || file=$(pwd -P)/$file
    inside=${file#"$root"/}
    if [[ $MODE != base || -z $root || $inside == "$file" ]]; then
        arguments+=("$option" "$file")
        return
    fi
    # All of the base, for a configuration may name other files of it.
    if [[ ! -d $out/base ]]; then
        mkdir "$out/base"
        git -c safe.directory='*' -C "$root" archive "$BASE" | tar -x -f - -C "$out/base" || fail "the files of the base commit $BASE cannot be had"
    fi
    if [[ -f $out/base/$inside ]]; then
        arguments+=("$option" "$out/base/$inside")
    else
        printf '::notice title=bartizan::%s of the action is a file that the base does not have yet, so it does not count\n' "${option#--}"
        arguments+=("$none")
    fi
}
[[ -z $CONFIG ]] || judged_by --config "$CONFIG" --no-config
[[ -z $BASELINE ]] || judged_by --baseline "$BASELINE" --no-baseline
[[ -n $FAIL_ON ]] && arguments+=(--fail-on "$FAIL_ON")
[[ -n $ADVISORY_DB ]] && arguments+=(--advisory-db "$ADVISORY_DB")
# Where the newest cannot be fetched the program has older ones; nothing is green because of them.
arguments+=(--default-max-db-age 7)
[[ -n $MAX_DB_AGE ]] && arguments+=(--max-db-age "$MAX_DB_AGE")
each --osv "$OSV" commas
[[ -n $OSV_DB ]] && arguments+=(--osv-db "$OSV_DB")
[[ -n $CATEGORY ]] && arguments+=(--sarif-category "$CATEGORY")
if [[ -n ${ARGS//[[:space:]]/} ]]; then
    # xargs takes quotes and backslashes apart as a shell does, and evaluates nothing.
    printf '%s' "$ARGS" | xargs printf '%s\0' > "$out/args" || fail "the quotes in \`args\` do not match"
    while IFS= read -r -d '' argument; do
        arguments+=("$argument")
    done < "$out/args"
fi
arguments+=(--output "sarif=$out/bartizan.sarif" --output "json=$out/bartizan.json")
arguments+=(--output "html=$out/bartizan.html" --output "markdown=$out/summary.md" --output "github=$out/annotations" -- "$SCAN_PATH")

# What people read in the log quotes the repository: until the token comes again, nothing in it is a command.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '::stop-commands::%s\n' "$token"
code=0
"$PROGRAM" "${arguments[@]}" 2>&1 || code=$?
printf '::%s::\n' "$token"
# A crash, or a signal: no report of it is to be believed.
((code <= 2)) || code=2

whole=yes
for file in bartizan.sarif bartizan.json; do
    [[ -s $out/$file ]] || whole=no
done
if [[ $whole == no ]]; then
    # Nothing was scanned, and the program has said why.
    printf '::error title=bartizan::the scan could not be done; the log of this step tells why\n'
    code=2
fi
[[ $ANNOTATIONS == true && -s $out/annotations ]] && cat "$out/annotations"
if [[ $SUMMARY == true && -n ${GITHUB_STEP_SUMMARY:-} ]]; then
    if [[ -s $out/summary.md ]]; then
        cat "$out/summary.md" >> "$GITHUB_STEP_SUMMARY"
    else
        printf '## ⚠️ bartizan: nothing was scanned\n\nThe log of the step tells why.\n' >> "$GITHUB_STEP_SUMMARY"
    fi
fi
# The results of a scan that is not whole would close the alerts of what it has not seen.
if [[ $UPLOAD == yes && $code == 2 ]]; then
    printf '::notice title=bartizan::the scan is not whole, so its results are not uploaded\n'
    UPLOAD=no
fi
case $MODE in
    base) scanned="$BASE..HEAD" ;;
    pushed) scanned="$RANGE and all files" ;;
    history) scanned='all files and the whole history' ;;
    *) scanned='all files' ;;
esac
{
    printf 'code=%s\nupload=%s\nscanned-range=%s\n' "$code" "$UPLOAD" "$scanned"
    printf 'sarif-file=%s\njson-file=%s\nhtml-file=%s\n' "$out/bartizan.sarif" "$out/bartizan.json" "$out/bartizan.html"
    if [[ -s $out/bartizan.json ]]; then "$PROGRAM" action outputs "$out/bartizan.json"; fi
} >> "$GITHUB_OUTPUT"
