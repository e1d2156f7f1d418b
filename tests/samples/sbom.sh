# An SBOM that is older than its lock file.
git init -q
cp -r "$FIXTURES/sbom-drift/bad/versions-checksums-and-gone/repo/." .
git add .
