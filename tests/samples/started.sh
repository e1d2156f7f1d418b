# A repository in which `bartizan init` has written what it can.
git init -q
printf 'print("hello")\n' > main.py
bartizan init --config --action --hooks > /dev/null
git add .
