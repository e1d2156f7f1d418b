# A branch that adds a token and takes it out again.
git init -q
mkdir tools
printf 'import os\n\nTOKEN = os.environ["GH_TOKEN"]\n' > tools/release.py
git add . && git commit -q -m 'a script'
git switch -q -c feature
printf 'import os\n\nTOKEN = "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW"\n' > tools/release.py
git commit -q -a -m 'try it'
git checkout -q main -- tools/release.py
git commit -q -m 'tidy up'
