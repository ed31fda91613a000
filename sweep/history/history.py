"""What happened in a study: the state that its log's events lead to.

`sweep.history.folding` and what it calls are the only place that changes a history; everybody else
reads.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar

from sweep.model.arm import AblationPath, Arm
from sweep.model.cohort import Cohort, Rivals
from sweep.model.events import (
    LooksPlanned,
    LookTaken,
    Notice,
    ReportWritten,
    RunsImported,
    StudyCreated,
    WarmObservation,
    WarmStarted,
)
from sweep.model.population_events import PopulationDecided
from sweep.model.trial import Trial
from sweep.spec import StudySpec

# A configuration's key, seed and fold: what makes two trials the same training run.
TrialKey = tuple[str, int, int | None]


class HistoryView(Protocol):
    """Something that follows from a history, and is brought up to date instead of made anew.

    It keeps what it has read so far. A view that is thrown away and made again is the same.
    """

    def update(self, history: History) -> None:
        """Take in what has happened since the last time."""


Made = TypeVar("Made", bound=HistoryView)
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Session:
    """One process that worked on the study.

    Attributes:
        number: from 0.
        started: seconds since 1970.
        pid, host, command: of the process.
        environment: what the numbers depend on: `python`, `torch`, … versions, `code` (digest of
            the trainer's source), `device`. Trials run under different environments are marked in
            the tables.
        files: the trainer's source files, name → digest, so that a change can be named.
        storage: URI that trials' files went through, None: the study's folder alone.
        study_file: absolute path of the study file; "" in logs of an older version.
        from_folder: the same, relative to the study's folder.
        storage_from_folder: path of a storage on a disk, relative to the study's folder.
        ended: reason, or "" while it runs and after a kill.
        ended_at: seconds since 1970; after a kill the time of its last event, once another session
            has begun.
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
    storage_from_folder: str = ""
    ended: str = ""
    ended_at: float | None = None


@dataclass(frozen=True)
class WrittenReport:
    """A report that was written, and when: seconds since 1970."""

    event: ReportWritten
    at: float


@dataclass(frozen=True)
class Remarks:
    """What somebody wrote about the study or a trial.

    Attributes:
        notes: (seconds since 1970, sentence), in order.
        tags: in the order they were put on.
    """

    notes: tuple[tuple[float, str], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass
class History:
    """Everything the log says. Built by `sweep.history.folding` only.

    Attributes:
        spec: the study as it is now.
        created: the log's first event.
        created_at: its time, seconds since 1970.
        source: text of the study file as it is now.
        trials: number → trial.
        sessions: in order.
        arms: in the order they were decided on.
        skipped: arm that will not be trained, or `path` → why.
        path: the ends of the ablation path, None until they are known.
        look_plan: looks and arms of a study that adds seeds until they are decided, None before
            they are fixed.
        looks: that were taken, in order.
        notices: in order.
        imports: where its trials come from, if they were trained elsewhere.
        warm_starts: what the search's sampler was given of earlier studies.
        checkpoints: open trial → epoch → SHA-256; those of ended trials are in the log alone.
        verdicts: trial → why the pruner stopped it, recorded with the trial's last epoch.
        pauses: trial → why it is to pause, recorded with its last epoch, until it has paused.
        losses: trial → why its worker died, each time.
        population: what was decided on the members of a population, in order.
        reports: what each report was written from.
        records: how many there were in the log when it was read; 0 if it was not read from one.
        failures: trial → why it had failed before it was trained again, each time.
        remarks: number of a trial, or None for the study → what was written about it.
        noted: ids of the notes that waited in files of their own.
        dependencies: file that trials read or imported → hash, as `DependenciesFound` says.
        distributions: installed distribution that trials imported → version.
        dependencies_since: the first session all of whose trials depended on what these two say.
        last_time: of the latest event, seconds since 1970.
        whole: of a history seen on one task, the whole one.
    """

    spec: StudySpec
    created: StudyCreated
    created_at: float
    source: str = ""
    trials: dict[int, Trial] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    arms: tuple[Arm, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    path: AblationPath | None = None
    look_plan: LooksPlanned | None = None
    looks: tuple[LookTaken, ...] = ()
    notices: list[Notice] = field(default_factory=list)
    imports: list[RunsImported] = field(default_factory=list)
    warm_starts: list[WarmStarted] = field(default_factory=list)
    checkpoints: dict[int, dict[int, str]] = field(default_factory=dict)
    verdicts: dict[int, str] = field(default_factory=dict)
    pauses: dict[int, str] = field(default_factory=dict)
    losses: dict[int, list[str]] = field(default_factory=dict)
    population: list[PopulationDecided] = field(default_factory=list)
    reports: list[WrittenReport] = field(default_factory=list)
    records: int = field(default=0, compare=False)
    failures: dict[int, list[str]] = field(default_factory=dict)
    remarks: dict[int | None, Remarks] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    dependencies: dict[str, str] = field(default_factory=dict)
    distributions: dict[str, str] = field(default_factory=dict)
    dependencies_since: int = 0
    last_time: float = 0.0
    whole: History | None = field(default=None, repr=False, compare=False)
    cohorts: dict[tuple[Any, ...], Cohort] = field(default_factory=dict, repr=False)
    trial_of: dict[TrialKey, int] = field(default_factory=dict, repr=False)
    session_numbers: dict[int, set[int]] = field(default_factory=dict, repr=False)
    _views: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def find(self, config: str, seed: int, fold: int | None) -> Trial | None:
        """The ablation trial of a configuration (by `configuration_key`), seed and fold.

        None if it was not created.
        """
        number = self.trial_of.get((config, seed, fold))
        return None if number is None else self.trials[number]

    def stage(self, name: str) -> list[Trial]:
        """The trials of one stage, in order."""
        return list(self.cohort(name))

    def cohort(self, *among: Any) -> Cohort:
        """The trials of a stage, of a group in it, of a run in that; without arguments all trials.

        Args:
            among: stage, group, seed, fold, or the first few of them. A group is the retuning of
                one configuration; elsewhere it is None.
        """
        return self.cohorts.get(among) or Cohort(self.trials)

    def rivals(self, trial: Trial) -> Rivals:
        """The trials that an open trial is judged against: of its stage, group, seed and fold."""
        return Rivals(self.cohort(*cohorts_of(trial)[-1]), trial.number)

    def unfinished(self) -> list[Trial]:
        """Trials that were decided on, have not ended and are not paused, in order."""
        return list(self.cohort().running())

    def paused(self) -> list[Trial]:
        """Trials that wait at a rung, in the order they paused."""
        return [self.trials[number] for number in self.cohort().paused]

    def sessions_of(self, trial: int) -> list[Session]:
        """The sessions that ran a trial, more than one if it was resumed."""
        return [
            self.sessions[number]
            for number in sorted(self.session_numbers.get(trial, ()))
        ]

    def derived(
        self,
        view: Callable[Arguments, Made],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Made:
        """The view `view(*args)` of this history, brought up to date.

        It is made at the first call and kept, so that later calls cost what happened since.
        The arguments are hashable, and equal for equal views.
        """
        key = (view, args, tuple(kwargs.items()))
        made: Made | None = self._views.get(key)
        if made is None:
            made = self._views[key] = view(*args, **kwargs)
        made.update(self)
        return made

    def forget_views(self) -> None:
        """Have every view made anew: a trial that had ended is open again."""
        self._views.clear()

    @property
    def prior(self) -> list[WarmObservation]:
        """Configurations of earlier studies that the search's sampler was given."""
        return [known for event in self.warm_starts for known in event.observations]

    @property
    def seconds(self) -> float:
        """Wall-clock seconds over all sessions; one that was killed counts to its last event."""
        total = 0.0
        for session in self.sessions:
            end = session.ended_at
            if end is None and session is self.sessions[-1]:
                end = self.last_time
            if end is not None:
                # A clock that was set back takes nothing away.
                total += max(end - session.started, 0.0)
        return total

    @property
    def running(self) -> bool:
        """Whether the last session has not said that it ended (it may have been killed)."""
        return bool(self.sessions) and not self.sessions[-1].ended


def cohorts_of(trial: Trial) -> tuple[tuple[Any, ...], ...]:
    """The cohorts that a trial belongs to, from all trials to its rivals."""
    stage, group = trial.stage, trial.attributes.get("group")
    return (), (stage,), (stage, group), (stage, group, trial.seed, trial.fold)
