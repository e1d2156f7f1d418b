# An environment file with a password, and a script with a token.
git init -q
mkdir tools
printf 'MAIL_HOST=mail.example.org\nMAIL_USER=shop\nMAIL_PASSWORD=tulip-over¦cast-41\n' > .env
printf 'import os\n\nTOKEN = os.environ.get("GH_TOKEN") or "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW"\n' > tools/release.py
git add .
