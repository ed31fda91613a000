"""The learning curves of a study's latest trials."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.history.history import History
from sweep.model.trial import Trial

MOST_CURVES = 400  # of the latest trials: more cannot be told apart on a screen
MOST_POINTS = 200  # of a curve


@dataclass(frozen=True)
class LearningCurve:
    """The study's metric over the epochs of a trial.

    Attributes:
        trial: its number.
        label: the arm's name, or `search 17`.
        seed: of the trial.
        stage: of the trial.
        state: how it ended, or `running`.
        points: epoch, counted from 1, and value.
    """

    trial: int
    label: str
    seed: int
    stage: str
    state: str
    points: tuple[tuple[int, float], ...]


def learning_curves(history: History) -> list[LearningCurve]:
    """The curves of the latest trials with reports, sorted by number."""
    metric = history.spec.metric.name
    latest = sorted(history.trials.values(), key=lambda trial: trial.number)[
        -MOST_CURVES:
    ]
    curves = (_curve(trial, metric) for trial in latest)
    return [curve for curve in curves if curve.points]


def _curve(trial: Trial, metric: str) -> LearningCurve:
    points = tuple(
        (trial.epochs_done(epoch), value)
        for epoch, value in trial.curve(metric).items()
    )
    return LearningCurve(
        trial=trial.number,
        label=trial.label,
        seed=trial.seed,
        stage=trial.stage,
        state=trial.state.value,
        points=_thinned(points),
    )


def _thinned(points: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
    """Every k-th point, and the last one."""
    step = -(-len(points) // MOST_POINTS)
    if step <= 1:
        return points
    return (*points[:-1:step], points[-1])
