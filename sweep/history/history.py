"""The history of a study: the state after all events of its log.

Only `sweep.history.folding` and the functions that it calls change a history; other code reads it.
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
from sweep.model.probe_events import ResumptionProbed
from sweep.model.trial import Trial
from sweep.spec import Resources, StudySpec

# A configuration's key, seed and fold: what makes two trials the same training run.
TrialKey = tuple[str, int, int | None]


class HistoryView(Protocol):
    """A value derived from a history that is updated instead of recomputed.

    It remembers how much it has read. A new view of the same history has the same value.
    """

    def update(self, history: History) -> None:
        """Process what has happened since the last call."""


Made = TypeVar("Made", bound=HistoryView)
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Session:
    """One process that worked on the study.

    Attributes:
        number: from 0.
        started: seconds since 1970.
        pid, host, command: the process, its machine and its command line.
        environment: what results depend on: versions of `python`, `torch` and others, `code`
            (digest of the trainer's source), `device`. Tables mark trials from different
            environments.
        files: the trainer's source files, name → digest, so that messages can name a changed file.
        storage: URI of the storage for trials' files; None: only the study's folder.
        study_file: absolute path of the study file; "" in logs of an older version.
        from_folder: the same, relative to the study's folder.
        storage_from_folder: path of a storage on a disk, relative to the study's folder.
        ended: why it ended; "" while it runs and after a kill.
        ended_at: seconds since 1970. After a kill it is None until another session starts, then the
            time of the last event.
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
    """A written report, and its time in seconds since 1970."""

    event: ReportWritten
    at: float


@dataclass(frozen=True)
class Remarks:
    """The notes and tags of the study or a trial.

    Attributes:
        notes: (seconds since 1970, sentence), in order.
        tags: in the order in which they were added.
    """

    notes: tuple[tuple[float, str], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass
class History:
    """Everything that the log contains. Built by `sweep.history.folding` only.

    Attributes:
        spec: the study with all accepted edits.
        created: the log's first event.
        created_at: time of that event, seconds since 1970.
        source: text of the study file with all accepted edits.
        trials: number → trial.
        sessions: in order.
        arms: in the order in which they were decided on.
        skipped: an arm that will not be trained, or `path` → why.
        path: the ends of the ablation path; None until they are known.
        look_plan: looks and arms of a study that adds seeds until arms are decided; None before
            they are fixed.
        looks: looks that were taken, in order.
        notices: in order.
        imports: sources of trials that were trained elsewhere.
        warm_starts: results of earlier studies that the search's sampler received.
        checkpoints: open trial → epoch → SHA-256; only the log has those of ended trials.
        stored: trial → SHA-256 of the manifest of its files in the storage, see `FilesStored`.
        verdicts: trial → why the pruner stopped it; set with the trial's last epoch.
        pauses: trial → why it will pause; set with its last epoch, removed when it has paused.
        losses: trial → why its worker died, each time.
        population: decisions on the members of a population, in order.
        reports: written reports, each with what it was made from.
        records: number of records in the log when it was read; 0 if it was not read from a log.
        failures: trial → why it failed before each retry.
        remarks: trial's number, or None for the study → its notes and tags.
        noted: ids of notes that waited in files.
        dependencies: file that trials read or imported → hash; see `DependenciesFound`.
        distributions: installed distribution that trials imported → version.
        dependencies_since: the first session whose trials all used these dependencies.
        gpu_share: share of a GPU that was measured for `resources.gpu: auto`; None: not measured.
        resumption: whether a resumed curve equals an uninterrupted one, as probed last; None: not
            probed.
        last_time: time of the latest event, seconds since 1970.
        whole: the whole history, if this is its view on one task.
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
    stored: dict[int, str] = field(default_factory=dict)
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
    gpu_share: float | None = None
    resumption: ResumptionProbed | None = None
    last_time: float = 0.0
    whole: History | None = field(default=None, repr=False, compare=False)
    cohorts: dict[tuple[Any, ...], Cohort] = field(default_factory=dict, repr=False)
    trial_of: dict[TrialKey, int] = field(default_factory=dict, repr=False)
    session_numbers: dict[int, set[int]] = field(default_factory=dict, repr=False)
    _views: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def resources(self) -> Resources:
        """What trials are given: as the study file says, with the measured share for `auto`."""
        stated = self.spec.resources
        if not stated.measured or self.gpu_share is None:
            return stated
        return stated.with_gpu(self.gpu_share)

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
        """The trials with a common stage, group, seed and fold; without arguments all trials.

        Args:
            among: the first few, or all, of stage, group, seed, fold. A group is the retuning of
                one configuration; in other stages it is None.
        """
        return self.cohorts.get(among) or Cohort(self.trials)

    def rivals(self, trial: Trial) -> Rivals:
        """The trials that an open trial is compared with: same stage, group, seed and fold."""
        return Rivals(self.cohort(*cohorts_of(trial)[-1]), trial.number)

    def unfinished(self) -> list[Trial]:
        """Trials that have not ended and are not paused, in order."""
        return list(self.cohort().running())

    def paused(self) -> list[Trial]:
        """Trials that are paused at a rung, in the order in which they paused."""
        return [self.trials[number] for number in self.cohort().paused]

    def sessions_of(self, trial: int) -> list[Session]:
        """The sessions that ran a trial; several if it was resumed."""
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
        """The view `view(*args)` of this history, up to date.

        It is created at the first call and kept, so that a later call only processes new events.
        The arguments are hashable, and equal for equal views.
        """
        key = (view, args, tuple(kwargs.items()))
        made: Made | None = self._views.get(key)
        if made is None:
            made = self._views[key] = view(*args, **kwargs)
        made.update(self)
        return made

    def forget_views(self) -> None:
        """Discard all views, since an ended trial is open again."""
        self._views.clear()

    @property
    def prior(self) -> list[WarmObservation]:
        """Observations from earlier studies that the search's sampler received."""
        observations: list[WarmObservation] = []
        for event in self.warm_starts:
            observations += event.observations
        return observations

    @property
    def seconds(self) -> float:
        """Wall-clock seconds of all sessions; a killed session counts up to its last event."""
        total = 0.0
        for session in self.sessions:
            end = session.ended_at
            if end is None and session is self.sessions[-1]:
                end = self.last_time
            if end is not None:
                # If the clock was set back, the session counts as 0.
                total += max(end - session.started, 0.0)
        return total

    @property
    def running(self) -> bool:
        """Whether the last session has not recorded its end (it may have been killed)."""
        return bool(self.sessions) and not self.sessions[-1].ended


def cohorts_of(trial: Trial) -> tuple[tuple[Any, ...], ...]:
    """The cohorts that a trial belongs to, from all trials to its rivals."""
    stage, group = trial.stage, trial.attributes.get("group")
    return (), (stage,), (stage, group), (stage, group, trial.seed, trial.fold)
