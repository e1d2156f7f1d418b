#!/usr/bin/env bash
# Finds out which commits the event is about, and fetches what of them is missing.
#
# In:  PROGRAM, SCAN, SCAN_PATH, ALLOW_TARGET, UPLOAD auto|true|false, TOKEN, GITHUB_*
# Out: mode, base, range, suffix, upload
set -euo pipefail

fail() {
    printf '::error title=bartizan::%s\n' "${1//[$'\r\n']/ }"
    exit 2
}

# Settings go to git by its environment, not by its arguments, which every process can see.
count=0
setting() {
    export "GIT_CONFIG_KEY_$count=$1" "GIT_CONFIG_VALUE_$count=$2"
    count=$((count + 1))
    export GIT_CONFIG_COUNT=$count
}
export GIT_TERMINAL_PROMPT=0
# In a container the checkout belongs to another user.
setting safe.directory '*'
# The checkout may have left no credentials behind; these are for the server of this repository alone.
header="http.${GITHUB_SERVER_URL:-https://github.com}/.extraheader"
# One header is enough: two are refused.
if [[ -n ${TOKEN:-} ]] && ! git -C "$SCAN_PATH" config --get "$header" > /dev/null 2>&1; then
    credentials=$(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\r\n')
    printf '::add-mask::%s\n' "$credentials"
    setting "$header" "AUTHORIZATION: basic $credentials"
fi

options=(--path "$SCAN_PATH" --scan "$SCAN")
[[ $ALLOW_TARGET == true ]] && options+=(--allow-pull-request-target)
answer=$RUNNER_TEMP/bartizan-plan
attempt=1
while :; do
    if ! "$PROGRAM" action plan "${options[@]}" --attempt "$attempt" > "$answer" 2> "$answer.why"; then
        fail "$(tr '\n' ' ' < "$answer.why")"
    fi
    fetch=() mode='' base='' range='' suffix='' upload='' why='' notes=()
    while IFS='=' read -r key value; do
        case $key in
            fetch) fetch+=("$value") ;;
            mode) mode=$value ;;
            base) base=$value ;;
            range) range=$value ;;
            suffix) suffix=$value ;;
            upload) upload=$value ;;
            no-upload) why=$value ;;
            note) notes+=("$value") ;;
        esac
    done < "$answer"
    ((${#fetch[@]})) || break
    printf 'git fetch %s\n' "${fetch[*]}"
    # What a server says may be anything: until the token comes again, nothing in it is a command.
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$token"
    # If it fails, the next answer tells what to do.
    git -C "$SCAN_PATH" fetch --quiet --no-recurse-submodules "${fetch[@]}" 2>&1 || printf 'that fetch failed\n'
    printf '::%s::\n' "$token"
    attempt=$((attempt + 1))
done

for note in ${notes[@]+"${notes[@]}"}; do
    printf '::notice title=bartizan::%s\n' "$note"
done
case $UPLOAD in
    false) upload=no why='`upload-sarif` is false' ;;
    true | auto) ;;
    *) fail "\`upload-sarif\` is auto, true or false" ;;
esac
if [[ $upload == no ]]; then
    [[ $UPLOAD == true ]] && fail "\`upload-sarif: true\`, but $why"
    printf 'no upload to code scanning: %s\n' "$why"
fi
{
    printf 'mode=%s\nbase=%s\nrange=%s\nsuffix=%s\nupload=%s\n' "$mode" "$base" "$range" "$suffix" "$upload"
} >> "$GITHUB_OUTPUT"
