"""Kills `bartizan batch run` by -9 at random moments, runs it again, and compares what is merged with an undisturbed run.

    kills.py BARTIZAN FROM WORK [ROUNDS [SEED]]      Linux; 20 rounds if it is not said

By turns the supervisor, a worker, and both with all workers are killed, each somewhere in the time that a run takes.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

from run import children, recorded


def main():
    program, listed, work = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 20
    chance = random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 21)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)

    def command(out):
        return [program, "batch", "run", "--from", listed, "--out", out, "--quiet", "--offline", "--jobs", "2"]

    started = time.monotonic()
    alone = f"{work}/undisturbed"
    if subprocess.run(command(alone)).returncode not in (0, 1, 2):
        sys.exit("the undisturbed run ended otherwise than it may")
    length = time.monotonic() - started
    total = recorded(alone)
    print(f"{total} repositories, {length:.1f} s undisturbed")
    number = 0
    while number < rounds:
        out = f"{work}/out"
        shutil.rmtree(out, ignore_errors=True)
        child = subprocess.Popen(command(out), stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.02, 0.9 * length))
        workers, who = children(child.pid), ("supervisor", "worker", "both")[number % 3]
        if child.poll() is not None or (who != "supervisor" and not workers):
            # Too late, or too early: this is no round.
            child.kill()
            child.wait()
            length *= 0.95
            continue
        for process in {"supervisor": [child.pid], "worker": workers[:1], "both": [*workers, child.pid]}[who]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        code, done = child.wait(), recorded(out)
        again = subprocess.run(command(out)).returncode
        same = subprocess.run(["cmp", f"{alone}/all.jsonl", f"{out}/all.jsonl"]).returncode == 0
        number += 1
        print(f"{number:3} {who:10} of {len(workers)} workers, {code:3}, {done} records; then {again}, {'same bytes' if same else 'OTHER BYTES'}", flush=True)
        if not same:
            sys.exit(1)


main()
