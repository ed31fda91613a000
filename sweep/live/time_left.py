"""How long a study will go on, from what its trials have taken so far.

The time left is the work left, in seconds of one worker, divided by how many trials run at a time.
Nothing is said before one epoch is over: a guess from nothing is no estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sweep.history.history import History
from sweep.live.running import running_trials, seconds_an_epoch
from sweep.model.trial import Trial


def seconds_left(
    history: History, planned: Mapping[str, int], at_once: int
) -> float | None:
    """Seconds until the last trial ends, None where nothing is known yet.

    Args:
        history: of the study.
        planned: stage → trials that it will have in all.
        at_once: trials that run at a time.
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
    """What a trial takes: the mean of those that ended, else by the pace of those at work."""
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
