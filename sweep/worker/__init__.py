"""What happens inside a worker, without Ray: one `attempt` at one trial, and what it leaves.

`local_run` is the `run` object a trainer is given; `checkpoint` writes its state (`pickling`) so
that a killed process never leaves a wrong one; `mirror` keeps a trial's folder in a storage where
nodes share no disk.
"""
