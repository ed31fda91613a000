"""What runs next and whether it goes on; the one writer of the log while a study runs.

`Schedule` ties the three parts together and knows nothing of Ray: stages propose trials, an
executor asks for the next one (`next`), and says what became of it (`reported`, `completed`,
`failed`, `lost`). Every answer is in the log before it is given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from sweep.errors import CannotWrite, SweepError
from sweep.history.event_records import to_record
from sweep.history.folding import apply
from sweep.history.history import History
from sweep.log.event_log import EventLog
from sweep.model.events import DependenciesFound, Event, Notice
from sweep.model.trial import (
    Assignment,
    EpochReport,
    Idle,
    Proposal,
    Report,
    State,
    Trial,
)
from sweep.model.trial_events import (
    CheckpointReplaced,
    TrialInterrupted,
    TrialPaused,
    TrialStarted,
)
from sweep.provenance.dependencies import GONE, Dependencies
from sweep.search import search_stage
from sweep.session import backoff, limits, trial_records
from sweep.session.assignment import assignment
from sweep.session.stop_decision import (
    Decision,
    judge,
    never_applies,
)
from sweep.session.task_metrics import missing_metric
from sweep.session.trial_records import health_rule_broken
from sweep.session.workers import Workers

Listener = Callable[[History, Event], None]


class Stage(Protocol):
    """A source of trials. It keeps no state: what it answers follows from the history."""

    def __call__(self, history: History) -> Proposal | list[Event] | Idle:
        """The next trial, events to record first, `wait` (for running trials), or `done`."""


class Schedule:
    """The running study.

    Args:
        log: open for writing.
        history: the fold of that log.
        stages: asked in order; a later one may go ahead while an earlier one waits.
        folder: the study's folder.
        listen: called after every event, with the history that already contains it.
        clock: monotonic seconds.
        reuse: a new trial → events to record, among them the one that completes it with what
            another study found.
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
        self.history = history
        self.stop_reason = ""
        # What a session that stops for that reason ends with.
        self.stop_error: type[SweepError] = SweepError
        self._log, self._stages, self._folder = log, stages, folder
        self._listen, self._clock, self._reuse = listen, clock, reuse
        self._workers = Workers(clock)
        self._noted: set[str] = set()
        self._began = clock()
        self._spent_before = history.seconds

    # ----------------------------------------------------------------- asked by the executor

    def next(self) -> Assignment | Idle:
        """The next attempt to run, `wait` if only running trials can bring new ones, or `done`."""
        if self.stop_reason:
            return "done"
        most = self.history.spec.resources.max_concurrent
        if most is not None and len(self._workers.trials) >= most:
            return "wait"
        unfinished = self._next_unfinished()
        if unfinished is not None:
            return self._assign(unfinished)
        while not self._over():
            try:
                answer = self._ask()
            except SweepError as error:
                kind = CannotWrite if isinstance(error, CannotWrite) else SweepError
                self.request_stop(str(error), kind)
                break
            if isinstance(answer, Trial):
                return self._assign(answer)
            if not isinstance(answer, Proposal):
                return answer
            trial = self._create(answer)
            if not self._taken_over(trial):
                return self._assign(trial)
        return self._idle() if self.stop_reason else self._last_one()

    def started(self, number: int) -> None:
        """A worker took the trial up."""
        self._workers.heard(number)
        self.record(TrialStarted(number, self.history.trials[number].attempts + 1))

    def reported(self, number: int, report: EpochReport, notices: Sequence[str] = ()) -> bool:
        """Take in one epoch; True: the trainer must stop."""
        if not self._is_out(number):
            return True  # a worker that was given up speaks after all
        self._workers.heard(number)
        self._note(number, notices)
        trial = self.history.trials[number]
        decision = Decision()
        if not trial.reports or report.epoch > trial.reports[-1].epoch:
            decision = self._new_epoch(trial, report)
        else:
            self._repeated_epoch(number, report)
        if decision.stop is not None:
            self._finish(number, State.PRUNED, decision.stop, 0.0)
        elif decision.pause is not None:
            self._pause(number, decision.pause)
        elif self.stop_reason:
            self._interrupt(number, self.stop_reason)
        return number not in self._workers.trials

    def depended(self, found: Dependencies | None) -> None:
        """Take in what a trial depended on: each file and distribution once a study."""
        if found is None:
            return
        history = self.history
        known = Dependencies(history.dependencies, 0, history.distributions)
        new = found.beyond(known)
        if new.files or new.distributions:
            # Changes of the trainer's code are noted at the session's end, all at once.
            code = set(history.sessions[-1].files.values()) if history.sessions else set()
            changed = [
                n for n in sorted(new.files) if known.files.get(n, GONE) not in (GONE, *code)
            ]
            notices = [Notice(f"{name} changed while trials were running") for name in changed]
            self.record(DependenciesFound(**new.plain()), *notices)

    def completed(self, number: int, overhead: float, notices: Sequence[str] = ()) -> None:
        """The trainer returned of its own accord."""
        if not self._is_out(number):
            return
        self._note(number, notices)
        trial, spec = self.history.trials[number], self.history.spec
        problem = search_stage.lacking(spec, trial)
        if not trial.reports:
            problem = "the trainer returned without a single report"
        elif trial.best(spec.metric.name, spec.metric.goal) is None:
            problem = f"no report carries a finite {spec.metric.name}"
        state = State.COMPLETE if problem is None else State.FAILED
        self._finish(number, state, problem or "", overhead)

    def failed(
        self, number: int, failure: str, overhead: float, notices: Sequence[str] = ()
    ) -> None:
        """The trainer raised; it would raise again, so it is not retried."""
        if self._is_out(number):
            self._note(number, notices)
            self._finish(number, State.FAILED, failure, overhead)

    def lost(
        self, number: int, reason: str, overhead: float = 0.0, notices: Sequence[str] = ()
    ) -> None:
        """The trial's process or its worker died.

        The trial goes on from its checkpoint, `resources.retries` times at most. Each time it rests
        twice as long before it is handed out again, and others go first.
        """
        if not self._is_out(number):
            return
        self._note(number, notices)
        resources = self.history.spec.resources
        if number in self.silent():
            minutes = resources.no_progress_minutes
            limit = f"{minutes:g} minutes (resources.no_progress_minutes)"
            reason = f"hung: no report for {limit}; its worker was ended"
        # Not `attempts`: those after an interruption are nobody's fault.
        losses = len(self.history.losses.get(number, ())) + 1
        if losses > resources.retries:
            self._finish(number, State.FAILED, f"{reason} (after {losses} attempts)", overhead)
        else:
            self._workers.rest(number, backoff.rest(resources.retry_backoff_seconds, losses))
            self.record(TrialInterrupted(number, reason, overhead, lost=True))

    def unwritable(
        self, number: int, reason: str, overhead: float, notices: Sequence[str] = ()
    ) -> None:
        """The trial's files cannot be written.

        That is no failure of its: the study stops, and resumes with it.
        """
        self.request_stop(reason, CannotWrite)
        if self._is_out(number):
            self._note(number, notices)
            self._interrupt(number, reason, overhead)

    def request_stop(self, reason: str, error: type[SweepError] = SweepError) -> None:
        """Hand out nothing more, and stop every running trial at its next report.

        Safe in a signal handler.
        """
        if not self.stop_reason:
            self.stop_error, self.stop_reason = error, reason

    def abandon(self) -> None:
        """Note the trials whose workers are being killed; they resume from their last checkpoint."""
        for number in sorted(self._workers.trials):
            self._interrupt(number, self.stop_reason or "the engine stopped")

    def silent(self) -> frozenset[int]:
        """Running trials that have said nothing for `resources.no_progress_minutes`.

        Their workers should be ended.
        """
        minutes = self.history.spec.resources.no_progress_minutes
        return frozenset() if minutes is None else self._workers.silent_for(60 * minutes)

    @property
    def resting(self) -> float:
        """Seconds until a trial that lost its worker may be handed out again; 0.0: none waits."""
        return self._workers.shortest_rest

    @property
    def folder(self) -> Path:
        """The study's folder."""
        return self._folder

    def continued(self) -> None:
        """This process was stopped (Ctrl-Z) and goes on: silence is counted anew.

        Safe in a signal handler.
        """
        self._workers.start_silence_anew()

    @property
    def running(self) -> frozenset[int]:
        """Trials that are with a worker now."""
        return frozenset(self._workers.trials)

    def record(self, *events: Event) -> None:
        """Make events durable, then take them in, then tell the listener."""
        if not events:
            return
        records = self._log.append(*map(to_record, events))
        for event, record in zip(events, records, strict=True):
            apply(self.history, record)
            self._listen(self.history, event)

    # ----------------------------------------------------------------- which trial

    def _next_unfinished(self) -> Trial | None:
        """The first trial that was decided on, has not ended and may have a worker."""
        for trial in self.history.unfinished():
            number = trial.number
            if number in self._workers.trials or self._workers.is_resting(number):
                continue
            verdict, pause = self.history.verdicts.get(number), self.history.pauses.get(number)
            if verdict is not None:  # killed between the verdict and its execution
                self._finish(number, State.PRUNED, verdict, 0.0)
            elif pause is not None:
                self._pause(number, pause)
            elif not self._taken_over(trial):
                return trial
        return None

    def _ask(self) -> Proposal | Trial | Idle:
        """The first proposal of a stage, or a trial that it promoted.

        A later stage may go ahead while an earlier one waits.
        """
        idle = self._idle()
        for stage in self._stages:
            answer = self._propose(stage)
            if not isinstance(answer, str):
                return answer
            if answer == "wait":
                idle = "wait"
        return idle

    def _propose(self, stage: Stage) -> Proposal | Trial | Idle:
        while isinstance(answer := stage(self.history), list):
            self.record(*answer)
            if (promoted := self._next_unfinished()) is not None:
                return promoted
        return answer

    def _last_one(self) -> Assignment | Idle:
        """The paused trial that is trained out where no further one is started and none is complete."""
        self.record(*search_stage.trained_out(self.history))
        promoted = self._next_unfinished()
        return self._idle() if promoted is None else self._assign(promoted)

    def _idle(self) -> Idle:
        return "wait" if self._workers.any_waiting else "done"

    def _taken_over(self, trial: Trial) -> bool:
        """Whether another study has already run a trial that no worker has had yet."""
        if self.history.spec.reuse and not trial.attempts:
            self.record(*self._reuse(trial))
        return self.history.trials[trial.number].state.finished

    def _create(self, proposal: Proposal) -> Trial:
        number = len(self.history.trials)
        self.record(trial_records.created(number, proposal))
        return self.history.trials[number]

    def _assign(self, trial: Trial) -> Assignment:
        self._workers.hand_out(trial.number)
        return assignment(self.history, trial, self._folder)

    # ----------------------------------------------------------------- what became of it

    def _is_out(self, number: int) -> bool:
        """Whether a trial is with a worker, and has not ended."""
        return number in self._workers.trials and not self.history.trials[number].state.finished

    def _new_epoch(self, trial: Trial, report: EpochReport) -> Decision:
        """Record an epoch with the verdict on it: what becomes of the trial."""
        number = trial.number
        latest = Report(report.epoch, report.metrics, report.seconds)
        decision, findings = judge(self.history, trial, latest)
        self.record(
            trial_records.epoch_ended(number, report, decision),
            *[health_rule_broken(number, finding, decision.stop) for finding in findings],
        )
        if len(self.history.trials[number].reports) == 1:
            unused = never_applies(self.history.spec, self.history.trials[number])
            if unused is not None:
                self._note_once(unused)
        return decision

    def _repeated_epoch(self, number: int, report: EpochReport) -> None:
        """An epoch that was trained again, from an earlier checkpoint.

        Its first report stands. Its checkpoint is another one where training does not repeat to the
        last bit, and the log has to know it to find it sound.
        """
        recorded = self.history.checkpoints.get(number, {}).get(report.epoch)
        if report.checkpoint is not None and report.checkpoint != recorded:
            self.record(CheckpointReplaced(number, report.epoch, report.checkpoint))

    def _note(self, number: int, notices: Sequence[str]) -> None:
        self.record(*[Notice(text, number) for text in notices])

    def _interrupt(self, number: int, reason: str, overhead: float = 0.0) -> None:
        self._workers.take_back(number)
        self.record(trial_records.interrupted(number, reason, overhead))

    def _pause(self, number: int, reason: str) -> None:
        self._workers.ended(number)
        self.record(TrialPaused(number, reason))

    def _finish(self, number: int, state: State, reason: str, overhead: float) -> None:
        self._workers.ended(number)
        self.record(trial_records.finished(number, state, reason, overhead))
        if (lacking := missing_metric(self.history, self.history.trials[number])) is not None:
            self._note_once(lacking)
        if state is State.FAILED and (failure := limits.common_failure(self.history)) is not None:
            self.request_stop(failure)

    def _over(self) -> bool:
        """Whether no further trial is started; the log says why, once."""
        seconds = self._spent_before + self._clock() - self._began
        reason = limits.spent_budget(self.history, seconds) or limits.met_target(self.history)
        if reason is None:
            return False
        self._note_once(reason)
        return True

    def _note_once(self, text: str) -> None:
        """A notice of the study as a whole."""
        if text not in self._noted:
            self._noted.add(text)
            if all(notice.message != text for notice in self.history.notices):
                self.record(Notice(text))
