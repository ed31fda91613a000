"""Compact PyTorch trainers: losses ← models, data ← one readable file per task.

Nothing here imports `sweep`, `ray` or `optuna`: each trainer is a function `train(config, run)` that also runs in a
notebook. `BUNDLED` is torch-free on purpose: looking a trainer up costs nothing.
"""

BUNDLED = {
    "clip": "trainers.clip:train",
    "fusion": "trainers.fusion:train",
    "segmentation": "trainers.segmentation:train",
}
