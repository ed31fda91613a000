"""The current state of a running study, computed from its history for several views.

`running` has the progress of each running trial, `time_left` the remaining time, `curves` the
learning curves. The terminal (`sweep.progress`, `sweep status --watch`) and the page of `sweep
serve` show the same.
"""
