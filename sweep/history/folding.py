"""The fold: what each event of the log does to the history.

This is the only place where an event changes anything; replaying the log and living through it are
the same code. Reading a history never writes. The event classes are in `sweep.model.events`; each
of them has one function here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import singledispatch
from operator import attrgetter
from typing import Any

from sweep.errors import StudyNotFound
from sweep.history.event_records import UNFIT, damaged, from_record, refusal
from sweep.history.garbage import collector_paused
from sweep.history.history import History, Remarks, Session, WrittenReport, cohorts_of
from sweep.log.lines import Record
from sweep.model import events, reports
from sweep.model.arm import AblationPath
from sweep.model.cohort import Cohort
from sweep.model.events import Event
from sweep.model.reports import Epochs, Growing
from sweep.model.trial import Report, State, Trial, configuration_key
from sweep.spec import StudySpec

_MEASURED = frozenset({int, float, type(None)})
_TEXT_OR_NONE = frozenset({str, type(None)})
_FIELDS = [each.name for each in fields(Trial)]
_VALUES = attrgetter(*_FIELDS)


def fold(records: Iterable[Record]) -> History:
    """The history that a log tells.

    Raises:
        StudyNotFound: there is no record.
        LogDamaged: a record is none that this version writes, or does not fit those before it; the
            first must be `study_created`.
    """
    records = iter(records)
    first = next(records, None)
    if first is None:
        raise StudyNotFound(
            "the event log is empty: the study was never started; use `sweep run FILE`"
        )
    history = _begun(first)
    with collector_paused():
        take(history, records)
    return history


def take(history: History, records: Iterable[Record]) -> None:
    """Take in records that follow those the history was made of.

    Raises:
        LogDamaged: see `fold`.
    """
    record = Record()
    try:
        for record in records:
            apply(history, record)
    except UNFIT as error:
        raise refusal(record, error) from error


def apply(history: History, record: Record) -> None:
    """Take in one record; raises what is in `UNFIT` where it does not fit."""
    if _is_plain_epoch(record):
        _take_epoch(
            history,
            record["trial"],
            record["epoch"],
            record["metrics"],
            record["seconds"],
            record["checkpoint"],
        )
    else:
        fold_event(from_record(record), history, record["time"])
    history.last_time = record["time"]


def adopt(
    history: History,
    number: int,
    epochs: Epochs,
    verdict: str | None,
) -> None:
    """Take in all epochs of a trial that ends next, as applying its records one by one would."""
    _update(history, number, reports=epochs)
    if verdict is not None:
        history.verdicts[number] = verdict


def _begun(first: Record) -> History:
    """The history of a log's first record."""
    if first.get("event") != events.StudyCreated.kind:
        raise damaged(first, "a log begins with study_created")
    try:
        created = from_record(first)
        if not isinstance(created, events.StudyCreated):
            raise TypeError(f"{created.kind} is not study_created")
        spec = StudySpec.from_canonical(created.spec)
    except UNFIT as error:
        raise refusal(first, error) from error
    return History(spec, created, first["time"], source=created.source, last_time=first["time"])


def _is_plain_epoch(record: Record) -> bool:
    """Whether a record is an epoch whose fields are what `EpochEnded` says, written as this version does.

    There are millions of them; this takes a tenth of the time of `from_record`. What is odd about
    any other record is for `from_record` to say.
    """
    try:
        return (
            record["event"] == "epoch"
            and type(record["trial"]) is type(record["epoch"]) is int
            and record["trial"] >= 0 <= record["epoch"]
            and type(record["seconds"]) is type(record["time"]) is float
            and type(record["metrics"]) is dict
            and _MEASURED.issuperset(map(type, record["metrics"].values()))
            and type(record["checkpoint"]) in _TEXT_OR_NONE
            and "pruned" not in record
            and "paused" not in record
        )
    except KeyError:
        return False


def _update(history: History, number: int, **changes: Any) -> Trial:
    # As `dataclasses.replace`, in a third of the time: every trial of a log is changed three times.
    values = list(_VALUES(history.trials[number]))
    for name, value in changes.items():
        values[_FIELDS.index(name)] = value
    trial = history.trials[number] = Trial(*values)
    return trial


# --------------------------------------------------------------------------- one function an event


@singledispatch
def fold_event(event: Event, history: History, time: float) -> None:
    """Change the history as the event says; `time` is the record's, seconds since 1970."""
    raise TypeError(f"no fold for {type(event).__name__}")


@fold_event.register
def _study_created(event: events.StudyCreated, history: History, time: float) -> None:
    raise ValueError("a log has one study_created, its first record")


@fold_event.register
def _spec_extended(event: events.SpecExtended, history: History, time: float) -> None:
    before, history.spec = history.spec, StudySpec.from_canonical(event.spec)
    history.source = event.source
    if _designs(before) != _designs(history.spec):
        # To be decided again; arms that stay as they were find their trials.
        history.arms, history.skipped, history.path = (), {}, None


def _designs(spec: StudySpec) -> object:
    return None if spec.ablation is None else (spec.ablation.baseline, spec.ablation.designs)


@fold_event.register
def _session_started(event: events.SessionStarted, history: History, time: float) -> None:
    _end_killed_session(history)
    history.sessions.append(
        Session(
            number=len(history.sessions),
            started=time,
            pid=event.pid,
            host=event.host,
            command=event.command,
            environment=event.environment,
            files=event.files,
            storage=event.storage,
            study_file=event.study_file,
            from_folder=event.from_folder,
        )
    )


def _end_killed_session(history: History) -> None:
    """Another process has the log: a session that did not end was killed, and its last event is its end."""
    if history.sessions and history.sessions[-1].ended_at is None:
        history.sessions[-1] = replace(history.sessions[-1], ended_at=history.last_time)


@fold_event.register
def _session_ended(event: events.SessionEnded, history: History, time: float) -> None:
    history.sessions[-1] = replace(history.sessions[-1], ended=event.reason, ended_at=time)


@fold_event.register
def _dependencies_found(event: events.DependenciesFound, history: History, time: float) -> None:
    history.dependencies |= event.files
    for name in [name for name, digest in event.files.items() if not digest]:
        del history.dependencies[name]
    history.distributions |= event.distributions


@fold_event.register
def _arms_decided(event: events.ArmsDecided, history: History, time: float) -> None:
    arms = {arm.name: arm for arm in history.arms}
    arms |= {arm.name: arm for arm in event.arms}
    history.arms = tuple(arms.values())


@fold_event.register
def _arm_skipped(event: events.ArmSkipped, history: History, time: float) -> None:
    history.skipped[event.arm] = event.reason


@fold_event.register
def _path_started(event: events.PathStarted, history: History, time: float) -> None:
    history.path = AblationPath(event.start, event.target, event.reference, event.groups)


@fold_event.register
def _looks_planned(event: events.LooksPlanned, history: History, time: float) -> None:
    if history.look_plan is not None:
        raise ValueError("the looks of a study are planned once")
    history.look_plan = event


@fold_event.register
def _look_taken(event: events.LookTaken, history: History, time: float) -> None:
    if history.look_plan is None or event.arm not in history.look_plan.compared:
        raise ValueError(f"no look at arm {event.arm!r} was planned")
    history.looks = (*history.looks, event)


@fold_event.register
def _warm_started(event: events.WarmStarted, history: History, time: float) -> None:
    history.warm_starts.append(event)


@fold_event.register
def _runs_imported(event: events.RunsImported, history: History, time: float) -> None:
    history.imports.append(event)


@fold_event.register
def _trial_created(event: events.TrialCreated, history: History, time: float) -> None:
    trial = Trial(
        number=event.trial,
        stage=event.stage,
        label=event.label,
        config=event.config,
        seed=event.seed,
        fold=event.fold,
        attributes=event.attributes,
        reports=Growing(),
    )
    history.trials[trial.number] = trial
    for among in cohorts_of(trial):
        cohort = history.cohorts.get(among)
        if cohort is None:
            cohort = history.cohorts[among] = Cohort(history.trials)
        cohort.numbers.append(trial.number)
        cohort.open[trial.number] = None
    if trial.stage == "ablation":
        key = configuration_key(trial.config), trial.seed, trial.fold
        history.trial_of[key] = trial.number


@fold_event.register
def _trial_started(event: events.TrialStarted, history: History, time: float) -> None:
    _update(history, event.trial, attempts=event.attempt)
    _ran_now(history, event.trial)


@fold_event.register
def _epoch_ended(event: events.EpochEnded, history: History, time: float) -> None:
    number = event.trial
    _take_epoch(history, number, event.epoch, event.metrics, event.seconds, event.checkpoint)
    if event.pruned is not None:
        history.verdicts[number] = event.pruned
    if event.paused is not None:
        history.pauses[number] = event.paused


def _take_epoch(
    history: History,
    number: int,
    epoch: int,
    metrics: Mapping[str, float | None],
    seconds: float,
    checkpoint: str | None,
) -> None:
    so_far = history.trials[number].reports
    if isinstance(so_far, Growing):
        # In place: copying a trial for each of millions of epochs would cost more than reading it.
        so_far.add(epoch, metrics, seconds)
    else:
        _update(history, number, reports=[*so_far, Report(epoch, metrics, seconds)])
    if checkpoint is not None:
        _keep_hash(history, number, epoch, checkpoint)


@fold_event.register
def _checkpoint_replaced(event: events.CheckpointReplaced, history: History, time: float) -> None:
    _keep_hash(history, event.trial, event.epoch, event.checkpoint)


def _keep_hash(history: History, number: int, epoch: int, digest: str) -> None:
    history.checkpoints.setdefault(number, {})[epoch] = digest


@fold_event.register
def _trial_interrupted(event: events.TrialInterrupted, history: History, time: float) -> None:
    overhead = history.trials[event.trial].overhead + event.overhead
    _update(history, event.trial, reason=event.reason, overhead=overhead)
    if event.lost:
        history.losses.setdefault(event.trial, []).append(event.reason)


@fold_event.register
def _trial_paused(event: events.TrialPaused, history: History, time: float) -> None:
    trial = _update(history, event.trial, state=State.PAUSED, reason=event.reason)
    history.pauses.pop(trial.number, None)
    for among in cohorts_of(trial):
        cohort = history.cohorts[among]
        cohort.paused[trial.number] = None
        cohort.changed.append(trial.number)


@fold_event.register
def _trial_promoted(event: events.TrialPromoted, history: History, time: float) -> None:
    if history.trials[event.trial].state is not State.PAUSED:
        raise ValueError(f"trial {event.trial} is promoted and was not paused")
    trial = _update(history, event.trial, state=State.RUNNING, reason="")
    for among in cohorts_of(trial):
        cohort = history.cohorts[among]
        del cohort.paused[trial.number]
        cohort.changed.append(trial.number)


@fold_event.register
def _trial_reused(event: events.TrialReused, history: History, time: float) -> None:
    source = {"study": event.study, "trial": event.source}
    _end(
        history,
        event.trial,
        state=State.COMPLETE,
        reports=reports.packed(event.epochs),
        overhead=event.overhead,
        attributes={**history.trials[event.trial].attributes, "reused": source},
    )
    _ran_now(history, event.trial)


@fold_event.register
def _trial_finished(event: events.TrialFinished, history: History, time: float) -> None:
    trial = history.trials[event.trial]
    _end(
        history,
        trial.number,
        state=event.state,
        reports=trial.reports.packed() if isinstance(trial.reports, Growing) else trial.reports,
        reason=event.reason,
        overhead=trial.overhead + event.overhead,
    )


@fold_event.register
def _trial_retried(event: events.TrialRetried, history: History, time: float) -> None:
    number = event.trial
    trial = history.trials[number]
    if trial.state is not State.FAILED:
        raise ValueError(f"trial {number} is {trial.state}, and only a failed one is retried")
    history.failures.setdefault(number, []).append(event.failure)
    for of_the_first_run in (history.checkpoints, history.verdicts, history.losses):
        of_the_first_run.pop(number, None)
    _update(
        history,
        number,
        state=State.RUNNING,
        reports=Growing(),
        reason=f"failed before: {event.failure}",
        overhead=event.seconds,
    )
    for among in cohorts_of(trial):
        history.cohorts[among].reopen(number)
    history.forget_views()


def _end(history: History, number: int, **changes: Any) -> None:
    """A trial has ended: it will not change any more, and its epochs are packed."""
    trial = _update(history, number, **changes)
    history.checkpoints.pop(number, None)  # nothing goes on from them; the log keeps them
    for among in cohorts_of(trial):
        cohort = history.cohorts[among]
        if number in cohort.open:
            del cohort.open[number]
            cohort.paused.pop(number, None)
            cohort.ended.append(number)
            cohort.changed.append(number)


def _ran_now(history: History, number: int) -> None:
    history.session_numbers.setdefault(number, set()).add(len(history.sessions) - 1)


@fold_event.register
def _configuration_given_up(
    event: events.ConfigurationGivenUp, history: History, time: float
) -> None:
    attributes = {**history.trials[event.trial].attributes, "given_up": event.reason}
    _update(history, event.trial, attributes=attributes)


@fold_event.register
def _notice(event: events.Notice, history: History, time: float) -> None:
    history.notices.append(event)


@fold_event.register
def _report_written(event: events.ReportWritten, history: History, time: float) -> None:
    _end_killed_session(history)
    history.reports.append(WrittenReport(event, time))


@fold_event.register
def _noted(event: events.Noted, history: History, time: float) -> None:
    if event.trial is not None and event.trial not in history.trials:
        raise ValueError(f"there is no trial {event.trial} to note anything of")
    _end_killed_session(history)
    before = history.remarks.get(event.trial, Remarks())
    notes = ((time, event.note),) if event.note else ()
    kept = [tag for tag in before.tags if tag not in event.untagged]
    tags = tuple(dict.fromkeys([*kept, *event.tags]))
    history.remarks[event.trial] = Remarks((*before.notes, *notes), tags)
