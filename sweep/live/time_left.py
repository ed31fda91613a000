"""Estimate the remaining time of a study from the durations of its trials.

It is the remaining work, in seconds of one worker, divided by the number of parallel trials. There
is no estimate before the first epoch has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sweep.history.history import History
from sweep.live.running import running_trials, seconds_an_epoch
from sweep.model.trial import Trial


def seconds_left(
    history: History, planned: Mapping[str, int], at_once: int
) -> float | None:
    """Seconds until the last trial ends; None before the first epoch.

    Args:
        history: the study.
        planned: stage → total number of trials.
        at_once: number of parallel trials.
    """
    work = 0.0
    for stage, total in planned.items():
        trials = history.stage(stage)
        to_come = max(total - len(trials), 0)
        waiting = sum(
            1 for trial in trials if not trial.state.finished and not trial.attempts
        )
        expected = _seconds_of_a_trial(trials) or _seconds_of_a_trial(
            list(history.trials.values())
        )
        if expected is None and to_come + waiting:
            return None
        work += (to_come + waiting) * (expected or 0.0)
    for trial in running_trials(history):
        work += trial.seconds_left or 0.0
    return work / max(at_once, 1)


def _seconds_of_a_trial(trials: Sequence[Trial]) -> float | None:
    """The duration of a trial: the mean of ended ones, else estimated from running ones."""
    ended = [
        trial.seconds for trial in trials if trial.state.finished and not trial.reused
    ]
    if ended:
        return sum(ended) / len(ended)
    forecasts = []
    for trial in trials:
        pace, epochs = seconds_an_epoch(trial), trial.budget
        if pace is not None and epochs is not None:
            forecasts.append(trial.overhead + pace * epochs)
    return sum(forecasts) / len(forecasts) if forecasts else None
