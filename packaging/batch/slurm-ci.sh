#!/bin/bash
# A Slurm of one machine, for a test: it is started, an array of shards is run whose first worker is killed by -9, and what is
# merged is compared with a run without Slurm.
#
#     slurm-ci.sh WORK LIST BARTIZAN     (root, Debian or Ubuntu; no systemd, cgroup or database is needed)
#
# Exit: 0 if both merges are equal; 75 if there is no Slurm and it cannot be installed.
set -euo pipefail
work=$1 repositories=$2 bartizan=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tasks=${TASKS:-8} port=${PORT:-16817} patience=${PATIENCE:-300}
started=$SECONDS
say() { printf '%4d s  %s\n' $((SECONDS - started)) "$*" >&2; }

if ! command -v slurmctld > /dev/null; then
    apt-get update -q > /dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        slurmctld slurmd slurm-client munge > /dev/null 2>&1 || { say "Slurm cannot be installed here"; exit 75; }
fi
say "$(slurmctld -V)"

rm -rf "$work"
mkdir -p "$work"/{ctld,d,munge,log,bin}
chmod 755 "$work"
chmod 700 "$work/munge"
head -c 128 /dev/urandom > "$work/munge/key"
chmod 400 "$work/munge/key"
ln -s "$bartizan" "$work/bin/bartizan"
export PATH="$work/bin:$PATH" BARTIZAN_CACHE_DIR="$work/cache" BARTIZAN_OFFLINE=1 SOURCE_DATE_EPOCH=1790000000

# cred_expire is also how long a task waits that was put back: 120 s without it.
cat > "$work/slurm.conf" << CONF
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=5
StateSaveLocation=$work/ctld
SlurmdSpoolDir=$work/d
SlurmctldPidFile=$work/ctld.pid
SlurmdPidFile=$work/d.pid
SlurmctldLogFile=$work/ctld.log
SlurmdLogFile=$work/d.log
SlurmctldPort=$port
SlurmdPort=$((port + 1))
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
MpiDefault=none
JobRequeue=1
RequeueExit=75
ReturnToService=2
SlurmdTimeout=6
KillWait=2
NodeName=localhost NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=test Nodes=localhost Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$work/slurm.conf"

stop() {
    local file
    for file in "$work/d.pid" "$work/ctld.pid" "$work/munge/pid"; do
        if [ -s "$file" ]; then
            kill "$(cat "$file")" 2> /dev/null || true
        fi
    done
}
trap stop EXIT

munged --force --key-file="$work/munge/key" --socket="$work/munge.socket" --pid-file="$work/munge/pid" \
    --log-file="$work/munge/log" --seed-file="$work/munge/seed"
slurmctld
slurmd -N localhost
for _ in $(seq 100); do
    if sinfo -h -o %T 2> /dev/null | grep -q idle; then break; fi
    sleep 0.1
done
say "the node is $(sinfo -h -o %T)"

"$bartizan" batch plan --from "$repositories" --shards "$tasks" --out "$work/plan.jsonl" --allow-foreign-owner
mkdir -m 700 "$work/results" "$work/alone"
cp "$work/plan.jsonl" "$work/results/plan.jsonl"

job=$(sbatch --parsable --array="0-$((tasks - 1))" --cpus-per-task=1 --mem=0 --output="$work/log/%a.log" "$here/slurm.sh" "$work/results")
# The supervisor of the first shard, found by what it was started with.
victim=
for _ in $(seq 600); do
    victim=$(pgrep -f "^bartizan batch run $work/results/plan.jsonl" | head -1 || true)
    if [ -n "$victim" ] && compgen -G "$work/results/parts/*.jsonl" > /dev/null; then break; fi
    sleep 0.02
done
if [ -n "$victim" ]; then
    kill -9 "$victim" 2> /dev/null || true
    say "killed a worker, $victim"
fi
for _ in $(seq $((4 * patience))); do
    if [ -z "$(squeue -h -j "$job" 2> /dev/null)" ]; then break; fi
    sleep 0.25
done
restarts=$(scontrol show job "$job" | grep -cE 'Restarts=[1-9]' || true)
say "the array is done; tasks that were put back: $restarts"
scontrol show job "$job" | grep -oE 'JobState=[A-Z]+' | sort | uniq -c >&2

"$bartizan" batch run "$work/plan.jsonl" --out "$work/alone" --quiet || true
code=0
"$bartizan" batch merge "$work/results" --out "$work/slurm.jsonl" --html "$work/overview.html" || code=$?
"$bartizan" batch merge "$work/alone" --out "$work/alone.jsonl" || true
cmp "$work/slurm.jsonl" "$work/alone.jsonl"
say "both merges are the same, $(grep -c '"type":"repository"' "$work/slurm.jsonl") repositories; merge ended with $code"
if [ -n "$victim" ] && [ "$restarts" -eq 0 ]; then
    say "no task was put back, although a worker was killed"
    exit 1
fi
