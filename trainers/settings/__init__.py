"""The settings and metrics of bundled trainers, importable without torch.

The convention: trainer `clip` has a module `sweep_trainers.settings.clip` with

- `SETTINGS`: a frozen pydantic model, one field per parameter with its type, bounds, default and
  description; unknown keys are errors. `train(config, run)` validates its configuration with the
  same class.
- `METRICS`: every metric name the trainer reports, as `fnmatch` patterns (`test/f1/*`).

So a study file can be checked, with line numbers, before anything heavy is imported.
"""
