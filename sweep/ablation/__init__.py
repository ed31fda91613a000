"""What decides which trials there are: pure functions of the study file and the history, which keep
no state.

`search` asks for configurations (`past`, `suggestion`, `warm_start`); `ablation` trains arms with
every seed and fold (`designs`, `decisions`, `filling`, `path` and `steps`, `retune`, `reuse`,
`results`). `plan` says it all beforehand.
"""
