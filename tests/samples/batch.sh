# Three bare repositories and the list of them.
git init -q
for name in shop blog site; do
    git init -q "../$name"
    printf 'hello\n' > "../$name/README"
done
printf 'TOKEN = "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW"\n' | tee ../shop/config.py > ../blog/settings.py
for name in shop blog site; do
    git -C "../$name" add . && git -C "../$name" commit -q -m first
    git clone -q --bare "../$name" "$name.git"
done
printf './%s\n' shop.git blog.git site.git > repos.txt
