"""How a trial leaves its worker: it ends, pauses, is interrupted, or rests after a loss.

Each change is made twice: in the log, and among the session's workers.
"""

from __future__ import annotations

from sweep.model.trial import State
from sweep.model.trial_events import TrialInterrupted, TrialPaused
from sweep.session import trial_records
from sweep.session.recorder import Recorder
from sweep.session.workers import Workers


class RunningTrials:
    """The trials that are with a worker."""

    def __init__(self, recorder: Recorder, workers: Workers):
        self._recorder, self._workers = recorder, workers

    def __contains__(self, number: int) -> bool:
        """Whether a trial is with a worker and has not ended."""
        trials = self._recorder.history.trials
        return number in self._workers.trials and not trials[number].state.finished

    def finish(self, number: int, state: State, reason: str, overhead: float) -> None:
        """A trial ends for good; `overhead` in worker seconds."""
        self._workers.ended(number)
        self._recorder.record(trial_records.finished(number, state, reason, overhead))

    def pause(self, number: int, reason: str) -> None:
        """A trial pauses at a rung."""
        self._workers.ended(number)
        self._recorder.record(TrialPaused(number, reason))

    def interrupt(self, number: int, reason: str, overhead: float = 0.0) -> None:
        """A trial gives its worker back and will have one again; `overhead` in worker seconds."""
        self._workers.take_back(number)
        self._recorder.record(trial_records.interrupted(number, reason, overhead))

    def lose(self, number: int, reason: str, overhead: float, rest: float) -> None:
        """A trial's worker died; the trial gets no other one for `rest` seconds."""
        self._workers.rest(number, rest)
        self._recorder.record(TrialInterrupted(number, reason, overhead, lost=True))
