"""Retry failed trials."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.errors import UsageError
from sweep.history.history import History
from sweep.model.trial import State
from sweep.model.trial_events import TrialRetried


def retried(history: History, wanted: Sequence[int] | None) -> list[TrialRetried]:
    """The events that reopen failed trials.

    A trial whose retry an interrupted session has begun needs no event: the same command line goes
    on with it.

    Args:
        history: the study.
        wanted: numbers of the trials; `()`: all failed trials; None: no trial.

    Raises:
        UsageError: a trial does not exist, or has not failed.
    """
    if wanted is None:
        return []
    failed = [t.number for t in history.trials.values() if t.state is State.FAILED]
    chosen = [n for n in sorted(set(wanted)) if not _is_under_way(history, n)]
    for number in chosen:
        if number not in failed:
            state = history.trials[number].state.value
            raise UsageError(
                f"--retry-failed {number}: trial {number} is {state}, not failed"
            )
    if not wanted:
        chosen = failed
        goes_on = history.running or history.unfinished()
        if not failed and not goes_on:
            raise UsageError("--retry-failed: no trial has failed")
    return [_event(history, number) for number in chosen]


def _is_under_way(history: History, number: int) -> bool:
    """Whether a retry of the trial has begun and was interrupted.

    Raises:
        UsageError: the trial does not exist.
    """
    if number not in history.trials:
        raise UsageError(f"--retry-failed {number}: there is no trial {number}")
    was_retried = number in history.failures
    return was_retried and not history.trials[number].state.finished


def _event(history: History, number: int) -> TrialRetried:
    trial = history.trials[number]
    return TrialRetried(number, trial.reason, round(trial.seconds, 6))
