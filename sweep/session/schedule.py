"""What runs next and whether it goes on; the one writer of the log while a study runs.

`Schedule` ties the three parts together and knows nothing of Ray: stages propose trials, an
executor asks for the next one (`next`), and says what became of it (`reported`, `completed`,
`failed`, `lost`). Every answer is in the log before it is given.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sweep.errors import CannotWrite, SweepError
from sweep.history import records
from sweep.history.history import History
from sweep.log.event_log import Event, EventLog
from sweep.model.cohort import Cohort
from sweep.model.trial import (
    Assignment,
    EpochReport,
    Goal,
    Idle,
    Proposal,
    Report,
    State,
    Trial,
    trial_folder,
)
from sweep.search import search_stage
from sweep.session.backoff import rest
from sweep.session.stop_decision import judge, judged, stop_reason
from sweep.spec import Metric

Listener = Callable[[History, Event], None]

# so many trials failing alike, and none succeeding, is a mistake in the study, not bad luck
SAME_FAILURE_LIMIT = 3


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
        # what a session that stops for that reason ends with
        self.stop_error: type[SweepError] = SweepError
        self._log, self._stages, self._folder, self._listen, self._clock = (
            log,
            stages,
            folder,
            listen,
            clock,
        )
        self._out: set[int] = set()
        self._heard: dict[int, float] = {}  # trial with a worker → when it last said something
        self._rest: dict[
            int, float
        ] = {}  # trial that lost its worker → when it may have another; a session's own
        self._said: set[str] = set()
        self._began = clock()
        self._spent_before = history.seconds
        self._reuse = reuse

    # ----------------------------------------------------------------- asked by the executor

    def next(self) -> Assignment | Idle:
        """The next attempt to run, `wait` if only running trials can bring new ones, or `done`."""
        if self.stop_reason:
            return "done"
        most = self.history.spec.resources.max_concurrent
        if most is not None and len(self._out) >= most:
            return "wait"
        for trial in self.history.unfinished():
            if trial.number in self._out or self._rest.get(trial.number, -math.inf) > self._clock():
                continue
            if (why := self.history.verdicts.get(trial.number)) is not None:
                self._finish(
                    trial.number, State.PRUNED, why, 0.0
                )  # killed between the verdict and its execution
            elif not self._taken_over(trial):
                return self._assign(trial)
        while not (self._over_budget() or self._target_met()):
            try:
                answer = self._ask()
            except SweepError as error:
                self.request_stop(
                    str(error), CannotWrite if isinstance(error, CannotWrite) else SweepError
                )
                break
            if not isinstance(answer, Proposal):
                return answer
            if not self._taken_over(trial := self._create(answer)):
                return self._assign(trial)
        return self._idle()

    def started(self, number: int) -> None:
        """A worker took the trial up."""
        self._heard[number] = self._clock()
        attempt = self.history.trials[number].attempts + 1
        self.record({"event": "trial_started", "trial": number, "attempt": attempt})

    def reported(self, number: int, report: EpochReport, notices: Sequence[str] = ()) -> bool:
        """Take in one epoch; True: the trainer must stop."""
        trial = self.history.trials[number]
        if trial.state.finished or number not in self._out:
            # a worker that was given up speaks after all
            return True
        self._heard[number] = self._clock()
        self.record(*[records.notice(text, number) for text in notices])
        why = None
        if not trial.reports or report.epoch > trial.reports[-1].epoch:
            why, broken = judge(
                self.history, trial, Report(report.epoch, report.metrics, report.seconds)
            )
            self.record(
                records.epoch(number, report, why),
                *[
                    records.broken(each, number, stopped=why == stop_reason(each))
                    for each in broken
                ],
            )
        elif report.checkpoint not in (
            None,
            self.history.checkpoints.get(number, {}).get(report.epoch),
        ):
            # An epoch trained again, from an earlier checkpoint. Its first report stands; its file
            # is another one where training does not repeat to the last bit, and the log has to know
            # it to find it sound.
            self.record(
                {
                    "event": "checkpoint",
                    "trial": number,
                    "epoch": report.epoch,
                    "checkpoint": report.checkpoint,
                }
            )
        if why is not None:
            self._finish(number, State.PRUNED, why, 0.0)
        elif self.stop_reason:
            self._out.discard(number)
            self.record(records.interrupted(number, self.stop_reason))
        return number not in self._out

    def completed(self, number: int, overhead: float, notices: Sequence[str] = ()) -> None:
        """The trainer returned of its own accord."""
        trial = self.history.trials[number]
        if trial.state.finished or number not in self._out:
            return
        self.record(*[records.notice(text, number) for text in notices])
        spec = self.history.spec
        if not trial.reports:
            self._finish(
                number, State.FAILED, "the trainer returned without a single report", overhead
            )
        elif trial.best(spec.metric.name, spec.metric.goal) is None:
            self._finish(
                number, State.FAILED, f"no report carries a finite {spec.metric.name}", overhead
            )
        elif (lack := search_stage.lacking(spec, trial)) is not None:
            self._finish(number, State.FAILED, lack, overhead)
        else:
            self._finish(number, State.COMPLETE, "", overhead)

    def failed(
        self, number: int, failure: str, overhead: float, notices: Sequence[str] = ()
    ) -> None:
        """The trainer raised; it would raise again, so it is not retried."""
        if self.history.trials[number].state.finished or number not in self._out:
            return
        self.record(*[records.notice(text, number) for text in notices])
        self._finish(number, State.FAILED, failure, overhead)

    def lost(self, number: int, reason: str) -> None:
        """The worker died under the trial; it goes on from its checkpoint, `resources.retries`
        times at most.

        Each time it rests twice as long before it is handed out again, and others go first.
        """
        trial, resources = self.history.trials[number], self.history.spec.resources
        if trial.state.finished or number not in self._out:
            return
        if number in self.silent():
            minutes = resources.no_progress_minutes
            reason = f"hung: no report for {minutes:g} minutes (resources.no_progress_minutes); its worker was ended"
        # Not `attempts`: those after an interruption are nobody's fault.
        losses = len(self.history.losses.get(number, ())) + 1
        if losses > resources.retries:
            self._finish(number, State.FAILED, f"{reason} (after {losses} attempts)", 0.0)
        else:
            self._out.discard(number)
            self._rest[number] = self._clock() + rest(resources.retry_backoff_seconds, losses)
            self.record(records.interrupted(number, reason) | {"lost": True})

    def unwritable(
        self, number: int, reason: str, overhead: float, notices: Sequence[str] = ()
    ) -> None:
        """The trial's files cannot be written.

        That is no failure of its: the study stops, and resumes with it.
        """
        self.request_stop(reason, CannotWrite)
        if self.history.trials[number].state.finished or number not in self._out:
            return
        self._out.discard(number)
        self.record(
            *[records.notice(text, number) for text in notices],
            records.interrupted(number, reason, overhead),
        )

    def request_stop(self, reason: str, error: type[SweepError] = SweepError) -> None:
        """Hand out nothing more, and stop every running trial at its next report.

        Safe in a signal handler.
        """
        if not self.stop_reason:
            self.stop_error, self.stop_reason = error, reason

    def abandon(self) -> None:
        """Note the trials whose workers are being killed; they resume from their last checkpoint."""
        for number in sorted(self._out):
            self.record(records.interrupted(number, self.stop_reason or "the engine stopped"))
        self._out.clear()

    def silent(self) -> frozenset[int]:
        """Running trials that have said nothing for `resources.no_progress_minutes`; their workers should be ended."""
        minutes = self.history.spec.resources.no_progress_minutes
        if minutes is None:
            return frozenset()
        before = self._clock() - 60 * minutes
        return frozenset(n for n in self._out if self._heard.get(n, math.inf) < before)

    @property
    def resting(self) -> float:
        """Seconds until a trial that lost its worker may be handed out again; 0.0 where none waits for that."""
        now = self._clock()
        return max(min((until - now for until in self._rest.values()), default=0.0), 0.0)

    @property
    def folder(self) -> Path:
        """The study's folder."""
        return self._folder

    def continued(self) -> None:
        """This process was stopped (Ctrl-Z) and goes on: silence is counted anew. Safe in a signal handler."""
        now = self._clock()
        self._heard = dict.fromkeys(self._heard, now)

    @property
    def running(self) -> frozenset[int]:
        """Trials that are with a worker now."""
        return frozenset(self._out)

    def record(self, *events: Mapping[str, Any]) -> None:
        """Make events durable, then take them in, then tell the listener."""
        if events:
            for event in self._log.append(*events):
                self.history.apply(event)
                self._listen(self.history, event)

    # ----------------------------------------------------------------- parts

    def _ask(self) -> Proposal | Idle:
        """The first proposal of a stage; a later one may go ahead while an earlier one waits."""
        idle = self._idle()
        for stage in self._stages:
            answer = self._propose(stage)
            if isinstance(answer, Proposal):
                return answer
            if answer == "wait":
                idle = "wait"
        return idle

    def _idle(self) -> Idle:
        return "wait" if self._out or self._rest else "done"

    def _taken_over(self, trial: Trial) -> bool:
        """Whether another study has already run a trial that no worker has had yet."""
        if self.history.spec.reuse and not trial.attempts:
            self.record(*self._reuse(trial))
        return self.history.trials[trial.number].state.finished

    def _propose(self, stage: Stage) -> Proposal | Idle:
        while isinstance(answer := stage(self.history), list):
            self.record(*answer)
        return answer

    def _create(self, proposal: Proposal) -> Trial:
        number = len(self.history.trials)
        self.record(
            {
                "event": "trial_created",
                "trial": number,
                "stage": proposal.stage,
                "label": proposal.label,
                "config": dict(proposal.config),
                "seed": proposal.seed,
                "fold": proposal.fold,
                "attributes": dict(proposal.attributes),
            }
        )
        return self.history.trials[number]

    def _assign(self, trial: Trial) -> Assignment:
        self._out.add(trial.number)
        self._rest.pop(trial.number, None)
        share = self.history.spec.resources.share(trial.config)
        return Assignment(
            trial=trial.number,
            label=trial.label,
            config=trial.config,
            seed=trial.seed,
            fold=trial.fold,
            folds=None if trial.fold is None else self.history.spec.folds(trial.stage),
            attempt=trial.attempts + 1,
            folder=str((self._folder / "trials" / trial_folder(trial)).resolve()),
            last_epoch=trial.reports[-1].epoch if trial.reports else None,
            checkpoints=dict(self.history.checkpoints.get(trial.number, {})),
            cpu=share.cpu,
            gpu=share.gpu,
            judged=judged(self.history.spec, trial),
        )

    def _finish(self, number: int, state: State, reason: str, overhead: float) -> None:
        self._out.discard(number)
        self._rest.pop(number, None)
        self.record(
            {
                "event": "trial_finished",
                "trial": number,
                "state": state.value,
                "reason": reason,
                "overhead": round(overhead, 6),
            }
        )
        if state is State.FAILED:
            self._stop_if_all_fail_alike()

    def _stop_if_all_fail_alike(self) -> None:
        reasons = self.history.cohort().over_ended("failures", Counter[str | None], _count_failure)
        if reasons[None]:
            return
        reason, times = reasons.most_common(1)[0]
        if times >= SAME_FAILURE_LIMIT:
            self.request_stop(f"all {times} finished trials failed alike: {reason}")

    def _over_budget(self) -> bool:
        budget = self.history.spec.budget
        hours = (self._spent_before + self._clock() - self._began) / 3600
        gpu_hours = 0.0 if budget.gpu_hours is None else self._gpu_seconds() / 3600
        for name, limit, spent in (
            ("hours", budget.hours, hours),
            ("gpu_hours", budget.gpu_hours, gpu_hours),
        ):
            if limit is not None and spent >= limit:
                self._say_once(f"budget.{name} of {limit:g} is spent: no further trial is started")
                return True
        return False

    def _gpu_seconds(self) -> float:
        resources = self.history.spec.resources
        if not resources.when:
            return _seconds(self.history.cohort()) * (resources.gpu or 0)
        trials = (trial for trial in self.history.trials.values() if not trial.reused)
        return sum(trial.seconds * (resources.share(trial.config).gpu or 0) for trial in trials)

    def _target_met(self) -> bool:
        metric = self.history.spec.metric
        if metric.target is None:
            return False
        met = self.history.cohort().over_ended(
            ("target", metric), list[int], partial(_note_target, metric)
        )
        if not met:
            return False
        target = f"{metric.name} {metric.target:g}"
        self._say_once(f"trial {min(met)} met the target {target}: no further trial is started")
        return True

    def _say_once(self, text: str) -> None:
        if text not in self._said and all(
            notice["message"] != text for notice in self.history.notices
        ):
            self.record(records.notice(text, None))
        self._said.add(text)


def _count_failure(reasons: Counter[str | None], trial: Trial) -> None:
    reasons[trial.reason if trial.state is State.FAILED else None] += 1


def _seconds(cohort: Cohort) -> float:
    """Worker time of all trials that were run here."""

    def add(total: list[float], trial: Trial) -> None:
        total[0] += 0.0 if trial.reused else trial.seconds

    return cohort.over_ended("seconds", lambda: [0.0], add)[0] + sum(
        cohort.trials[n].seconds for n in cohort.open
    )


def _note_target(metric: Metric, met: list[int], trial: Trial) -> None:
    best, target = (
        trial.best(metric.name, metric.goal) if trial.state is State.COMPLETE else None,
        metric.target,
    )
    if (
        best is not None
        and target is not None
        and _reaches(best.metrics[metric.name], target, metric.goal)
    ):
        met.append(trial.number)


def _reaches(value: float | None, target: float, goal: Goal) -> bool:
    return value is not None and (value >= target if goal == "maximize" else value <= target)
