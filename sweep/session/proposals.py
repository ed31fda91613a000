"""Choose the next trial for a worker: an interrupted one, else a proposal of a stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sweep.history.history import History
from sweep.model.events import Event
from sweep.model.trial import Idle, Proposal, State, Trial
from sweep.search import search_stage
from sweep.session import trial_records
from sweep.session.recorder import Recorder
from sweep.session.running_trials import RunningTrials
from sweep.session.workers import Workers


class Stage(Protocol):
    """A source of trials. It has no state; its answer follows from the history."""

    def __call__(self, history: History) -> Proposal | list[Event] | Idle:
        """The next trial, events to record first, `wait` (for running trials), or `done`."""


class Proposals:
    """The trials that may start.

    Args:
        stages: asked in order; a later one may go ahead while an earlier one waits.
        reuse: a new trial → events to record, among them the one that completes it with what
            another study found.
    """

    def __init__(
        self,
        recorder: Recorder,
        workers: Workers,
        running: RunningTrials,
        stages: Sequence[Stage],
        reuse: Callable[[Trial], list[Event]],
    ):
        self._recorder, self._workers, self._running = recorder, workers, running
        self._stages, self._reuse = stages, reuse

    def unfinished(self) -> Trial | None:
        """The first trial that was created, has not ended and may get a worker."""
        history = self._recorder.history
        for trial in history.unfinished():
            number = trial.number
            if number in self._workers.trials or self._workers.is_backing_off(number):
                continue
            verdict, pause = history.verdicts.get(number), history.pauses.get(number)
            if verdict is not None:  # killed between the verdict and its execution
                self._running.finish(number, State.PRUNED, verdict, 0.0)
            elif pause is not None:
                self._running.pause(number, pause)
            elif not self._is_taken_over(trial):
                return trial
        return None

    def ask(self) -> Proposal | Trial | Idle:
        """The first proposal of a stage, or a paused trial that it promoted."""
        idle = self.idle()
        for stage in self._stages:
            answer = self._ask_stage(stage)
            if not isinstance(answer, str):
                return answer
            if answer == "wait":
                idle = "wait"
        return idle

    def create(self, proposal: Proposal) -> Trial | None:
        """Create the trial of a proposal; None if another study has already run it."""
        number = len(self._recorder.history.trials)
        self._recorder.record(trial_records.created(number, proposal))
        trial = self._recorder.history.trials[number]
        return None if self._is_taken_over(trial) else trial

    def fallback_promotion(self) -> Trial | None:
        """The paused trial to train to its end if no further trial starts.

        None if a complete trial exists, or no trial is paused.
        """
        self._recorder.record(*search_stage.fallback_promotion(self._recorder.history))
        return self.unfinished()

    def idle(self) -> Idle:
        """The answer while no trial can start: `wait` for running trials, or `done`."""
        return "wait" if self._workers.any_waiting else "done"

    def _ask_stage(self, stage: Stage) -> Proposal | Trial | Idle:
        """Ask a stage until it answers without events, which are recorded; a promotion is first."""
        while isinstance(answer := stage(self._recorder.history), list):
            self._recorder.record(*answer)
            promoted = self.unfinished()
            if promoted is not None:
                return promoted
        return answer

    def _is_taken_over(self, trial: Trial) -> bool:
        """Whether another study has already run a trial that has not started here."""
        history = self._recorder.history
        if history.spec.reuse and not trial.attempts:
            self._recorder.record(*self._reuse(trial))
        return history.trials[trial.number].state.finished
