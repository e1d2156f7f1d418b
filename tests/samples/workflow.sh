# A workflow that anyone starts, with an action of the repository.
git init -q
mkdir -p .github/workflows .github/actions/say
cat > .github/workflows/triage.yml <<'Y'
on: issues
permissions:
  issues: write
jobs:
  triage:
    runs-on: ubuntu-24.04
    steps:
      - uses: ./.github/actions/say
        with:
          what: ${{ github.event.issue.title }}
Y
cat > .github/actions/say/action.yml <<'Y'
name: say
description: Says it.
inputs:
  what:
    description: What.
runs:
  using: composite
  steps:
    - run: echo "${{ inputs.what }}"
      shell: bash
Y
cat > .github/workflows/ci.yml <<'Y'
on: push
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: acme/setup@v2
Y
git add .
