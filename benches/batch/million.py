"""A batch of many made-up repositories that were scanned by no one: planned, written in parts of shards in random order, torn, tried
twice, and merged twice. Says what plan and merge took, and fails if both merges are not the same bytes.

    million.py BARTIZAN WORK [COUNT]      COUNT is 1,000,000 if it is not said; WORK is emptied
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time

SHARDS = 100


def measured(name, command, codes):
    started, process = time.monotonic(), subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in codes:
        sys.exit(f"{name} ended with {code}")
    passed = time.monotonic() - started
    print(f"{name}: {used.ru_utime + used.ru_stime:.1f} s of the processor, {passed:.1f} s passed, {used.ru_maxrss / 1024:.0f} MiB")


def line(value):
    return json.dumps(value, separators=(",", ":")) + "\n"


def block(entry, number, ended):
    """One in ten has a finding, of every hundred one is not whole, and one failed."""
    key, lines = entry["key"], []
    if number % 10 == 0:
        # A tenth of the secrets are shared by several.
        secret = number // 10 if number % 100 else number // 5000
        lines.append(
            line(
                {
                    "type": "finding",
                    "key": key,
                    "fingerprint": f"b1:{secret:032x}",
                    "shared": True,
                    "check": "github-personal-access-token",
                    "family": "secret",
                    "severity": "critical",
                    "confidence": "high",
                    "message": "a personal access token of GitHub is in this file",
                    "path": f"deploy/settings-{number % 7}.ini",
                    "line": 1 + number % 90,
                    "commit": f"{number:040x}",
                }
            )
        )
    record = {"type": "repository", "key": key, "location": entry["location"], "status": "complete"}
    if number % 100 == 7:
        record |= {"status": "incomplete", "message": "1 object is missing"}
    if number % 100 == 8:
        record |= {"status": "failed", "why": "timeout", "message": "it took longer than 10 min"}
    record |= {
        "scope": "history",
        "refs": f"{number:032x}",
        "commits": number % 97,
        "texts": number % 997,
        "bytes": 1000 * (number % 997),
        "findings": {"critical": len(lines), "high": 0, "medium": 0, "low": 0},
        "lines": len(lines),
        "cost": {"ended": ended, "wall_ms": 7, "cpu_ms": 6, "rss_kb": 24000, "attempt": 1},
    }
    return "".join([*lines, line(record)])


def main():
    program, work = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(f"{work}/results/parts", mode=0o700)
    with open(f"{work}/list", "w", encoding="utf-8") as file:
        file.writelines(f"https://host.example/group-{number % 1000}/name-{number}\n" for number in range(count))
    plan = f"{work}/results/plan.jsonl"
    command = [program, "batch", "plan", "--from", f"{work}/list", "--shards", str(SHARDS), "--out", plan, "--offline"]
    measured("plan", command, [0])

    entries = []
    with open(plan, encoding="utf-8") as file:
        head = json.loads(next(file))
        for text in file:
            entry = json.loads(text)
            if entry["type"] == "entry":
                entries.append((int(entry["location"].rsplit("-", 1)[1]), entry))
    about = {"v": head["v"], "version": head["version"], "rules": head["rules"], "settings": head["settings"], "now": head["now"]}
    with open(f"{work}/results/run.json", "w", encoding="utf-8") as file:
        json.dump(about, file)
    chance = random.Random(21)
    chance.shuffle(entries)
    files, torn = [None] * SHARDS, 0
    for number, entry in entries:
        text, shard = block(entry, number, 1_790_000_000_000 + number), entry["shard"]
        if files[shard] is None:
            files[shard] = open(f"{work}/results/parts/{shard:05}-s0-{torn:04}.jsonl", "w", encoding="utf-8")
        if number % 1000 == 3:
            # Killed in the middle of a block, and tried again, in a file of its own.
            files[shard].write(text[: len(text) // 2])
            files[shard].close()
            torn += 1
            files[shard] = open(f"{work}/results/parts/{shard:05}-s0-{torn:04}.jsonl", "w", encoding="utf-8")
        if number % 100 == 1:
            # It failed at first.
            failed = json.loads(text.splitlines()[-1]) | {"status": "failed", "why": "killed", "lines": 0}
            failed["cost"]["ended"] -= 5
            files[shard].write(line(failed))
        files[shard].write(text)
        if number % 100 == 2:
            files[shard].write(text)
    for file in files:
        if file:
            file.close()

    def merge(name):
        out = [f"{work}/{name}.jsonl", f"{work}/{name}.html", f"{work}/{name}"]
        os.makedirs(out[2])
        command = [program, "batch", "merge", f"{work}/results", "--out", out[0], "--html", out[1], "--csv", out[2]]
        measured(f"merge with page and tables, {name}", command, [2])

    command = [program, "batch", "merge", f"{work}/results", "--out", f"{work}/alone.jsonl"]
    measured("merge", command, [2])
    merge("first")
    # The same in other files and another order.
    parts = sorted(os.listdir(f"{work}/results/parts"))
    for name, other in zip(parts, reversed(parts)):
        os.rename(f"{work}/results/parts/{name}", f"{work}/results/parts/again-{other}")
    merge("second")
    for ending in (".jsonl", ".html", "/findings.csv", "/repositories.csv"):
        subprocess.run(["cmp", f"{work}/first{ending}", f"{work}/second{ending}"], check=True)
    subprocess.run(["cmp", f"{work}/alone.jsonl", f"{work}/first.jsonl"], check=True)
    with open(f"{work}/first.jsonl", "rb") as file:
        kinds = [text.startswith(b'{"type":"repository"') - (b'"status":"missing"' in text) for text in file]
    records = kinds.count(1)
    sizes = {ending: os.path.getsize(f"{work}/first{ending}") >> 20 for ending in (".jsonl", ".html")}
    print(f"{records} of {count} repositories; MiB: {sizes}")
    if records != count:
        sys.exit("some are missing")


main()
