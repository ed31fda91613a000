"""Decide which trial runs next and whether it continues; the only writer of a running study's log.

`Schedule` connects three parts without knowing Ray: stages propose trials, an executor asks for the
next one (`next`) and reports what happens to it (`reported`, `completed`, `failed`, `lost`). Every
answer is recorded in the log before it is returned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sweep.errors import CannotWrite, SweepError
from sweep.history.history import History
from sweep.log.event_log import EventLog
from sweep.model.events import Event
from sweep.model.trial import (
    Assignment,
    EpochReport,
    Idle,
    Proposal,
    Report,
    State,
    Trial,
)
from sweep.model.trial_events import FilesStored, TrialStarted
from sweep.provenance.dependencies import Dependencies
from sweep.search import trial_value
from sweep.session import backoff, limits, trial_records
from sweep.session.assignment import assignment
from sweep.session.proposals import Proposals, Stage
from sweep.session.recorder import Listener, Recorder
from sweep.session.running_trials import RunningTrials
from sweep.session.stop_decision import Decision, judge, never_applies
from sweep.session.task_metrics import missing_metric
from sweep.session.trial_records import health_rule_broken
from sweep.session.workers import Workers


class Schedule:
    """The running study.

    Args:
        log: open for writing.
        history: the fold of that log.
        stages: asked in order; a later one may propose trials while an earlier one waits.
        folder: the study's folder.
        listen: called after every event, with the history that already contains it.
        clock: monotonic seconds.
        reuse: a new trial → events to record; one of them completes the trial with the result of
            another study.
    """

    def __init__(
        self,
        log: EventLog,
        history: History,
        stages: Sequence[Stage],
        folder: Path,
        listen: Listener = lambda history, event: None,
        clock: Callable[[], float] = time.monotonic,
        reuse: Callable[[Trial], list[Event]] = lambda trial: [],
    ):
        self.stop_reason = ""
        # The error that a session raises if it stops for that reason.
        self.stop_error: type[SweepError] = SweepError
        self._folder, self._clock = folder, clock
        self._workers = Workers(clock)
        self._recorder = Recorder(log, history, listen)
        self._running = RunningTrials(self._recorder, self._workers)
        self._proposals = Proposals(
            self._recorder, self._workers, self._running, stages, reuse
        )
        self._attempts: dict[int, int] = {}  # trial → its latest attempt, as assigned
        self._start = clock()
        self._seconds_before = history.seconds  # of earlier sessions

    @property
    def history(self) -> History:
        """The history up to the latest event."""
        return self._recorder.history

    # ----------------------------------------------------------------- asked by the executor

    def next(self) -> Assignment | Idle:
        """The next attempt to run; `wait` if it depends on running trials; `done` at the end."""
        if self.stop_reason:
            return "done"
        limit = self.history.spec.resources.max_concurrent
        if limit is not None and len(self._workers.trials) >= limit:
            return "wait"
        unfinished = self._proposals.unfinished()
        if unfinished is not None:
            return self._assign(unfinished)
        while not self._is_over():
            try:
                answer = self._proposals.ask()
            except SweepError as error:
                kind = CannotWrite if isinstance(error, CannotWrite) else SweepError
                self.request_stop(str(error), kind)
                break
            if isinstance(answer, Trial):
                return self._assign(answer)
            if not isinstance(answer, Proposal):
                return answer
            trial = self._proposals.create(answer)
            if trial is not None:  # None: reused from another study, so ask again
                return self._assign(trial)
        if not self.stop_reason:
            paused = self._proposals.fallback_promotion()
            if paused is not None:
                return self._assign(paused)
        return self._proposals.idle()

    def started(self, number: int) -> None:
        """A worker has started an attempt at the trial."""
        self._workers.message_received(number)
        self.record(TrialStarted(number, self.history.trials[number].attempts + 1))

    def reported(
        self, number: int, report: EpochReport, notices: Sequence[str] = ()
    ) -> bool:
        """Handle a report of one epoch; return True if the trainer must stop."""
        if number not in self._running:
            return True  # a worker that counts as lost still reports
        self._workers.message_received(number)
        self._recorder.note(number, notices)
        trial = self.history.trials[number]
        decision = Decision()
        if not trial.reports or report.epoch > trial.reports[-1].epoch:
            decision = self._new_epoch(trial, report)
        else:
            self.record(*trial_records.epoch_repeated(self.history, number, report))
        if decision.stop is not None:
            self._running.finish(number, State.PRUNED, decision.stop, 0.0)
        elif decision.pause is not None:
            self._running.pause(number, decision.pause)
        elif self.stop_reason:
            self._running.interrupt(number, self.stop_reason)
        return number not in self._workers.trials

    def stored(self, number: int, attempt: int, manifest: str | None) -> bool:
        """Record which manifest lists a trial's files in the storage.

        Args:
            attempt: the number of the attempt that stored them.
            manifest: its SHA-256; None: nothing was stored.

        Returns:
            False: a later attempt was assigned, so that the files do not count.
        """
        if manifest is None:
            return True
        if self._attempts.get(number) != attempt:
            return False
        if self.history.stored.get(number) != manifest:
            self.record(FilesStored(number, manifest))
        return True

    def depended(self, dependencies: Dependencies | None) -> None:
        """Record the files and distributions that a trial used; each once for the study."""
        if dependencies is not None:
            events = trial_records.dependencies_found(self.history, dependencies)
            self.record(*events)

    def completed(
        self, number: int, overhead: float, notices: Sequence[str] = ()
    ) -> None:
        """The trainer has returned."""
        if number not in self._running:
            return
        self._recorder.note(number, notices)
        trial, spec = self.history.trials[number], self.history.spec
        problem = trial_value.lacking(spec, trial)
        if not trial.reports:
            problem = "the trainer returned without a report"
        elif trial.best(spec.metric.name, spec.metric.goal) is None:
            problem = f"no report has a finite {spec.metric.name}"
        state = State.COMPLETE if problem is None else State.FAILED
        self._finish(number, state, problem or "", overhead)

    def failed(
        self, number: int, failure: str, overhead: float, notices: Sequence[str] = ()
    ) -> None:
        """The trainer raised an error. It would raise again, so the trial is not retried."""
        if number in self._running:
            self._recorder.note(number, notices)
            self._finish(number, State.FAILED, failure, overhead)

    def lost(
        self,
        number: int,
        reason: str,
        overhead: float = 0.0,
        notices: Sequence[str] = (),
    ) -> None:
        """The trial's process or its worker died.

        The trial continues from its checkpoint, at most `resources.retries` times. Each time it
        waits twice as long before it is assigned again, and other trials run first.
        """
        if number not in self._running:
            return
        self._recorder.note(number, notices)
        resources = self.history.spec.resources
        if number in self.silent():
            minutes = resources.no_progress_minutes
            limit = f"{minutes:g} minutes (resources.no_progress_minutes)"
            reason = f"hung: no report for {limit}; its worker was ended"
        # Not `attempts`, which also counts attempts after an interruption.
        losses = len(self.history.losses.get(number, ())) + 1
        if losses > resources.retries:
            self._finish(
                number, State.FAILED, f"{reason} (after {losses} attempts)", overhead
            )
        else:
            delay = backoff.delay(resources.retry_backoff_seconds, losses)
            self._running.lose(number, reason, overhead, delay)

    def unwritable(
        self, number: int, reason: str, overhead: float, notices: Sequence[str] = ()
    ) -> None:
        """The trial's files cannot be written.

        This does not count as a failure of the trial: the study stops, and can be resumed.
        """
        self.request_stop(reason, CannotWrite)
        if number in self._running:
            self._recorder.note(number, notices)
            self._running.interrupt(number, reason, overhead)

    def request_stop(self, reason: str, error: type[SweepError] = SweepError) -> None:
        """Start no more trials, and stop every running trial at its next report.

        Safe in a signal handler.
        """
        if not self.stop_reason:
            self.stop_error, self.stop_reason = error, reason

    def abandon(self) -> None:
        """Record that running trials are interrupted; they resume from their last checkpoint."""
        for number in sorted(self._workers.trials):
            self._running.interrupt(number, self.stop_reason or "the engine stopped")

    def silent(self) -> frozenset[int]:
        """Running trials without a report for `resources.no_progress_minutes`.

        The executor should end their workers.
        """
        minutes = self.history.spec.resources.no_progress_minutes
        return (
            frozenset() if minutes is None else self._workers.silent_for(60 * minutes)
        )

    @property
    def backoff_seconds(self) -> float:
        """Seconds until a trial that lost its worker may be assigned again; 0.0: none waits."""
        return self._workers.shortest_backoff

    @property
    def folder(self) -> Path:
        """The study's folder."""
        return self._folder

    def continued(self) -> None:
        """This process was stopped (Ctrl-Z) and continues: count silence from now.

        Safe in a signal handler.
        """
        self._workers.restart_silence_timers()

    @property
    def running(self) -> frozenset[int]:
        """Trials that are with a worker now."""
        return frozenset(self._workers.trials)

    def record(self, *events: Event) -> None:
        """Record events durably, then add them to the history, then call the listener."""
        self._recorder.record(*events)

    def note_once(self, text: str) -> None:
        """Record a notice of the study as a whole, unless the log has it already."""
        self._recorder.note_once(text)

    # ----------------------------------------------------------------- record results

    def _new_epoch(self, trial: Trial, report: EpochReport) -> Decision:
        """Record an epoch, together with whether the trial stops, pauses or continues."""
        number = trial.number
        latest = Report(report.epoch, report.metrics, report.seconds)
        decision, findings = judge(self.history, trial, latest)
        self.record(
            trial_records.epoch_ended(number, report, decision),
            *(health_rule_broken(number, each, decision.stop) for each in findings),
        )
        recorded = self.history.trials[number]
        if len(recorded.reports) == 1:
            unused_rule = never_applies(self.history.spec, recorded)
            if unused_rule is not None:
                self._recorder.note_once(unused_rule)
        return decision

    def _finish(self, number: int, state: State, reason: str, overhead: float) -> None:
        """End a trial; stop the study if its trials all fail in the same way."""
        self._running.finish(number, state, reason, overhead)
        lacking = missing_metric(self.history, self.history.trials[number])
        if lacking is not None:
            self._recorder.note_once(lacking)
        if state is not State.FAILED:
            return
        failure = limits.common_failure(self.history)
        if failure is not None:
            self.request_stop(failure)

    # ----------------------------------------------------------------- choose the next trial

    def _assign(self, trial: Trial) -> Assignment:
        """Give a trial to a worker."""
        self._workers.assign(trial.number)
        assigned = assignment(self.history, trial, self._folder)
        self._attempts[trial.number] = assigned.attempt
        return assigned

    def _is_over(self) -> bool:
        """Whether no further trial starts; the reason is recorded once."""
        seconds = self._seconds_before + self._clock() - self._start
        reason = limits.spent_budget(self.history, seconds)
        reason = reason or limits.met_target(self.history)
        if reason is None:
            return False
        self._recorder.note_once(reason)
        return True
