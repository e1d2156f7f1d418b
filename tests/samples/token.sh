# A script with a token.
git init -q
mkdir tools
printf 'import os\n\nTOKEN = "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW"\n' > tools/release.py
git add .
