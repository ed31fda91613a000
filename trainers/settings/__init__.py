"""The settings and metrics of bundled trainers, importable without torch.

The convention: trainer `clip` has a module `sweep_trainers.settings.clip` with

- `SETTINGS`: a frozen pydantic model, one field per parameter with its type, bounds, default and
  description; unknown keys are errors. `train(config, run)` validates its configuration with the
  same class.
- `METRICS`: every metric name the trainer reports, as `fnmatch` patterns (`test/f1/*`).

A study file can therefore be checked, with line numbers, before a large library is imported.
"""
