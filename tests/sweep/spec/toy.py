"""A study file and a bundled trainer of few settings, for tests that change a line and
look at what is said."""

import sys
import types
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

import sweep_trainers


class ToySettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    epochs: int = Field(20, ge=1)
    loss_type: Literal["ce", "focal", "dice"] = "ce"
    focal_gamma: float = Field(2.0, ge=0, le=10)
    learning_rate: float = Field(1e-3, gt=0)
    dice_weight: float = Field(0.0, ge=0)
    augmentation: Literal["none", "light"] = "none"

    @model_validator(mode="after")
    def _one_dice(self) -> Self:
        if self.loss_type == "dice" and self.dice_weight > 0:
            raise ValueError("loss_type dice has no dice_weight beside it")
        return self


def install(monkeypatch):
    """Bundle the trainer as `toy`."""
    module = types.ModuleType("sweep_trainers.settings.toy")
    module.SETTINGS = ToySettings
    module.METRICS = (
        "train/loss",
        "val/f_score",
        "test/f_score",
        "val/f1/*",
        "val/loss",
    )
    monkeypatch.setitem(sweep_trainers.BUNDLED, "toy", "toy:train")
    monkeypatch.setitem(sys.modules, "sweep_trainers.settings.toy", module)


STUDY = """\
trainer: toy
metric: {name: val/f_score, goal: maximize}
parameters:
  epochs: 20
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  dice_weight: 0.0
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
search: {method: tpe, trials: 40}
early_terminate: {type: asha, min_iter: 2}
ablation:
  baseline: {loss_type: ce}
  seeds: [0, 1, 2]
  designs:
    ladder:
      "+ focal": {loss_type: focal, focal_gamma: 2.0}
      "+ dice": {dice_weight: 1.0}
    one_at_a_time: {dice_weight: [0.5, 1.0]}
profiles:
  full: {epochs: 200, search.trials: 100, "ablation.seeds": [0, 1, 2, 3, 4]}
"""


def edited(*changes: tuple[str, str], text: str = STUDY) -> str:
    """A file with lines changed; every old text occurs once."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
