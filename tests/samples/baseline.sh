# A token that is known.
git init -q
mkdir src
printf '# A shop.\n' > README.md
printf 'import os\nTOKEN = "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW"\n' > src/config.py
git add .
