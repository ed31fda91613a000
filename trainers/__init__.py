"""Compact PyTorch trainers: losses ← models, data ← one readable file per task.

Nothing here imports `sweep`, `ray` or `optuna`: each trainer is a function `train(config, run)`
that also runs in a notebook. `BUNDLED` is torch-free on purpose: looking a trainer up costs
nothing.

The folder is `trainers/`, the installed package `sweep_trainers`: a module or package `trainers` of
a user's own is never hidden by it, and never hides it.
"""

BUNDLED = {
    "clip": f"{__name__}.clip:train",
    "fusion": f"{__name__}.fusion:train",
    "segmentation": f"{__name__}.segmentation:train",
}
