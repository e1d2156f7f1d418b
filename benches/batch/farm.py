"""Makes small bare repositories, the same ones for the same arguments, to measure `bartizan batch` with.

    farm.py DIRECTORY COUNT [TEXTS]

Each has 20 to 60 texts of TEXTS (the tree that this script is in) in 10 to 30 commits, which is 40 to 110 KB of packs;
every tenth holds a made-up token of its own, every twentieth is a copy of the one before it with one commit more. Needs git 2.
"""

import os
import random
import shutil
import subprocess
import sys
import zlib

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ENDINGS = (".rs", ".md", ".py", ".sh", ".toml", ".yml", ".yaml", ".json", ".js", ".css", ".html")
LARGEST = 5 << 10


def texts(tree):
    found = []
    for folder, folders, files in os.walk(tree):
        folders[:] = sorted(name for name in folders if name not in (".git", "target", "fixtures", "checks", "tests"))
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name.endswith(ENDINGS) and 0 < os.path.getsize(path) <= LARGEST:
                with open(path, "rb") as file:
                    found.append((os.path.relpath(path, tree), file.read()))
    if len(found) < 60:
        sys.exit(f"{tree}: {len(found)} texts are too few")
    return found


def token(chance):
    """A token of GitHub: thirty letters, and six that check them."""
    body = "".join(chance.choice(LETTERS) for _ in range(30))
    number, check = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        check = LETTERS[digit] + check
    return "ghp" + "_" + body + check.rjust(6, "0")


def bare(path):
    for folder in ("objects/pack", "objects/info", "refs/heads", "refs/tags"):
        os.makedirs(os.path.join(path, folder))
    with open(os.path.join(path, "HEAD"), "w", encoding="utf-8") as file:
        file.write("ref: refs/heads/main\n")
    with open(os.path.join(path, "config"), "w", encoding="utf-8") as file:
        file.write("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n")


def fill(path, commits, parent=None):
    """Adds commits, each a list of names and bytes, to `main`."""
    stream = []
    for number, files in enumerate(commits):
        time = 1_700_000_000 + 3600 * number + (10**6 if parent else 0)
        stream.append(b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 5\nmore\n\n" % time)
        if parent and number == 0:
            stream.append(b"from refs/heads/main^0\n")
        for name, text in files:
            stream.append(b"M 644 inline %s\ndata %d\n%s\n" % (name.encode(), len(text), text))
        stream.append(b"\n")
    command = ["git", "-c", "fastimport.unpackLimit=1", "-C", path, "fast-import", "--quiet"]
    subprocess.run(command, input=b"".join(stream), check=True)


def one(path, number, pool):
    chance = random.Random(number)
    chosen = chance.sample(pool, chance.randint(20, 60))
    commits = [[] for _ in range(chance.randint(10, 30))]
    for name, text in chosen:
        first = chance.randrange(len(commits))
        commits[first].append((name, text))
        # Some are changed later: lines go away, as in life.
        lines = text.splitlines(keepends=True)
        for later in range(first + 1, min(first + 1 + chance.randint(0, 2), len(commits))):
            del lines[chance.randrange(len(lines))]
            commits[later].append((name, b"".join(lines) or b"\n"))
            lines = lines or [b"\n"]
    if number % 10 == 0:
        line = f'github_token = "{token(chance)}"\n'.encode()
        commits[chance.randrange(len(commits))].append(("deploy/settings.ini", line))
    bare(path)
    fill(path, [files for files in commits if files])


def main():
    directory, count = sys.argv[1], int(sys.argv[2])
    here = os.path.dirname(os.path.abspath(__file__))
    pool = texts(sys.argv[3] if len(sys.argv) > 3 else os.path.join(here, "..", ".."))
    for number in range(count):
        path = os.path.join(directory, f"{number // 1000:03}", f"{number % 1000:03}.git")
        if os.path.exists(path):
            continue
        # Whole, or not there.
        making = path + ".new"
        shutil.rmtree(making, ignore_errors=True)
        if number % 20 == 19:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copytree(os.path.join(directory, f"{(number - 1) // 1000:03}", f"{(number - 1) % 1000:03}.git"), making)
            fill(making, [[("FORK.md", f"fork {number}\n".encode())]], parent=True)
        else:
            one(making, number, pool)
        os.rename(making, path)


main()
