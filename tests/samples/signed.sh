# A release that is signed with a key of the repository.
git init -q
cp -r "$FIXTURES/artifact-changed-after-signing/good/bundle/repo/." .
git add .
