# A token in a file that is staged.
git init -q
mkdir src
printf 'import os\n\ntoken = "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW"\n' > src/conf.py
git add .
