"""Runs a study: a `session` opens the log, runs trials, and records how it ended.

`schedule` assigns trials to workers and is the only writer of the log. `stop_decision` decides
whether a trial continues, `backoff` how long a trial waits after it lost its worker, and `signals`
when to save and stop. `storage_sync` copies the trials' files between nodes without a common disk.
`serial` executes in this process; Ray is in `sweep.engine`.
"""
