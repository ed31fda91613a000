"""How each bundled trainer is tried: a small configuration, its loss settings, what
chance does not reach."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sweep_trainers


@dataclass(frozen=True)
class Case:
    """How one trainer is tried.

    Attributes:
        config: a small configuration; quick, but long enough to improve on chance.
        metric: the metric that tells learning from chance, larger is better.
        better_than: what chance does not reach; every loss setting must.
        loss_settings: every documented setting of the loss, each laid over `config`.
            The values of each Literal field named in `loss_fields` must all occur.
        loss_fields: the settings that choose a loss.
        data: writes a data set into a folder and returns the settings that name it.
        more_metrics: further configurations, needed to see every metric of `METRICS` once.
    """

    config: Mapping[str, Any]
    metric: str
    better_than: float
    loss_settings: tuple[Mapping[str, Any], ...]
    loss_fields: tuple[str, ...]
    data: Callable[[Path], Mapping[str, Any]] = lambda folder: {}
    more_metrics: tuple[Mapping[str, Any], ...] = field(default=())


def three_modalities(folder: Path) -> Mapping[str, Any]:
    """Three classes, 6:3:1, in three noisy modalities."""
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 240, p=[0.6, 0.3, 0.1])
    position = 1.5 * np.eye(3)[labels]
    widths = {"audio": 4, "text": 6, "visual": 3}
    modalities = {
        m: position @ rng.normal(size=(3, d)) + rng.normal(size=(240, d))
        for m, d in widths.items()
    }
    np.savez(folder / "three.npz", labels=labels, **modalities)
    return {"data": f"features:{folder / 'three.npz'}"}


CASES: dict[str, Case] = {
    "clip": Case(
        config={
            "epochs": 6,
            "batch_size": 16,
            "width": 8,
            "embedding_dim": 16,
            "learning_rate": 5e-3,
        },
        metric="val/balanced_accuracy",
        better_than=0.25,  # seven classes: chance is 0.14
        loss_settings=(
            {"loss_type": "standard"},
            {"loss_type": "standard", "multi_positive": True},
            {"loss_type": "weighted", "class_weight_method": "inverse"},
            {"loss_type": "weighted", "class_weight_method": "sqrt_inverse"},
            {"loss_type": "weighted", "class_weight_method": "effective"},
            {"loss_type": "weighted", "class_weight_normalize": "count"},
            {
                "loss_type": "weighted",
                "class_weight_normalize": "weight",
                "multi_positive": True,
            },
            {"loss_type": "focal", "focal_gamma": 0.5},
            {"loss_type": "focal", "focal_gamma": 2.0, "focal_alpha": True},
            {"loss_type": "superclip"},
            {
                "loss_type": "superclip",
                "class_loss_weight": 2.0,
                "contrastive_loss_weight": 0.5,
            },
        ),
        loss_fields=("loss_type", "class_weight_method", "class_weight_normalize"),
    ),
    "fusion": Case(
        config={
            "epochs": 6,
            "batch_size": 24,
            "code_dim": 12,
            "hidden_dim": 16,
            "learning_rate": 1e-2,
        },
        data=three_modalities,
        metric="val/macro_f1",
        better_than=0.5,  # always the largest class: 0.25
        loss_settings=(
            {"preset": "before"},
            {"preset": "recommended"},
            {
                "loss_type": "nll",
                "class_weight": True,
                "class_weight_method": "inverse",
            },
            {
                "loss_type": "nll",
                "class_weight": True,
                "class_weight_method": "sqrt_inverse",
            },
            {
                "loss_type": "focal",
                "class_weight": True,
                "class_weight_method": "effective",
            },
            {"loss_type": "focal", "focal_alpha": [1.0, 1.5, 3.0], "focal_gamma": 0.5},
            {"same_view_negatives": True, "tau": 0.5},
            {
                "reconstruction_loss": "mse",
                "modality_weights": {"audio": 1.0, "text": 2.0, "visual": 0.5},
            },
            {"reconstruction_loss": "smooth_l1", "inter_stop_gradient": False},
            {"gate_regularization": "half", "gate_reg_weight": 1.0},
            {"gate_regularization": "entropy"},
            {"cl_loss_weight": 0.0, "encoder_loss_weight": 0.0},
            {"weighting": "fixed"},
            {"weighting": "adaptive"},
            {"weighting": "normalized"},
            {"weighting": "gradient_balanced"},
            {"weighting": "uncertainty"},
            {"weighting": "gradnorm"},
            {"weighting": "dwa"},
        ),
        loss_fields=(
            "preset",
            "loss_type",
            "class_weight",
            "class_weight_method",
            "same_view_negatives",
            "reconstruction_loss",
            "inter_stop_gradient",
            "gate_regularization",
            "weighting",
        ),
    ),
    "segmentation": Case(
        config={
            "epochs": 4,
            "batch_size": 2,
            "learning_rate": 0.02,
            "image_size": 32,
            "train_images": 16,
            "val_images": 4,
            "test_images": 4,
            "width": 6,
            "depth": 2,
        },
        metric="val/f_score",
        better_than=0.06,  # everything background: 0.79 for one of 19 classes, 0.041
        loss_settings=(
            {"loss_type": "ce"},
            {"loss_type": "ce", "dice_weight": 0.0},
            {"ce_weight": 0.0},
            {"loss_type": "focal", "focal_alpha": 0.25, "focal_gamma": 2.0},
            {"loss_type": "focal", "focal_alpha": [1.0] * 19, "focal_gamma": 0.5},
            {"class_weights": True, "class_weight_method": "inverse"},
            {"class_weights": True, "class_weight_method": "sqrt_inverse"},
            {
                "class_weights": True,
                "class_weight_method": "effective",
                "loss_type": "focal",
            },
            {"preset": "baseline"},
            {"preset": "conservative", "epochs": 4, "learning_rate": 0.02},
            {
                "preset": "aggressive",
                "epochs": 4,
                "learning_rate": 0.02,
                "batch_size": 2,
            },
            {"attention": "lmsa", "augmentation": "light"},
        ),
        loss_fields=("loss_type", "class_weights", "class_weight_method", "preset"),
    ),
}


def case_of(name: str) -> Case:
    if name not in CASES:
        pytest.fail(
            f"bundled trainer {name!r} has no conformance case: add one to CASES in"
            " tests/trainers/cases.py"
        )
    return CASES[name]


def trainer_of(name: str) -> Callable[..., None]:
    module, function = sweep_trainers.BUNDLED[name].split(":")
    train: Callable[..., None] = getattr(importlib.import_module(module), function)
    return train


def settings_of(name: str) -> Any:
    return importlib.import_module(f"sweep_trainers.settings.{name}")
