"""Losses for imbalanced and composite objectives, as pure functions.

Every loss accepts half, bfloat16, float32 or float64 inputs, computes in float32 or float64 and
returns a 0-d tensor of that type (or a dict of named ones). Numeric hyperparameters may be Python
numbers or 0-d tensors. No loss reads the value of a tensor, so every loss, and `combine`, runs
under `torch.func.vmap` and `grad`. A batch with nothing to average gives 0 with zero gradient.
Means divide by the number of elements unless `normalize="weight"`.

| function | loss | source |
|---|---|---|
| `cross_entropy`, `binary_cross_entropy` | -log p_t over classes; over independent labels | |
| `nll_loss` | -log p_t from log-probabilities | |
| `focal_loss`, `sigmoid_focal_loss` | alpha (1-p_t)^gamma · cross-entropy | Lin et al. 2017 |
| `class_counts`, `class_weights` | inverse, sqrt_inverse, effective, mean 1 | Cui et al. 2019 |
| `clip_loss`, `weighted_clip_loss`, `focal_clip_loss`, `superclip_terms`, `clip_terms` | image-text contrastive | \
Radford et al. 2021 |
| `segmentation_terms` | cross-entropy or focal, and Dice, from one tiled pass | |
| `dice_loss`, `DiceVariant` | soft Dice: per batch or image, absent classes, macro or micro, smoothing | \
Milletari et al. 2016 |
| `info_nce`, `two_view_loss` | contrastive across views, negatives within a view by option | van den Oord et al. 2018 |
| `reconstruction_loss`, `global_reconstruction`, `modality_reconstruction` | MSE or smooth-L1, per modality | |
| `gate_regularization` | distance of gates to one half, or entropy | |
| `combine`, `LossWeights` | Σ weight · term | |
| `make_weighting` | seven policies for these weights | see `sweep_trainers.losses.weighting` |
"""  # noqa: E501  a table

from .class_weights import (
    CLASS_WEIGHT_METHODS,
    AbsentClassWarning,
    class_counts,
    class_weights,
)
from .clip import (
    CLIP_LOSS_TYPES,
    clip_loss,
    clip_terms,
    focal_clip_loss,
    superclip_terms,
    weighted_clip_loss,
)
from .combine import LossWeights, combine
from .contrastive import info_nce, two_view_loss
from .cross_entropy import binary_cross_entropy, cross_entropy, nll_loss
from .dice import DiceVariant
from .focal import focal_loss, sigmoid_focal_loss
from .gate import GATE_REGULARIZATIONS, gate_regularization
from .ignored import IGNORE_INDEX
from .reconstruction import (
    RECONSTRUCTION_LOSSES,
    global_reconstruction,
    modality_reconstruction,
    reconstruction_loss,
)
from .segmentation import dice_loss, segmentation_terms
from .weighting import POLICIES, Weighting, make_weighting

__all__ = [
    "CLASS_WEIGHT_METHODS",
    "CLIP_LOSS_TYPES",
    "GATE_REGULARIZATIONS",
    "IGNORE_INDEX",
    "POLICIES",
    "RECONSTRUCTION_LOSSES",
    "AbsentClassWarning",
    "DiceVariant",
    "LossWeights",
    "Weighting",
    "binary_cross_entropy",
    "class_counts",
    "class_weights",
    "clip_loss",
    "clip_terms",
    "combine",
    "cross_entropy",
    "dice_loss",
    "focal_clip_loss",
    "focal_loss",
    "gate_regularization",
    "global_reconstruction",
    "info_nce",
    "make_weighting",
    "modality_reconstruction",
    "nll_loss",
    "reconstruction_loss",
    "segmentation_terms",
    "sigmoid_focal_loss",
    "superclip_terms",
    "two_view_loss",
    "weighted_clip_loss",
]
