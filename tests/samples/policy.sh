# A security policy, and a repository that does not keep all of it.
git init -q
mkdir -p .github/workflows
cat > SECURITY.md <<'M'
# Security policy

- All actions are pinned to commits.
- There is no unsafe code.
- Dependabot proposes updates every week.
- We answer within three days.
M
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
Y
cat > .github/dependabot.yml <<'Y'
version: 2
updates:
  - package-ecosystem: cargo
    directory: /
    schedule:
      interval: weekly
Y
mkdir src
printf '#![forbid(unsafe_code)]\n' > src/lib.rs
printf '[package]\nname = "shop"\nversion = "1.0.0"\nedition = "2024"\n' > Cargo.toml
git add . && git commit -q -m first
