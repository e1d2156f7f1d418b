"""Runs `bartizan batch run` over a list or directory, and says what it took: seconds of the processor of all its processes, and
the most memory of the supervisor and of any worker, over the first tenth of the repositories and over all.

    run.py BARTIZAN FROM OUT [ARGUMENTS…]      Linux
"""

import glob
import os
import resource
import subprocess
import sys
import time


def status(process):
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            return dict(line.split(":", 1) for line in file)
    except (FileNotFoundError, ProcessLookupError):
        return {}


def kib(of, name):
    return int(of.get(name, "0 kB").split()[0])


def children(process):
    found = []
    for path in glob.glob(f"/proc/{process}/task/*/children"):
        try:
            with open(path, encoding="utf-8") as file:
                found += [int(number) for number in file.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def recorded(out):
    count = 0
    for path in glob.glob(os.path.join(glob.escape(out), "parts", "*.jsonl")):
        with open(path, "rb") as file:
            count += file.read().count(b'{"type":"repository"')
    return count


def main():
    program, listed, out, *more = sys.argv[1:]
    started = time.monotonic()
    command = [program, "batch", "run", "--from", listed, "--out", out, "--quiet", "--offline", *more]
    child = subprocess.Popen(command)
    # [supervisor, worker], at most; so they were when the first tenth was done.
    most, early, looked = [0, 0], None, started
    total = None
    while child.poll() is None:
        most[0] = max(most[0], kib(status(child.pid), "VmHWM"))
        for worker in children(child.pid):
            most[1] = max(most[1], kib(status(worker), "VmHWM"))
        if early is None and time.monotonic() - looked > 1:
            looked = time.monotonic()
            plan = os.path.join(out, "plan.jsonl")
            if total is None and os.path.exists(plan):
                with open(plan, "rb") as file:
                    total = file.read().count(b'{"type":"entry"')
            if total and recorded(out) * 10 >= total:
                early = list(most)
        time.sleep(0.05)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    early = early or most
    print(
        f"exit {child.returncode}, {recorded(out)} records, {used.ru_utime + used.ru_stime:.2f} s of the processor, "
        f"{time.monotonic() - started:.1f} s passed; supervisor {early[0] / 1024:.0f} then {most[0] / 1024:.0f} MiB, "
        f"worker {early[1] / 1024:.0f} then {most[1] / 1024:.0f} MiB"
    )


if __name__ == "__main__":
    main()
