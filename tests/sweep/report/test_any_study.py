"""A report can be written of whatever a study's numbers are, and whichever of its trials ended."""

from __future__ import annotations

import random

import pytest

from sweep import report
from sweep.ablation import path_steps
from sweep.model.trial import configuration_key
from sweep.report import cross_validation, figures
from tests.sweep.report.figures.conftest import FULL_STUDY

VALUES = {
    "one and the same": lambda draw: 0.5,
    "zero": lambda draw: 0.0,
    "as large as counts": lambda draw: draw.choice([1e149, -1e149, 1e120, 5.0]),
    "as small as there is": lambda draw: draw.choice([5e-324, 1e-300, -1e-310, 0.0]),
    "rounding alone": lambda draw: 0.5 + draw.choice([0.0, 1e-16, 2e-16, -1e-16]),
    "negative": lambda draw: -100 * draw.random(),
    "zero or one": lambda draw: float(draw.randint(0, 1)),
    "any": lambda draw: draw.gauss(0, 1),
}
PATH = "    path: {to: {loss_type: focal, focal_gamma: 2.0, dice_weight: 1.0}}\n"
SEARCH, PRUNER = (
    "{method: random, trials: 40}",
    "early_terminate: {type: asha, min_iter: 3, eta: 3}\n",
)
OBJECTIVES = "[{name: val/f1, goal: maximize}, {name: train/loss, goal: minimize}]"
SEVERAL = f"{{method: nsga2, trials: 40, objectives: {OBJECTIVES}}}"
STUDIES = {
    "to maximise": FULL_STUDY,
    "to minimise": FULL_STUDY.replace("goal: maximize", "goal: minimize"),
    "in folds": FULL_STUDY.replace(
        "seeds: [0, 1, 2, 3]", "seeds: [0, 1]\n  folds: 3"
    ).replace(PATH, ""),
    "for several objectives": FULL_STUDY.replace(SEARCH, SEVERAL).replace(PRUNER, ""),
    "at the last epoch": FULL_STUDY.replace(
        "[test/f1]", "[test/f1, never/reported], select: last"
    ),
}
STATES = ["complete"] * 6 + ["pruned", "failed", "running"]


class Anything:
    """Trials of any state, with reports of any length and most of their metrics."""

    def __init__(self, writer, kind, seed):
        self.writer, self.draw, self.value = (
            writer,
            random.Random(f"{kind} {seed}"),
            VALUES[kind],
        )

    def trial(self, config, **fields):
        state, curve = (
            self.draw.choice(STATES),
            [self.report() for _ in range(self.draw.choice([0, 1, 2, 9]))],
        )
        if state == "complete" and all(metrics["val/f1"] is None for metrics in curve):
            state = "failed"  # the schedule's rule
        self.writer.trial(config, curve, state=state, **fields)

    def report(self):
        names = [
            "val/f1",
            "test/f1",
            "train/loss",
            "train/share/ce",
            "train/grad_norm/ce",
            "train/weight/ce",
        ]
        found = {
            name: None if self.draw.random() < 0.05 else self.value(self.draw)
            for name in names
        }
        if self.draw.random() < 0.1:
            del found["test/f1"]
        return found

    def search(self, number):
        for suggestion in range(number):
            config = {"epochs": 9, "loss_type": self.draw.choice(["ce", "focal"])}
            config |= (
                {"focal_gamma": self.draw.uniform(0.5, 4)}
                if config["loss_type"] == "focal"
                else {}
            )
            config |= {
                "dice_weight": self.draw.choice([0.0, 1.0]),
                "learning_rate": 10 ** self.draw.uniform(-4, -2),
            }
            told = {"suggestion": suggestion, "memory": {}}
            self.trial(
                config, stage="search", label=f"search {suggestion}", attributes=told
            )

    def ablation(self):
        ablation, done = self.writer.spec.ablation, set()
        for arm in self.writer.decide({"focal_gamma": 2.0, "learning_rate": 0.001}):
            for seed in ablation.seeds:
                for fold in [None] if ablation.folds is None else range(ablation.folds):
                    key = configuration_key(arm.config), seed, fold
                    if key not in done and self.draw.random() < 0.9:
                        self.trial(arm.config, seed=seed, fold=fold, label=arm.name)
                    done.add(key)
        while not isinstance(events := path_steps.decide(self.writer.history()), str):
            for event in events:
                self.writer.record(event)


def cases():
    """Each kind of values in two studies, with few and with many trials.

    The default leaves out one of the two: a report takes seconds, and every kind of values and
    every study is among the others.
    """
    studies = list(STUDIES)
    for at, kind in enumerate(VALUES):
        few = kind, studies[at % 5], (at % 3) * 6
        many = kind, studies[(at + 2) % 5], 30
        default, other = (many, few) if at % 2 else (few, many)
        yield default
        yield pytest.param(*other, marks=pytest.mark.thorough)


@pytest.mark.parametrize("kind, name, trials", list(cases()))
def test_a_report_is_written(study, tmp_path, kind, name, trials):
    anything = Anything(study(STUDIES[name]), kind, trials)
    anything.search(trials)
    anything.ablation()
    evidence = report.gather(anything.writer.history())
    assert report.show(evidence, None) is not None
    drawn = figures.drawings(evidence, formats=["png"])
    files = report.save(evidence, tmp_path / "report", figures=figures.embedded(drawn))
    cross_validation.contents(evidence)
    assert [path.name for path in files if not path.stat().st_size] == []
    assert drawn or evidence.complete.empty
