#!/bin/bash
# A study on one node of a SLURM cluster, through any number of time limits and preemptions:
#
#     sbatch slurm_one_node.sh study.yaml
#
# Whatever follows the study file is an option of `sweep run`. The job starts the study the first time, and goes on with
# it every time after; a trial that has finished is never run again.

#SBATCH --job-name=sweep
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-node=4
#SBATCH --time=24:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
# --signal: SIGTERM to this script (B:) 120 s before the time limit; resources.grace_seconds has to be less.
# --requeue: after preemption or the failure of a node, SLURM queues the job again by itself.

set -u
: "${1:?usage: sbatch slurm_one_node.sh STUDY_FILE [OPTION OF SWEEP RUN]...}"
# source .venv/bin/activate

# A Ray of one's own: a variable left by another one would make the study join that.
unset RAY_ADDRESS

# In the background, since bash hears no signal while it waits for a program in the foreground.
sweep run "$@" --resume &
study=$!
stopped=
trap 'stopped=yes; kill -TERM "$study" 2>/dev/null' TERM INT USR1
wait "$study"
code=$?
if [ -n "$stopped" ]; then  # the wait was cut short by the signal; the study is saving its trials
    wait "$study"
    code=$?
fi

# 130 and 143: interrupted, resumable. After the time limit SLURM does not queue a job again by itself.
if [ "$code" -eq 130 ] || [ "$code" -eq 143 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
