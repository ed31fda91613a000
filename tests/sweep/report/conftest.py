"""Studies written as events, as the tool writes them, and folded into a history as the
tool folds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import count
from typing import Any

import orjson
import pytest

from sweep import spec
from sweep.ablation import designs
from sweep.history import folding
from sweep.history.event_records import to_record
from sweep.history.history import History
from sweep.model.events import Event
from sweep.model.trial import configuration_key
from sweep.report import gather
from tests.sweep.conftest import Bench, Workers
from tests.sweep.report import task_study
from tests.sweep.session import until_decided

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
        self.events.append(
            {
                "seq": len(self.events),
                "time": float(next(self._clock)),
                "event": event,
                **fields,
            }
        )

    def record(self, event: Event) -> None:
        self.add(**to_record(event))

    def session(self, **environment: str) -> None:
        self.add(
            "session_started",
            pid=1,
            host="h",
            command="sweep run",
            environment=ENVIRONMENT | environment,
        )

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
        every: int = 1,
        overhead: float = 0.5,
    ) -> int:
        """One trial with one report per entry of `curve`, each after `every` epochs; state
        "running" leaves it unfinished, "paused" at its last epoch.
        """
        number = next(self._numbers)
        self.add(
            "trial_created", trial=number, stage=stage, label=label, config=dict(config), seed=seed, fold=fold,
            attributes=dict(attributes or {}),
        )  # fmt: skip
        self.add("trial_started", trial=number, attempt=1, worker="w")
        for epoch, metrics in enumerate(curve):
            self.add(
                "epoch",
                trial=number,
                epoch=(epoch + 1) * every - 1,
                metrics=dict(metrics),
                seconds=1.0,
                checkpoint=None,
            )
        if state == "paused":
            self.add("trial_paused", trial=number, reason=reason)
        elif state != "running":
            self.add(
                "trial_finished",
                trial=number,
                state=state,
                reason=reason,
                seconds=seconds,
                overhead=overhead,
            )
        return number

    def history(self) -> History:
        return folding.fold(
            orjson.loads(orjson.dumps(self.events))
        )  # as a log gives them back


@pytest.fixture
def study(tmp_path):
    """`study(yaml)` starts a study of that file with one session."""

    def start(text: str = LADDER_STUDY) -> StudyWriter:
        writer = StudyWriter(text, tmp_path)
        writer.session()
        return writer

    return start


@pytest.fixture
def ladder_study() -> str:
    """The text of the study file that `ladder` runs, to be varied."""
    return LADDER_STUDY


@pytest.fixture
def curve_to():
    """`curve_to(0.7)`: a curve whose test metric is 0.7 at its best validation epoch,
    `best`, and -1 elsewhere."""

    def curve(
        test_f1: float, epochs: int = 3, best: int = 1, **more: float
    ) -> list[dict[str, float | None]]:
        return [
            {
                "val/f1": 0.5 - 0.1 * abs(epoch - best),
                "test/f1": test_f1 if epoch == best else -1.0,
                "test/loss": 1 - test_f1,
                "train/loss": 1.0 / (epoch + 1),
                **more,
            }
            for epoch in range(epochs)
        ]

    return curve


@pytest.fixture
def run_all():
    """`run_all(writer, curve_of)`: every arm with every seed and fold, arms with one
    configuration once."""

    def run(
        writer: StudyWriter,
        curve_of: Callable[[designs.Arm, int, int | None], list | None],
        **fields: Any,
    ) -> None:
        done = set()
        ablation = writer.spec.ablation
        for arm in writer.decide():
            for seed in ablation.seeds:
                for fold in [None] if ablation.folds is None else range(ablation.folds):
                    key = configuration_key(arm.config), seed, fold
                    curve = curve_of(arm, seed, fold)
                    if key not in done and curve is not None:
                        writer.trial(
                            arm.config,
                            curve,
                            seed=seed,
                            fold=fold,
                            label=arm.name,
                            **fields,
                        )
                    done.add(key)

    return run


NOISE = [0.00, 0.01, -0.01, 0.02, -0.02, 0.005]
GAIN = {"baseline": 0.0, "+ focal": 0.1, "+ dice": 0.1, "− focal": 0.05}


@pytest.fixture
def ladder(study, curve_to, run_all):
    """A finished ladder study: focal helps by about 0.1, Dice by noise; a seed shifts
    all arms alike."""
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: curve_to(
            0.6
            + GAIN[arm.name]
            + NOISE[seed]
            + NOISE[(2 * seed + len(arm.name)) % 6] / 4
        ),
    )
    writer.add("session_ended", reason="done")
    return writer.history()


@pytest.fixture
def on_tasks_of(study, curve_to, run_all):
    """`on_tasks_of(tasks, report=…)`: evidence of `task_study`; `without` arms have no run.

    `size(task)` is the scale of the metric there.
    """

    def evidence(
        tasks, report="", without=(), size=lambda task: 1.0, good="good", margin=None
    ):
        writer = study(task_study.text(tasks, report, good, margin))

        def curve(arm, seed, _):
            if arm.name in without:
                return None
            return curve_to(size(arm.task) * task_study.value(tasks, arm.name, seed))

        run_all(writer, curve)
        writer.add("session_ended", reason="done")
        return gather(writer.history())

    return evidence


JUDGED_STUDY = """
name: judged
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 1, gain: {values: [0, 3, -3, 0.01, 1]}}
ablation:
  baseline: {gain: 0}
  seeds: [0, 1, 2, 3, 4, 5, 6, 7]
  margin: 1.0
  designs:
    arms:
      better: {gain: 3}
      worse: {gain: -3}
      alike: {gain: 0.01}
      unclear: {gain: 1}
"""
SHAPLEY_STUDY = """
name: shapley
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  focal: {values: [0, 3]}
  dice: {values: [0, 1]}
  lmsa: {values: [0, 2]}
ablation:
  baseline: {focal: 0, dice: 0, lmsa: 0}
  seeds: [0, 1, 2, 3, 4, 5, 6, 7]
  margin: 1.0
  designs:
    shapley:
      "+ focal": {focal: 3}
      Dice: {dice: 1}
      LMSA: {lmsa: 2}
"""
_NOISE = (3, -5, 8, -1, 4, -8, 6, -2)  # of eight seeds


def gained(config: Mapping[str, Any], seed: int) -> float:
    """10, what a configuration gains, and noise; `focal` and `lmsa` gain one more together."""
    gains = [config.get(name, 0) for name in ("gain", "focal", "dice", "lmsa")]
    together = bool(config.get("focal")) and bool(config.get("lmsa"))
    own = _NOISE[(seed * 5 + int(abs(sum(gains)) * 101)) % len(_NOISE)]
    return 10 + sum(gains) + together + 0.06 * (_NOISE[seed] + own)


def run_gains(writer: StudyWriter, *failed: tuple[str, int]) -> History:
    """Every arm with every seed; those in `failed` (arm, seed) fail."""
    trained = set()
    for arm in writer.decide():
        for seed in writer.spec.ablation.seeds:
            key = configuration_key(arm.config), seed
            if key in trained:
                continue
            trained.add(key)
            state = "failed" if (arm.name, seed) in failed else "complete"
            curve = [{"val/f1": gained(arm.config, seed)}]
            writer.trial(arm.config, curve, seed=seed, label=arm.name, state=state)
    return writer.history()


@pytest.fixture
def judged(study):
    """`judged(margin, *failed)`: a study of eight seeds with a margin."""

    def make(margin: str = "1.0", *failed: tuple[str, int], arms: str = "") -> History:
        text = JUDGED_STUDY.replace("margin: 1.0", f"margin: {margin}")
        if arms:
            text = text.replace("better: {gain: 3}", arms).replace(
                "{values: [0, 3, -3, 0.01, 1]}", "0"
            )
        writer = study(text)
        return run_gains(writer, *failed)

    return make


@pytest.fixture
def shared_out(study):
    """`shared_out(text, *failed)`: a study of three components, every subset trained."""

    def make(text: str = SHAPLEY_STUDY, *failed: tuple[str, int]) -> History:
        return run_gains(study(text), *failed)

    return make


@pytest.fixture
def shapley_text() -> str:
    """The text of the study file that `shared_out` runs."""
    return SHAPLEY_STUDY


@pytest.fixture
def looked_at(tmp_path):
    """`looked_at(*failures)`: a study whose seeds were added until its arms were decided."""

    def make(*failures: tuple[float, int], text: str = until_decided.LOOKS) -> History:
        bench = Bench(tmp_path / "looks", text)
        return bench.run(Workers(misbehave=until_decided.failing(*failures)))

    return make
