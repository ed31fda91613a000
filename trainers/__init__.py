"""Compact PyTorch trainers: losses ← models, data ← one readable file per task.

Nothing here imports `sweep`, `ray` or `optuna`: each trainer is a function `train(config, run)`
that also runs in a notebook. This module does not import torch, so that looking up a trainer in
`BUNDLED` is fast.

The folder is `trainers/`, the installed package is `sweep_trainers`. A user's module or package
named `trainers` therefore neither hides it nor is hidden by it.
"""

BUNDLED = {
    "clip": f"{__name__}.clip:train",
    "fusion": f"{__name__}.fusion:train",
    "segmentation": f"{__name__}.segmentation:train",
}
