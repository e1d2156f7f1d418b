# An environment file that is not ignored, and a workflow that keeps its token.
git init -q
mkdir -p .github/workflows
printf 'MAIL_PASSWORD=tulip-over¦cast-41\n' > .env
cat > .github/workflows/ci.yml <<'Y'
on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - run: cargo test
Y
git add .
