#!/bin/bash
# A study on several nodes of a SLURM cluster: a Ray over all of them, and the study on the first.
#
#     sbatch slurm_many_nodes.sh study.yaml
#
# The results folder has to be on a disk that all nodes mount, as home folders usually are; otherwise give a --storage
# behind the study file, e.g. --storage s3://bucket/runs.

#SBATCH --job-name=sweep
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-node=4
#SBATCH --time=24:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append

set -u
: "${1:?usage: sbatch slurm_many_nodes.sh STUDY_FILE [OPTION OF SWEEP RUN]...}"
# source .venv/bin/activate

export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK  # since SLURM 22.05 a step takes one CPU a task unless told

# A Ray without a token runs whatever anybody on the network sends it; this one is the job's own.
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN=$(cat /proc/sys/kernel/random/uuid)

# From here on a signal ends the study, or the attempt to start one, and the job is queued again.
stopped=
study=
trap 'stopped=yes; kill -TERM $study 2>/dev/null' TERM INT USR1

nodes=($(scontrol show hostnames "$SLURM_JOB_NODELIST"))
head=${nodes[0]}
# Its address as the others see it: not 127.…, which is how many machines call themselves.
ip=$(srun --nodes=1 --ntasks=1 --nodelist="$head" sh -c 'hostname --ip-address; hostname --all-ip-addresses' |
    tr ' ' '\n' | grep -E '^[0-9]+(\.[0-9]+){3}$' | grep -v '^127\.' | head -n 1)
[ -n "$ip" ] || { echo "$head has no IPv4 address that other nodes could reach" >&2; exit 1; }
port=$((20000 + SLURM_JOB_ID % 20000))  # jobs that share a node do not meet
address=$ip:$port
give="--num-cpus=$SLURM_CPUS_PER_TASK --num-gpus=${SLURM_GPUS_ON_NODE:-0} --disable-usage-stats"

srun --nodes=1 --ntasks=1 --nodelist="$head" --overlap \
    ray start --head --node-ip-address="$ip" --port="$port" --include-dashboard=false $give --block &
ray=$!
until [ -n "$stopped" ] || ray status --address="$address" >/dev/null 2>&1; do
    kill -0 "$ray" 2>/dev/null || { echo "Ray did not start on $head; see above" >&2; exit 1; }
    sleep 2
done
if [ "${#nodes[@]}" -gt 1 ]; then
    # Nodes that come up later are used as soon as they are there; one that fails gives its trials to the others.
    srun --nodes=$((${#nodes[@]} - 1)) --ntasks-per-node=1 --exclude="$head" --overlap \
        ray start --address="$address" $give --block &
fi

code=143
if [ -z "$stopped" ]; then
    sweep run "$@" --resume --address "$address" &
    study=$!
    wait "$study"
    code=$?
fi
if [ -n "$stopped" ] && [ -n "$study" ]; then  # the wait was cut short; the study is saving its trials
    wait "$study"
    code=$?
fi
if [ "$code" -eq 130 ] || [ "$code" -eq 143 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
kill $(jobs -p) 2>/dev/null  # the Ray of this job
exit "$code"
