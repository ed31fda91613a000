"""The ablation: pure functions of study file and history that decide on arms and their runs.

`designs` builds arms, `decisions` adds those that depend on results, `defaults` fills in open
parameters, `path` and `path_steps` compute ablation paths, `retune` tunes nuisance parameters,
`reuse` reuses trials of other studies, `looks` adds seeds until arms are decided. `results` and
`verdicts` read the runs; `ablation_stage` and `variance_stage` propose trials.
"""
