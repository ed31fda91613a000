"""Studies written as events, as the tool writes them, and folded into a history as the tool folds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import count
from typing import Any

import pytest

from sweep import designs, spec
from sweep.history import History, fold
from sweep.trial import configuration_key

ENVIRONMENT = {"python": "3.12", "torch": "2.13.0", "code": "aaaa", "platform": "here"}

LADDER_STUDY = """
name: focal
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  loss_type: {values: [ce, focal]}
  dice_weight: {min: 0.0, max: 2.0}
ablation:
  baseline: {loss_type: ce, dice_weight: 0.0}
  seeds: [0, 1, 2, 3, 4, 5]
  designs:
    ladder:
      "+ focal": {loss_type: focal}
      "+ dice": {dice_weight: 1.0}
    leave_one_out:
      "focal": {loss_type: ce}
report: {metrics: [test/f1, test/loss]}
"""


class StudyWriter:
    """Appends events and folds them."""

    def __init__(self, text: str, folder: Any):
        path = folder / "study.yaml"
        path.write_text(text, encoding="utf-8")
        self.spec = spec.load(path)
        self.events: list[dict[str, Any]] = []
        self._numbers = count()
        self._clock = count(1000)
        self.add("study_created", spec=self.spec.canonical(), source=self.spec.source)

    def add(self, event: str, **fields: Any) -> None:
        self.events.append({"seq": len(self.events), "time": float(next(self._clock)), "event": event, **fields})

    def session(self, **environment: str) -> None:
        self.add("session_started", pid=1, host="h", command="sweep run", environment=ENVIRONMENT | environment)

    def decide(self, fill: Mapping[str, Any] | None = None) -> tuple[designs.Arm, ...]:
        arms = designs.arms(self.spec, fill)
        self.add("arms_decided", arms=[asdict(arm) for arm in arms])
        return arms

    def trial(
        self,
        config: Mapping[str, Any],
        curve: Sequence[Mapping[str, float | None]],
        *,
        seed: int = 0,
        fold: int | None = None,
        stage: str = "ablation",
        label: str = "trial",
        state: str = "complete",
        reason: str = "",
        seconds: float = 10.0,
        attributes: Mapping[str, Any] | None = None,
    ) -> int:
        """One trial with one report per entry of `curve`; state "running" leaves it unfinished."""
        number = next(self._numbers)
        self.add(
            "trial_created", trial=number, stage=stage, label=label, config=dict(config), seed=seed, fold=fold,
            attributes=dict(attributes or {}),
        )  # fmt: skip
        self.add("trial_started", trial=number, attempt=1, worker="w")
        for epoch, metrics in enumerate(curve):
            self.add("epoch", trial=number, epoch=epoch, metrics=dict(metrics), seconds=1.0, checkpoint=None)
        if state != "running":
            self.add("trial_finished", trial=number, state=state, reason=reason, seconds=seconds, overhead=0.5)
        return number

    def history(self) -> History:
        return fold(self.events)


@pytest.fixture
def study(tmp_path):
    """`study(yaml)` starts a study of that file with one session."""

    def start(text: str = LADDER_STUDY) -> StudyWriter:
        writer = StudyWriter(text, tmp_path)
        writer.session()
        return writer

    return start


def curve_to(test_f1: float, epochs: int = 3, best: int = 1) -> list[dict[str, float]]:
    """A curve whose best validation epoch is `best`, where the test metric is `test_f1`."""
    return [
        {
            "val/f1": 0.5 - 0.1 * abs(epoch - best),
            "test/f1": test_f1 if epoch == best else -1.0,
            "test/loss": 1 - test_f1,
            "train/loss": 1.0 / (epoch + 1),
        }
        for epoch in range(epochs)
    ]


@pytest.fixture
def ladder(study):
    """A finished ladder study: focal helps by about 0.1, Dice by nothing but noise."""
    writer = study()
    gains = {"baseline": 0.0, "+ focal": 0.1, "+ dice": 0.1}
    noise = [0.00, 0.01, -0.01, 0.02, -0.02, 0.005]
    done = set()
    for arm in writer.decide():
        for seed in writer.spec.ablation.seeds:
            key = configuration_key(arm.config), seed
            if key in done:
                continue
            done.add(key)
            wobble = noise[(seed * 2 + len(arm.name)) % 6] / 4
            value = 0.6 + gains.get(arm.name, 0.05) + noise[seed] + wobble
            writer.trial(arm.config, curve_to(value), seed=seed, label=arm.name)
    return writer.history()
