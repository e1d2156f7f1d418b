#!/usr/bin/env python3
"""A made-up dump of OSV about npm, of the size and the mixture of the real one, and a lock file to compare with it.

    dump.py make FOLDER [ADVISORIES [MALICIOUS [PACKAGES]]]   FOLDER/all.zip and FOLDER/repo/package-lock.json
    dump.py measure PROGRAM FOLDER                            CPU seconds of an import and of scans

Without numbers: 20,000 advisories, 200,000 documents about malicious packages, 5,000 locked packages. What is made is
the same each time. Measured is user and system time together, of ten scans the median.
"""

import hashlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import zipfile

WORDS = """ant bar cable dart ember flux grid helm iron jade knot loom mast node oak pipe quartz rope sail tin umber vane
wire xenon yarn zinc auth buffer cache draw event fetch glob hash image json kit lint mock next open parse query react
stream text util view web async base core deep easy fast get http is lodash micro nano on promise safe simple ts use vue
""".split()


def names(rng, count):
    """Names of packages, a fifth of them in a scope."""
    found = {}
    while len(found) < count:
        name = "-".join(rng.choice(WORDS) for _ in range(rng.choice((1, 2, 2, 3, 3))))
        if rng.random() < 0.7:
            name += f"{rng.choice('-._')}{rng.randrange(100000)}"
        if rng.random() < 0.2:
            name = f"@{rng.choice(WORDS)}{rng.randrange(3000)}/{name}"
        found[name] = None
    return list(found)


def text(rng, words):
    return " ".join(rng.choice(WORDS) for _ in range(words))


def version(rng):
    return f"{rng.randrange(12)}.{rng.randrange(30)}.{rng.randrange(60)}"


def day(rng):
    return f"20{rng.randrange(18, 27)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T10:20:30Z"


def key(text):
    return tuple(int(part) for part in text.split("."))


def advisory(rng, number, package):
    code = hashlib.sha1(f"{number}".encode()).hexdigest()
    first, second, third, fourth = sorted((version(rng) for _ in range(4)), key=key)
    events = [{"introduced": rng.choice(("0", first))}, {"fixed": second}]
    affected = [{"package": {"ecosystem": "npm", "name": package, "purl": f"pkg:npm/{package}"},
                 "ranges": [{"type": "SEMVER", "events": events}],
                 "database_specific": {"source": f"https://github.com/advisories/{number}.json"}}]
    if rng.random() < 0.4:
        more = [{"introduced": third}, {"fixed": fourth}]
        affected.append({**affected[0], "ranges": [{"type": "SEMVER", "events": more}]})
    return {
        "schema_version": "1.6.0", "id": f"GHSA-{code[:4]}-{code[4:8]}-{code[8:12]}", "modified": day(rng),
        "published": day(rng), "aliases": [f"CVE-{rng.randrange(2016, 2027)}-{number}"],
        "summary": text(rng, 9), "details": "\n\n".join(text(rng, 60) for _ in range(rng.randrange(2, 9))),
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:" + rng.choice("HL")}],
        "affected": affected,
        "references": [{"type": "WEB", "url": f"https://example.org/{text(rng, 2)}/{part}"} for part in range(5)],
        "database_specific": {"cwe_ids": ["CWE-400"], "github_reviewed": True, "severity": rng.choice(("HIGH", "MODERATE"))},
    }


def malicious(rng, number, package):
    digest = hashlib.sha256(f"{number}".encode()).hexdigest()
    entry = {"package": {"ecosystem": "npm", "name": package, "purl": f"pkg:npm/{package}"}}
    if rng.random() < 0.5:
        entry["ranges"] = [{"type": "SEMVER", "events": [{"introduced": "0"}]}]
    else:
        entry["versions"] = [version(rng) for _ in range(rng.choice((1, 1, 1, 2, 5, 20)))]
    return {
        "schema_version": "1.7.4", "id": f"MAL-{rng.randrange(2022, 2027)}-{number}", "modified": day(rng),
        "published": day(rng), "summary": f"Malicious code in {package} (npm)",
        "details": f"\n---\n_-= Per source details. Do not edit below this line.=-_\n\n## Source: {text(rng, 2)} ({digest})\n"
                   + text(rng, rng.randrange(20, 120)),
        "affected": [entry],
        "credits": [{"name": text(rng, 2), "contact": ["https://example.org"], "type": "FINDER"}],
        "database_specific": {"malicious-packages-origins": [
            {"import_time": day(rng), "modified_time": day(rng), "sha256": digest, "source": text(rng, 1),
             "versions": entry.get("versions", [])}]},
    }


def make(folder, advisories=20_000, bad=200_000, locked=5_000):
    rng = random.Random(23)
    os.makedirs(f"{folder}/repo", exist_ok=True)
    good, wicked = names(rng, 60_000), names(rng, bad)
    # A few packages have most of the advisories, as it is.
    known = good[:8_000]
    documents = [advisory(rng, number, known[int(len(known) * rng.random() ** 2)]) for number in range(advisories)]
    documents += [malicious(rng, number, package) for number, package in enumerate(wicked)]
    rng.shuffle(documents)
    with zipfile.ZipFile(f"{folder}/all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            archive.writestr(f"{document['id']}.json", json.dumps(document, indent=2))
    packages = {"": {"name": "app", "version": "1.0.0"}}
    # A tenth of what is locked has had advisories, and two packages are malicious.
    chosen = known[:locked // 10] + good[8_000:8_000 + locked - locked // 10 - 2] + wicked[:2]
    for package in chosen[:locked]:
        digest = hashlib.sha512(package.encode()).digest()
        # Most is newer than what was mended in it.
        locked_version = version(rng) if rng.random() < 0.1 else f"{rng.randrange(12, 20)}.{rng.randrange(30)}.0"
        packages[f"node_modules/{package}"] = {
            "version": locked_version,
            "resolved": f"https://registry.npmjs.org/{package}/-/{package.split('/')[-1]}-{locked_version}.tgz",
            "integrity": "sha512-" + __import__("base64").b64encode(digest).decode(),
            "license": "MIT", "dependencies": {rng.choice(chosen): "^1.0.0" for _ in range(3)}, "engines": {"node": ">=12"},
        }
    with open(f"{folder}/repo/package-lock.json", "w", encoding="utf-8") as file:
        json.dump({"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}, file, indent=2)
    print(f"{len(documents)} documents, {os.path.getsize(folder + '/all.zip') >> 20} MiB; {len(packages) - 1} packages")


def seconds(command, environment):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, run


def measure(program, folder):
    environment = {**os.environ, "BARTIZAN_CACHE_DIR": f"{folder}/cache", "CARGO_HOME": f"{folder}/cargo",
                   "BARTIZAN_OFFLINE": "1"}
    took, run = seconds([program, "db", "import", "--osv", "npm", f"{folder}/all.zip"], environment)
    print(f"{took:8.3f} s  db import: {run.stdout.decode().strip()}{run.stderr.decode().strip()}")
    print(f"{os.path.getsize(folder + '/cache/osv/npm.index') >> 20} MiB of index")
    repo = f"{folder}/repo"
    for name, arguments in {
        "nothing but the comparison": ["--checks", "malicious-package,vulnerable-package"],
        "the same, not compared": ["--checks", "no-update-tool"],
        "all checks": [],
        "all checks, without a database": ["--skip-checks", "dependency"],
    }.items():
        command = [program, "scan", "--format", "json", *arguments, repo]
        runs = [seconds(command, environment) for _ in range(11)][1:]
        report = json.loads(runs[0][1].stdout)
        count = sum(finding["check"] in ("malicious-package", "vulnerable-package") for finding in report["findings"])
        print(f"{statistics.median(took for took, _ in runs):8.3f} s  {name}: {count} packages reported")


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2], *(int(number) for number in sys.argv[3:]))
    elif sys.argv[1:2] == ["measure"]:
        measure(*sys.argv[2:4])
    else:
        sys.exit(__doc__)
