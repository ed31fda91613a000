"""What runs: one `session` of a study, from the opening of its log to the record of how it ended.

`schedule` hands out trials and is the only writer of the log; `verdict` and `health` say whether a
trial goes on, `backoff` how long one that lost its worker rests, `signals` when to save and stop.
`storage_sync` carries what trials leave between nodes without a common disk. `serial`
executes in this process; Ray is `sweep.engine`.
"""
