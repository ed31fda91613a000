"""Take a trial from its worker: it ends, pauses, is interrupted, or waits after a loss.

Each change is recorded in the log and in the session's list of workers.
"""

from __future__ import annotations

from sweep.model.population_events import MemberFailed
from sweep.model.trial import State
from sweep.model.trial_events import TrialInterrupted, TrialPaused
from sweep.search import failed_members
from sweep.session import trial_records
from sweep.session.recorder import Recorder
from sweep.session.workers import Workers


class RunningTrials:
    """The trials that are with a worker."""

    def __init__(self, recorder: Recorder, workers: Workers):
        self._recorder = recorder
        self._workers = workers

    def __contains__(self, number: int) -> bool:
        """Whether a trial is with a worker and has not ended."""
        if number not in self._workers.trials:
            return False
        trial = self._recorder.history.trials[number]
        return not trial.state.finished

    def finish(self, number: int, state: State, reason: str, overhead: float) -> None:
        """End a trial for good.

        A member of a population that failed or was stopped waits to be replaced instead.

        Args:
            number: of the trial.
            state: in which it ends.
            reason: why it ends.
            overhead: in worker seconds.
        """
        self._workers.ended(number)
        history = self._recorder.history
        trial = history.trials[number]
        lost = state is not State.COMPLETE
        if lost and failed_members.replaceable(history, trial):
            self._recorder.record(MemberFailed(number, reason, overhead))
            return
        finished = trial_records.finished(number, state, reason, overhead)
        self._recorder.record(finished)

    def pause(self, number: int, reason: str) -> None:
        """Pause a trial at a rung."""
        self._workers.ended(number)
        self._recorder.record(TrialPaused(number, reason))

    def interrupt(self, number: int, reason: str, overhead: float = 0.0) -> None:
        """Take a trial from its worker; it continues later. `overhead` in worker seconds."""
        self._workers.release(number)
        interrupted = trial_records.interrupted(number, reason, overhead)
        self._recorder.record(interrupted)

    def lose(self, number: int, reason: str, overhead: float, delay: float) -> None:
        """Record that a trial's worker died; the trial waits `delay` seconds for another one."""
        self._workers.back_off(number, delay)
        interrupted = TrialInterrupted(number, reason, overhead, lost=True)
        self._recorder.record(interrupted)
