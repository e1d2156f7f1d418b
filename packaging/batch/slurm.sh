#!/bin/bash
# A batch as a Slurm array: a task a shard.
#
#     bartizan db update
#     bartizan batch plan --from repos.txt --shards 64 --out results/plan.jsonl
#     job=$(sbatch --parsable --array=0-63 slurm.sh results)
#     sbatch --dependency=afterany:"$job" --wrap 'bartizan batch merge results --out all.jsonl --html overview.html'
#
# RequeueExit=75 in slurm.conf puts a task back that asks for another try, and one that was killed; without it, submit
# the tasks that failed again (--array=3,5): they go on where they stopped.
#SBATCH --job-name=bartizan
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@60
set -u
results=${1:?the directory of results, with plan.jsonl in it}

bartizan batch run "$results/plan.jsonl" --out "$results" --shard auto --jobs "${SLURM_CPUS_PER_TASK:-1}" &
worker=$!
# Before the time is over Slurm tells the shell alone; the worker then ends in order, with 75.
trap 'kill -TERM "$worker"' TERM
wait "$worker"
code=$?
if kill -0 "$worker" 2>/dev/null; then
    wait "$worker"
    code=$?
fi
# Killed by a signal: another try goes on.
if [ "$code" -gt 128 ]; then
    exit 75
fi
exit "$code"
