# A release that has changed since it was signed.
git init -q
cp -r "$FIXTURES/artifact-changed-after-signing/good/bundle/repo/." .
printf x >> dist/app.tgz
git add .
