"""Runs trials on Ray Tune. This is the only package that imports `ray`.

It has three thin adapters: a `Searcher` that asks the schedule for the next trial, a
`TrialScheduler` that passes each result to the schedule and returns its decision, and a warm
actor around `sweep.worker.attempt.Attempt`. Ray stores no state: its loggers and snapshots
are off, and its storage is a temporary folder. A resumed study is a new Tuner that runs only the
remaining trials.

`adapters` is the driver's side, `actor` the worker's side, and `cluster` starts or joins Ray.
`execution` combines them; the driver imports it, and no worker does.
"""

from __future__ import annotations

import os
import warnings

# Read when ray is imported, or inherited by its workers: set before the import below.
_ENVIRONMENT = {
    "PL_DISABLE_FORK": "1",  # Ray Tune would give it to its actors: see `sweep.engine.trainable`
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AIR_NEW_OUTPUT": "0",  # the old reporter is silent at verbose=0; the new one is not
    # a trainer's relative paths mean what they mean in the user's shell
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    # Milliseconds between attempts to connect to a raylet, and their number: 10 s in all, as in
    # Ray. The raylet's own first attempt is too early, and Ray's default is to wait 1 s.
    "RAY_raylet_client_connect_timeout_milliseconds": "20",
    "RAY_raylet_client_num_connect_attempts": "500",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # the study handles signals
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # snapshots are not used
    "TUNE_STATE_REFRESH_PERIOD": "86400",  # resources are only shown, and asking can hang
    "TUNE_WARN_THRESHOLD_S": "60",
    # seconds until Ray's core ends a process that waits for a `gcs_server`: see `sweep.engine.node`
    "RAY_gcs_rpc_server_reconnect_timeout_s": "120",
    # Ray adds 15: beside anybody else's program a trial would get 3 % of a core
    "RAY_worker_niceness": "0",
    "THP_MEM_ALLOC_ENABLE": "1",  # fewer page faults for torch on CPU: see the facts in the README
}
os.environ.update(
    {key: os.environ.get(key, value) for key, value in _ENVIRONMENT.items()}
)

# If a call to the raylet fails, Ray's core ends the process if the raylet is dead. A worker gets
# the raylet's process id from this variable. A driver does not, and its core takes the parent for
# the raylet; if the parent is process 1 (a container, `nohup`), that counts as dead. So this driver
# gets its own process id. The variable is read once, when the library is loaded: if a script or a
# trainer imported ray before, such a driver still ends, and `sweep resume` continues the study.
_RAYLET = "RAY_RAYLET_PID"
_previous = os.environ.get(_RAYLET)
os.environ[_RAYLET] = _previous or str(os.getpid())

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ray  # noqa: F401

if _previous is None:
    del os.environ[_RAYLET]
