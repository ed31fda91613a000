"""The running trials and their progress."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sweep.history.history import History
from sweep.model.trial import Trial


@dataclass(frozen=True)
class RunningTrial:
    """A running trial.

    Attributes:
        number: of the trial.
        label: the arm's name, or `search 17`.
        seed: of the trial.
        fold: the held-out fold; None without folds.
        epochs_done: number of trained epochs.
        epochs: number of epochs of the whole trial; None if its configuration does not tell.
        values: the study's metric after each epoch, in order.
        seconds_left: estimated from its mean epoch; None before the first, or without `epochs`.
    """

    number: int
    label: str
    seed: int
    fold: int | None
    epochs_done: int
    epochs: int | None
    values: tuple[float, ...]
    seconds_left: float | None

    @property
    def last(self) -> float | None:
        """The latest value of the study's metric."""
        return self.values[-1] if self.values else None


def running_trials(
    history: History, numbers: Collection[int] | None = None
) -> list[RunningTrial]:
    """All running trials, sorted by number.

    Args:
        history: the study.
        numbers: numbers of trials that are known to run; None: all that started and have not ended,
            although after a kill none of them runs.
    """
    if numbers is None:
        at_work = [trial for trial in history.unfinished() if trial.attempts]
    else:
        at_work = [history.trials[number] for number in sorted(numbers)]
    return [_row(trial, history.spec.metric.name) for trial in at_work]


def seconds_an_epoch(trial: Trial) -> float | None:
    """The mean duration of trained epochs; None before the first one."""
    if not trial.reports:
        return None
    total = sum(report.seconds for report in trial.reports)
    return total / max(trial.epochs_trained, 1)


def _row(trial: Trial, metric: str) -> RunningTrial:
    done = trial.epochs_behind
    epochs, pace = trial.budget, seconds_an_epoch(trial)
    known = epochs is not None and pace is not None
    return RunningTrial(
        number=trial.number,
        label=trial.label,
        seed=trial.seed,
        fold=trial.fold,
        epochs_done=done,
        epochs=epochs,
        values=tuple(trial.curve(metric).values()),
        seconds_left=max(epochs - done, 0) * pace if known else None,  # type: ignore[operator]
    )
