"""A batch on Ray: a task a shard, tried again where that may help.

    RAY_USAGE_STATS_ENABLED=0 python ray_job.py results/plan.jsonl results

The directory of results is one that all nodes see.
"""

import json
import subprocess
import sys

import ray

AGAIN = 75


class TryAgain(Exception):
    """The worker asks for another try, or was killed."""


@ray.remote(num_cpus=2, max_retries=3, retry_exceptions=[TryAgain])
def scan(plan, out, shard, shards):
    """Scans one shard; what an earlier try has finished is not done again."""
    command = ["bartizan", "batch", "run", plan, "--out", out, "--shard", f"{shard}/{shards}", "--jobs", "2", "--quiet"]
    code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode
    if code == AGAIN or code < 0:
        raise TryAgain(f"shard {shard} ended with {code}")
    return code


def main():
    plan, out = sys.argv[1:]
    with open(plan, encoding="utf-8") as file:
        shards = json.loads(file.readline())["shards"]
    ray.init()
    codes = ray.get([scan.remote(plan, out, shard, shards) for shard in range(shards)])
    merge = ["bartizan", "batch", "merge", out, "--out", f"{out}/all.jsonl", "--html", f"{out}/overview.html"]
    code = subprocess.run(merge, check=False, stdin=subprocess.DEVNULL).returncode
    sys.exit(max([code, *codes]))


if __name__ == "__main__":
    main()
