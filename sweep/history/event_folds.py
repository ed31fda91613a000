"""Applies each event of the log to the history: one function for each event class.

The event classes are in `sweep.model.events` and `sweep.model.trial_events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch

from sweep.history.history import History, Remarks, Session, WrittenReport, cohorts_of
from sweep.history.paused_trials import (
    forget_copies,
    go_on,
    members_go_on,
    rest,
    waits_to_be_replaced,
)
from sweep.history.trial_changes import end, keep_hash, ran_now, take_epoch, update
from sweep.model import events, probe_events, reports, trial_events
from sweep.model.arm import AblationPath
from sweep.model.cohort import Cohort
from sweep.model.events import Event
from sweep.model.lineage import FAILURE, LINEAGE
from sweep.model.population_events import MemberFailed, PopulationDecided
from sweep.model.reports import GrowingReports
from sweep.model.trial import COPIED, REPLACED, State, Trial, configuration_key
from sweep.spec import StudySpec


@singledispatch
def fold_event(event: Event, history: History, time: float) -> None:
    """Change the history as the event says; `time` is the record's, seconds since 1970."""
    raise TypeError(f"no fold for {type(event).__name__}")


@fold_event.register
def _study_created(event: events.StudyCreated, history: History, time: float) -> None:
    raise ValueError("a log has one study_created, its first record")


@fold_event.register
def _spec_extended(event: events.SpecExtended, history: History, time: float) -> None:
    before = history.spec
    history.spec = StudySpec.from_canonical(event.spec)
    history.source = event.source
    if _designs(before) != _designs(history.spec):
        # The arms are decided again; unchanged arms keep their trials.
        history.arms = ()
        history.skipped = {}
        history.path = None


def _designs(spec: StudySpec) -> object:
    """What of a study decides its arms; None without an ablation."""
    return (
        None
        if spec.ablation is None
        else (spec.ablation.baseline, spec.ablation.designs)
    )


@fold_event.register
def _session_started(
    event: events.SessionStarted, history: History, time: float
) -> None:
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
            storage_from_folder=event.storage_from_folder,
        )
    )


def _end_killed_session(history: History) -> None:
    """End a session that was killed: another process writes to the log, so it no longer runs.

    Its last event counts as its end.
    """
    if not history.sessions:
        return
    last = history.sessions[-1]
    if last.ended_at is None:
        history.sessions[-1] = replace(last, ended_at=history.last_time)


@fold_event.register
def _session_ended(event: events.SessionEnded, history: History, time: float) -> None:
    history.sessions[-1] = replace(
        history.sessions[-1], ended=event.reason, ended_at=time
    )


@fold_event.register
def _gpu_share_measured(
    event: probe_events.GpuShareMeasured, history: History, time: float
) -> None:
    history.gpu_share = event.gpu


@fold_event.register
def _resumption_probed(
    event: probe_events.ResumptionProbed, history: History, time: float
) -> None:
    history.resumption = event


@fold_event.register
def _dependencies_found(
    event: events.DependenciesFound, history: History, time: float
) -> None:
    files_differ = _differ(event.files, history.dependencies)
    distributions_differ = _differ(event.distributions, history.distributions)
    if files_differ or distributions_differ:
        session = len(history.sessions) - 1
        has_trials = any(
            session in numbers for numbers in history.session_numbers.values()
        )
        # Trials of this session may have used either version.
        history.dependencies_since = session + 1 if has_trials else session
    history.dependencies |= event.files
    for name, digest in event.files.items():
        if not digest:
            del history.dependencies[name]
    history.distributions |= event.distributions


def _differ(current: Mapping[str, str], recorded: Mapping[str, str]) -> bool:
    """Whether something that was recorded has changed; what is new does not count."""
    return any(recorded.get(name, digest) != digest for name, digest in current.items())


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
    history.path = AblationPath(
        event.start, event.target, event.reference, event.groups
    )


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
def _trial_created(
    event: trial_events.TrialCreated, history: History, time: float
) -> None:
    trial = Trial(
        number=event.trial,
        stage=event.stage,
        label=event.label,
        config=event.config,
        seed=event.seed,
        fold=event.fold,
        attributes=event.attributes,
        reports=GrowingReports(),
    )
    history.trials[trial.number] = trial
    for cohort_key in cohorts_of(trial):
        cohort = history.cohorts.get(cohort_key)
        if cohort is None:
            cohort = Cohort(history.trials)
            history.cohorts[cohort_key] = cohort
        cohort.numbers.append(trial.number)
        cohort.open[trial.number] = None
    if trial.stage == "ablation":
        run = (configuration_key(trial.config), trial.seed, trial.fold)
        history.trial_of[run] = trial.number


@fold_event.register
def _trial_started(
    event: trial_events.TrialStarted, history: History, time: float
) -> None:
    update(history, event.trial, attempts=event.attempt)
    ran_now(history, event.trial)


@fold_event.register
def _epoch_ended(event: trial_events.EpochEnded, history: History, time: float) -> None:
    number = event.trial
    take_epoch(
        history, number, event.epoch, event.metrics, event.seconds, event.checkpoint
    )
    if event.pruned is not None:
        history.verdicts[number] = event.pruned
    if event.paused is not None:
        history.pauses[number] = event.paused


@fold_event.register
def _checkpoint_replaced(
    event: trial_events.CheckpointReplaced, history: History, time: float
) -> None:
    keep_hash(history, event.trial, event.epoch, event.checkpoint)


@fold_event.register
def _files_stored(
    event: trial_events.FilesStored, history: History, time: float
) -> None:
    if event.trial not in history.trials:
        raise ValueError(f"there is no trial {event.trial} whose files could be stored")
    history.stored[event.trial] = event.manifest


@fold_event.register
def _trial_interrupted(
    event: trial_events.TrialInterrupted, history: History, time: float
) -> None:
    overhead = history.trials[event.trial].overhead + event.overhead
    update(history, event.trial, reason=event.reason, overhead=overhead)
    if event.lost:
        history.losses.setdefault(event.trial, []).append(event.reason)


@fold_event.register
def _trial_paused(
    event: trial_events.TrialPaused, history: History, time: float
) -> None:
    trial = update(history, event.trial, state=State.PAUSED, reason=event.reason)
    rest(history, trial)


@fold_event.register
def _trial_promoted(
    event: trial_events.TrialPromoted, history: History, time: float
) -> None:
    if history.trials[event.trial].state is not State.PAUSED:
        raise ValueError(f"trial {event.trial} is promoted, but it was not paused")
    go_on(history, event.trial)


@fold_event.register
def _member_failed(event: MemberFailed, history: History, time: float) -> None:
    waits_to_be_replaced(history, event)


@fold_event.register
def _population_decided(
    event: PopulationDecided, history: History, time: float
) -> None:
    members_go_on(history, event)


@fold_event.register
def _trial_reused(
    event: trial_events.TrialReused, history: History, time: float
) -> None:
    source = {"study": event.study, "trial": event.source}
    attributes = {**history.trials[event.trial].attributes, "reused": source}
    end(
        history,
        event.trial,
        state=State.COMPLETE,
        reports=reports.packed(event.epochs),
        overhead=event.overhead,
        attributes=attributes,
    )
    ran_now(history, event.trial)


@fold_event.register
def _trial_finished(
    event: trial_events.TrialFinished, history: History, time: float
) -> None:
    trial = history.trials[event.trial]
    trial_reports = trial.reports
    if isinstance(trial_reports, GrowingReports):
        trial_reports = trial_reports.packed()
    end(
        history,
        trial.number,
        state=event.state,
        reports=trial_reports,
        reason=event.reason,
        overhead=trial.overhead + event.overhead,
    )


@fold_event.register
def _trial_retried(
    event: trial_events.TrialRetried, history: History, time: float
) -> None:
    number = event.trial
    trial = history.trials[number]
    if trial.state is not State.FAILED:
        raise ValueError(
            f"trial {number} is {trial.state}, and only a failed trial can be retried"
        )
    history.failures.setdefault(number, []).append(event.failure)
    history.checkpoints.pop(number, None)
    history.verdicts.pop(number, None)
    history.losses.pop(number, None)
    # A member of a population begins anew as itself: its copies were of other epochs.
    attributes = {
        key: value
        for key, value in trial.attributes.items()
        if key not in (LINEAGE, COPIED, FAILURE, REPLACED)
    }
    update(
        history,
        number,
        state=State.RUNNING,
        reports=GrowingReports(),
        reason=f"failed before: {event.failure}",
        overhead=event.seconds,
        attributes=attributes,
    )
    forget_copies(history, number)
    for key in cohorts_of(trial):
        history.cohorts[key].reopen(number)
    history.forget_views()


@fold_event.register
def _configuration_given_up(
    event: trial_events.ConfigurationGivenUp, history: History, time: float
) -> None:
    attributes = {**history.trials[event.trial].attributes, "given_up": event.reason}
    update(history, event.trial, attributes=attributes)


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
        raise ValueError(f"a note is about trial {event.trial}, which does not exist")
    if not event.by_session:
        _end_killed_session(history)
    if event.id:
        history.noted.add(event.id)
    before = history.remarks.get(event.trial, Remarks())
    notes = list(before.notes)
    if event.note:
        notes.append((event.written or time, event.note))
    kept_tags = [tag for tag in before.tags if tag not in event.untagged]
    tags = dict.fromkeys([*kept_tags, *event.tags])
    history.remarks[event.trial] = Remarks(tuple(notes), tuple(tags))
