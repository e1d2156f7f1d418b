#!/usr/bin/env bash
# Ends the job with the exit code of the scan, after the upload.
#
# In:  CODE, UPLOAD yes|no, UPLOADED (outcome of the upload)
# Out: uploaded
set -euo pipefail

uploaded=false
if [[ $UPLOAD == yes ]]; then
    if [[ $UPLOADED == success ]]; then
        uploaded=true
    else
        printf '::warning title=bartizan::the results were not uploaded to code scanning; it needs `permissions: security-events: write` (and in a private repository `actions: read` and Code Security). The findings are in the summary\n'
    fi
fi
printf 'uploaded=%s\n' "$uploaded" >> "$GITHUB_OUTPUT"
# If an earlier step failed, the code is missing, which is not a success.
exit "${CODE:-2}"
