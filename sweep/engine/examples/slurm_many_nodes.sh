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

nodes=($(scontrol show hostnames "$SLURM_JOB_NODELIST"))
head=${nodes[0]}
ip=$(srun --nodes=1 --ntasks=1 --nodelist="$head" hostname --ip-address | awk '{print $1}')
port=$((20000 + SLURM_JOB_ID % 20000))  # jobs that share a node do not meet
address=$ip:$port
give="--num-cpus=$SLURM_CPUS_PER_TASK --num-gpus=${SLURM_GPUS_ON_NODE:-0} --disable-usage-stats"

srun --nodes=1 --ntasks=1 --nodelist="$head" --overlap \
    ray start --head --node-ip-address="$ip" --port="$port" --include-dashboard=false $give --block &
for _ in $(seq 60); do
    ray status --address="$address" >/dev/null 2>&1 && break
    sleep 2
done
if [ "${#nodes[@]}" -gt 1 ]; then
    # Nodes that come up later are used as soon as they are there; one that fails gives its trials to the others.
    srun --nodes=$((${#nodes[@]} - 1)) --ntasks-per-node=1 --exclude="$head" --overlap \
        ray start --address="$address" $give --block &
fi

sweep run "$@" --resume --address "$address" &
study=$!
stopped=
trap 'stopped=yes; kill -TERM "$study" 2>/dev/null' TERM INT
wait "$study"
code=$?
if [ -n "$stopped" ]; then
    wait "$study"
    code=$?
fi
if [ "$code" -eq 130 ] || [ "$code" -eq 143 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
kill $(jobs -p) 2>/dev/null  # the Ray of this job
exit "$code"
