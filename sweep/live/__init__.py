"""What a running study looks like right now: read from its history, shown by several views.

`running` says what each trial at work has reached, `time_left` how long the study will go on,
`curves` what the learning curves are. The terminal (`sweep.progress`, `sweep status
--watch`) and the page of `sweep serve` show the same.
"""
