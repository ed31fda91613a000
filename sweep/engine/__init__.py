"""Ray Tune executes. The only package that imports `ray`.

A `Searcher` that asks the schedule for the next trial, a `TrialScheduler` that hands it each result
and passes its verdict on, and a warm `Trainable` around `sweep.worker.attempt.Attempt`: three thin
adapters. Ray keeps no truth: its loggers and snapshots are off, its storage is a temporary folder;
a resumed study is a new Tuner that runs only what is left.

`adapters` is the driver's side, `trainable` the worker's, `cluster` the Ray they meet in,
`execution` ties them and is what a driver imports, and no worker.
"""

from __future__ import annotations

import os
import warnings

# Read when ray is imported, or inherited by its workers: set before the import below.
_ENVIRONMENT = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AIR_NEW_OUTPUT": "0",  # the old reporter is silent at verbose=0; the new one is not
    # a trainer's relative paths mean what they mean in the user's shell
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # signals are the study's business
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # snapshots are nobody's memory here
    "TUNE_WARN_THRESHOLD_S": "60",
    "THP_MEM_ALLOC_ENABLE": "1",  # fewer page faults for torch on CPU: see the facts in the README
}
os.environ.update(
    {key: os.environ.get(key, value) for key, value in _ENVIRONMENT.items()}
)

# Where a call to the raylet fails, Ray's core ends a process whose raylet is dead. A worker is told
# which one that is; a driver is not, and its core takes the parent for it: one that was started by
# process 1 (a container, `nohup`) dead from the start. Ours is told of a process that lives as long
# as itself. Read once, as the library is loaded: where a script or a trainer imported ray before,
# such a driver still ends, and `sweep resume` goes on.
_RAYLET = "RAY_RAYLET_PID"
_told = os.environ.get(_RAYLET)
os.environ[_RAYLET] = _told or str(os.getpid())

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ray  # noqa: F401

if _told is None:
    del os.environ[_RAYLET]
