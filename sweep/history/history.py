"""The history, a fold of the event log.

`History.apply` is the only place where an event changes anything; replaying the log and living
through it are the same code. Reading a history never writes.

Events (every one also carries `seq` and `time`):

| event | fields |
|---|---|
| `study_created` | `spec` (canonical form), `source` (the file's text) |
| `spec_extended` | `spec`, `source`: more trials, seeds or arms were accepted |
| `session_started` | `pid`, `host`, `command`, `environment`, `storage` (URI or null), `files` |
| `arms_decided` | `arms`: list of `sweep.model.arm.Arm`; one of a known name takes that one's place |
| `arm_skipped` | `arm` (or `path`), `reason`: it will not be trained |
| `path_started` | fields of `sweep.model.arm.AblationPath` |
| `warm_started` | `study`, `observations` (`config`, `value`), `left_out` (reason → how many) |
| `trial_created` | `trial`, `stage`, `label`, `config`, `seed`, `fold`, `attributes` |
| `trial_started` | `trial`, `attempt` |
| `epoch` | `trial`, `epoch`, `metrics`, `seconds`, `checkpoint` (SHA-256 or null); `pruned`: why, if it stops there |
| `checkpoint` | `trial`, `epoch`, `checkpoint`: of an epoch trained again, whose first report stands |
| `trial_interrupted` | `trial`, `reason`, `overhead` (worker seconds outside its epochs), `lost`: its worker died |
| `trial_reused` | `trial`, `study`, `source` (number there), `epochs`, `overhead`: taken over complete, not run here |
| `trial_finished` | `trial`, `state`, `reason`, `overhead` |
| `configuration_given_up` | `trial` (its first), `reason`: it is not trained with its remaining seeds and folds |
| `notice` | `message`, `trial` or null; `rule`: the health rule broken; `caveat`: false keeps it out of tables |
| `session_ended` | `reason` |
| `report_written` | `records` (of the log, that it was made from), `options`, `versions`, `files` (name → SHA-256) |
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sweep.errors import StudyNotFound
from sweep.history.event_checks import UNFIT, check, damaged, explained
from sweep.log.event_log import Event
from sweep.model import reports
from sweep.model.arm import AblationPath as AblationPath
from sweep.model.arm import Arm
from sweep.model.cohort import Cohort, Rivals
from sweep.model.reports import Epochs, Growing
from sweep.model.trial import Report, State, Trial, configuration_key
from sweep.spec import StudySpec

TrialKey = tuple[
    str, int, int | None
]  # configuration, seed, fold: what makes two trials the same training run


@dataclass(frozen=True)
class Session:
    """One process that worked on the study.

    Attributes:
        environment: what the numbers depend on: `python`, `torch`, … versions, `code` (digest of
            the trainer's source), `device`. Trials run under different environments are marked in
            the tables.
        files: the trainer's source files, name → digest, so that a change can be named.
        storage: URI that trials' files went through, None: the study's folder alone.
        study_file: absolute path of the study file; "" in logs of an older version.
        from_folder: the same, relative to the study's folder.
        ended: reason, or "" while it runs and after a kill.
    """

    number: int
    started: float
    pid: int
    host: str
    command: str
    environment: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    storage: str | None = None
    study_file: str = ""
    from_folder: str = ""
    ended: str = ""
    ended_at: float | None = None


@dataclass
class History:
    """Everything the log says, as a reader wants it. Built by `fold` and `apply` only."""

    spec: StudySpec
    source: str = ""
    trials: dict[int, Trial] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    arms: tuple[Arm, ...] = ()
    skipped: dict[str, str] = field(
        default_factory=dict
    )  # arm (or `path`) that will not be trained → why
    path: AblationPath | None = None
    notices: list[Event] = field(default_factory=list)
    warm_starts: list[Event] = field(
        default_factory=list
    )  # what the search's sampler knows of earlier studies
    # open trial → epoch → SHA-256; of an ended trial the log alone knows them
    checkpoints: dict[int, dict[int, str]] = field(default_factory=dict)
    verdicts: dict[int, str] = field(
        default_factory=dict
    )  # trial → why the pruner stopped it, decided with an epoch
    losses: dict[int, list[str]] = field(
        default_factory=dict
    )  # trial → why its worker died under it, each time
    reports: list[Event] = field(default_factory=list)  # what each report was written from
    records: int = field(default=0, compare=False)  # in the log, when it was read
    last_time: float = 0.0
    created: Event = field(default_factory=dict)  # the first event, without `spec` and `source`
    _cohorts: dict[tuple[Any, ...], Cohort] = field(default_factory=dict)
    _by_key: dict[TrialKey, int] = field(default_factory=dict)
    _session_of: dict[int, set[int]] = field(default_factory=dict)

    # ----------------------------------------------------------------- reading

    def find(self, config: str, seed: int, fold: int | None) -> Trial | None:
        """The ablation trial of a configuration (by `configuration_key`), seed and fold, if one was created."""
        number = self._by_key.get((config, seed, fold))
        return None if number is None else self.trials[number]

    def stage(self, name: str) -> list[Trial]:
        """The trials of one stage, in order."""
        return list(self.cohort(name))

    def cohort(self, *among: Any) -> Cohort:
        """All trials, or those of a stage, of a group in it, of a run in that: `cohort(stage,
        group, seed, fold)`.

        A group is the retuning of one configuration; elsewhere it is None.
        """
        return self._cohorts.get(among) or Cohort(self.trials)

    def rivals(self, trial: Trial) -> Rivals:
        """The trials that an open trial is judged against: of its stage, group, seed and fold."""
        return Rivals(self.cohort(*_places(trial)[-1]), trial.number)

    def unfinished(self) -> list[Trial]:
        """Trials that were decided on and have not ended, in order."""
        return [self.trials[number] for number in self.cohort().open]

    def sessions_of(self, trial: int) -> list[Session]:
        """The sessions that ran a trial, more than one if it was resumed."""
        return [self.sessions[i] for i in sorted(self._session_of.get(trial, ()))]

    @property
    def prior(self) -> list[Mapping[str, Any]]:
        """Configurations of earlier studies that the search's sampler knows, each with its `config` and `value`."""
        return [known for event in self.warm_starts for known in event["observations"]]

    @property
    def seconds(self) -> float:
        """Wall-clock seconds over all sessions; one that was killed counts to its last event."""
        ends = [s.ended_at for s in self.sessions[:-1]] + [
            s.ended_at or self.last_time for s in self.sessions[-1:]
        ]
        spans = (
            end - s.started for s, end in zip(self.sessions, ends, strict=True) if end is not None
        )
        return sum(max(span, 0.0) for span in spans)  # a clock that was set back takes nothing away

    @property
    def running(self) -> bool:
        """Whether the last session has not said that it ended (it may have been killed)."""
        return bool(self.sessions) and not self.sessions[-1].ended

    # ----------------------------------------------------------------- folding

    def apply(self, event: Event) -> None:
        """Take in one event. Unknown events are a newer version's and are an error, not a guess."""
        _FOLD[event["event"]](self, event)
        self.last_time = event["time"]

    def take(self, events: Iterable[Event]) -> None:
        """Take in the records of a log.

        Raises:
            LogDamaged: one is not what an event must be; the message names its line.
        """
        fold, event = _FOLD, Event()
        try:
            for event in events:
                check(event)
                fold[event["event"]](self, event)
                self.last_time = event["time"]
        except UNFIT as error:
            raise explained(event, error) from error

    def adopt(self, number: int, reports: Epochs, verdict: str | None) -> None:
        """Take in all epochs of a trial that ends next, as applying its events one by one would."""
        self._update(number, reports=reports)
        if verdict is not None:
            self.verdicts[number] = verdict

    def _update(self, number: int, **changes: Any) -> Trial:
        trial = replace(self.trials[number], **changes)
        self.trials[number] = trial
        return trial


def _spec_extended(history: History, event: Event) -> None:
    before, history.spec = history.spec, StudySpec.from_canonical(event["spec"])
    history.source = event["source"]
    if _designs(before) != _designs(history.spec):
        # To be decided again; arms that stay as they were find their trials.
        history.arms, history.skipped, history.path = (), {}, None


def _designs(spec: StudySpec) -> object:
    return None if spec.ablation is None else (spec.ablation.baseline, spec.ablation.designs)


def _end_killed_session(history: History) -> None:
    """Somebody else has the log's lock: the last sign of life of a killed session is its end."""
    if history.sessions and history.sessions[-1].ended_at is None:
        history.sessions[-1] = replace(history.sessions[-1], ended_at=history.last_time)


def _report_written(history: History, event: Event) -> None:
    _end_killed_session(history)
    history.reports.append(event)


def _session_started(history: History, event: Event) -> None:
    _end_killed_session(history)
    history.sessions.append(
        Session(
            number=len(history.sessions),
            started=event["time"],
            pid=event["pid"],
            host=event["host"],
            command=event["command"],
            environment=event["environment"],
            storage=event.get("storage"),
            study_file=event.get("study_file", ""),
            from_folder=event.get("from_folder", ""),
            files=event.get("files", {}),
        )
    )


def _session_ended(history: History, event: Event) -> None:
    history.sessions[-1] = replace(
        history.sessions[-1], ended=event["reason"], ended_at=event["time"]
    )


def _arms_decided(history: History, event: Event) -> None:
    arms = {arm.name: arm for arm in history.arms}
    for plain in event["arms"]:
        tuples = {key: tuple(plain.get(key, ())) for key in ("filled", "moved")}
        arms[plain["name"]] = Arm(**{**plain, **tuples})
    history.arms = tuple(arms.values())


def _arm_skipped(history: History, event: Event) -> None:
    history.skipped[event["arm"]] = event["reason"]


def _path_started(history: History, event: Event) -> None:
    groups = tuple(tuple(group) for group in event["groups"])
    history.path = AblationPath(event["start"], event["target"], event["reference"], groups)


def _warm_started(history: History, event: Event) -> None:
    history.warm_starts.append(event)


def _trial_created(history: History, event: Event) -> None:
    trial = Trial(
        number=event["trial"],
        stage=event["stage"],
        label=event["label"],
        config=event["config"],
        seed=event["seed"],
        fold=event["fold"],
        attributes=event["attributes"],
        reports=Growing(),
    )
    history.trials[trial.number] = trial
    for place in _places(trial):
        cohort = history._cohorts.setdefault(place, Cohort(history.trials))
        cohort.numbers.append(trial.number)
        cohort.open[trial.number] = None
    if trial.stage == "ablation":
        history._by_key[configuration_key(trial.config), trial.seed, trial.fold] = trial.number


def _places(trial: Trial) -> tuple[tuple[Any, ...], ...]:
    """The cohorts that a trial belongs to, from all trials to its rivals."""
    stage, group = trial.stage, trial.attributes.get("group")
    return (), (stage,), (stage, group), (stage, group, trial.seed, trial.fold)


def _ended(history: History, number: int, **changes: Any) -> None:
    """A trial has ended: it is what it will be, and its epochs are packed."""
    trial = history._update(number, **changes)
    history.checkpoints.pop(number, None)  # nothing goes on from them; the log keeps them
    for place in _places(trial):
        cohort = history.cohort(*place)
        if number in cohort.open:
            del cohort.open[number]
            cohort.ended.append(number)


def _trial_started(history: History, event: Event) -> None:
    number = event["trial"]
    history._update(number, attempts=event["attempt"])
    history._session_of.setdefault(number, set()).add(len(history.sessions) - 1)


def _epoch(history: History, event: Event) -> None:
    number = event["trial"]
    reports = history.trials[number].reports
    if isinstance(reports, Growing):
        # In place: a study has millions of epochs, and copying a trial for each would cost more
        # than reading it.
        reports.records.append(event)
    else:
        history._update(
            number, reports=[*reports, Report(event["epoch"], event["metrics"], event["seconds"])]
        )
    if "pruned" in event:
        history.verdicts[number] = event["pruned"]
    if event["checkpoint"] is not None:
        _checkpoint(history, event)


def _checkpoint(history: History, event: Event) -> None:
    known = history.checkpoints.setdefault(event["trial"], {})
    known[event["epoch"]] = event["checkpoint"]


def _trial_interrupted(history: History, event: Event) -> None:
    trial = history.trials[event["trial"]]
    history._update(
        trial.number, reason=event["reason"], overhead=trial.overhead + event["overhead"]
    )
    if event.get("lost"):
        history.losses.setdefault(trial.number, []).append(event["reason"])


def _trial_reused(history: History, event: Event) -> None:
    number = event["trial"]
    source = {"study": event["study"], "trial": event["source"]}
    _ended(
        history,
        number,
        state=State.COMPLETE,
        reports=reports.packed(
            [Report(e["epoch"], e["metrics"], e["seconds"]) for e in event["epochs"]]
        ),
        overhead=event["overhead"],
        attributes={**history.trials[number].attributes, "reused": source},
    )
    history._session_of.setdefault(number, set()).add(len(history.sessions) - 1)


def _trial_finished(history: History, event: Event) -> None:
    trial = history.trials[event["trial"]]
    _ended(
        history,
        trial.number,
        state=State(event["state"]),
        reports=trial.reports.packed() if isinstance(trial.reports, Growing) else trial.reports,
        reason=event["reason"],
        overhead=trial.overhead + event["overhead"],
    )


def _configuration_given_up(history: History, event: Event) -> None:
    number = event["trial"]
    history._update(
        number, attributes={**history.trials[number].attributes, "given_up": event["reason"]}
    )


def _notice(history: History, event: Event) -> None:
    history.notices.append(event)


_FOLD: dict[str, Callable[[History, Event], None]] = {
    "spec_extended": _spec_extended,
    "session_started": _session_started,
    "session_ended": _session_ended,
    "arms_decided": _arms_decided,
    "arm_skipped": _arm_skipped,
    "path_started": _path_started,
    "warm_started": _warm_started,
    "trial_created": _trial_created,
    "trial_started": _trial_started,
    "epoch": _epoch,
    "checkpoint": _checkpoint,
    "trial_interrupted": _trial_interrupted,
    "trial_reused": _trial_reused,
    "trial_finished": _trial_finished,
    "configuration_given_up": _configuration_given_up,
    "notice": _notice,
    "report_written": _report_written,
}


def fold(events: Iterable[Event]) -> History:
    """The history that a log tells. The first event must be `study_created`."""
    events = iter(events)
    first = next(events, None)
    if first is None:
        raise StudyNotFound(
            "the event log is empty: the study was never started; use `sweep run FILE`"
        )
    if first.get("event") != "study_created":
        raise damaged(first, "a log begins with study_created")
    try:
        check(first)
        spec = StudySpec.from_canonical(first["spec"])
        created = {key: value for key, value in first.items() if key not in ("spec", "source")}
        history = History(spec, first["source"], last_time=first["time"], created=created)
    except UNFIT as error:
        raise explained(first, error) from error
    with undisturbed():
        history.take(events)
    return history


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without looking for garbage: a fold or a report makes many objects and little of it, and looking takes long."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
