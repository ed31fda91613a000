"""Retry failed trials."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.errors import UsageError
from sweep.history.history import History
from sweep.model.trial import State
from sweep.model.trial_events import TrialRetried


def retried(history: History, wanted: Sequence[int] | None) -> list[TrialRetried]:
    """The events that reopen failed trials.

    Args:
        history: the study.
        wanted: numbers of the trials; `()`: all failed trials; None: no trial.

    Raises:
        UsageError: a trial does not exist, or has not failed.
    """
    if wanted is None:
        return []
    failed = [t.number for t in history.trials.values() if t.state is State.FAILED]
    for number in wanted:
        if number not in history.trials:
            raise UsageError(f"--retry-failed {number}: there is no trial {number}")
        if number not in failed:
            state = history.trials[number].state.value
            raise UsageError(
                f"--retry-failed {number}: trial {number} is {state}, not failed"
            )
    chosen = sorted(set(wanted)) or failed
    if not chosen:
        raise UsageError("--retry-failed: no trial has failed")
    return [_event(history, number) for number in chosen]


def _event(history: History, number: int) -> TrialRetried:
    trial = history.trials[number]
    return TrialRetried(number, trial.reason, round(trial.seconds, 6))
