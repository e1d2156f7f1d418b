# A clone of depth 1.
git init -q ../origin
for text in one two three; do
    printf '%s\n' "$text" > ../origin/file
    git -C ../origin add .
    git -C ../origin commit -q -m "$text"
done
git -C ../origin branch feature
git -C ../origin reset -q --hard HEAD~2
git clone -q --depth 1 --no-single-branch --branch feature "file://$(cd ../origin && pwd)" .
