# A report of Monday, and one of today.
git init -q
printf '# A shop.\n' > README.md
printf 'TOKEN = "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW"\n' > config.py
printf 'SLACK = "https://hooks.slack.com/services/T0¦4QK7ZRM1P/B05XN2VWJ8C/q8ZtLw3Yb6RnKx1VcPd7MhGs"\n' > hook.py
printf '*.json\n' > .git/info/exclude
git add .
bartizan scan --format json > monday.json || true
git rm -q -f hook.py
bartizan scan --format json > today.json || true
