"""Settings of every trainer: epochs, learning rate, precision and early stopping."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

# The metrics that `sweep_trainers.loop.fit` reports beside the trainer's val/… and test/… metrics;
# `*` is the name of a loss term.
TRAINING_METRICS: tuple[str, ...] = (
    "train/loss",  # the total that is minimised, mean over the epoch's samples
    "train/term/*",  # each term before its weight, mean over the epoch's samples
    "train/share/*",  # |weight × term| as a fraction of the sum over the terms
    "train/grad_norm/*",  # norm of the unweighted term's gradient, on the epoch's first batch
    "train/weight/*",  # each term's weight, mean over the epoch's batches
    "learning_rate",  # of the epoch's last step
    "split/*",  # samples in train, val and test, if the split differs between runs
    "samples_per_second",  # training only, monitoring included, evaluation not
)


class TrainingSettings(BaseModel):
    """The settings that all trainers have: epochs, optimiser, schedule, precision, early stopping.

    Each trainer's settings set `metrics` to its METRICS, the names that `monitor` may have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    metrics: ClassVar[tuple[str, ...]] = ("*",)

    split: Literal["fixed", "by_seed"] = Field(
        "fixed",
        description="fixed: every run has the same split, and results hold for it; by_seed: the "
        "run's seed draws train, val and test, the same for every arm, each of the same size.",
    )
    epochs: int = Field(20, ge=1, description="Passes over the training set.")
    batch_size: int = Field(64, ge=1, description="Samples per optimiser step.")
    learning_rate: float = Field(
        1e-3, gt=0, le=10, description="Peak learning rate of AdamW."
    )
    weight_decay: float = Field(
        0.01,
        ge=0,
        le=10,
        description="Decoupled weight decay of AdamW (its own default).",
    )
    schedule: Literal["constant", "cosine"] = Field(
        "cosine",
        description="Learning rate after the warm-up: constant, or half a cosine down to 0 at the "
        "last step.",
    )
    warmup_epochs: float = Field(
        0.0,
        ge=0,
        description="Length of the linear warm-up from 0, in epochs; 0: none.",
    )
    gradient_clip: float = Field(
        0.0, ge=0, description="Largest global norm of the gradient; 0: not clipped."
    )
    precision: Literal["float32", "bfloat16", "float16"] = Field(
        "float32",
        description="Autocast type of the forward pass; losses stay in float32. float16 needs a "
        "GPU.",
    )
    patience: int = Field(
        0,
        ge=0,
        description="Stop after this many epochs without improvement; 0: never.",
    )
    min_delta: float = Field(
        0.0, ge=0, description="Smallest change of the monitored metric that counts."
    )
    monitor: str = Field(
        "val/loss", min_length=1, description="Metric that early stopping watches."
    )
    monitor_goal: Literal["auto", "maximize", "minimize"] = Field(
        "auto",
        description="Direction of the metric; auto: minimize if its name ends in 'loss', else "
        "maximize.",
    )

    @field_validator("monitor")
    @classmethod
    def _monitor_is_reported(cls, monitor: str) -> str:
        if not any(fnmatchcase(monitor, pattern) for pattern in cls.metrics):
            raise ValueError(
                f"{monitor!r} is not a metric this trainer reports; one of: "
                f"{', '.join(cls.metrics)}"
            )
        return monitor
