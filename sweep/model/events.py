"""The events of a study: one frozen dataclass for each kind of event in its log.

Events of a trial are in `sweep.model.trial_events`. From these classes
`sweep.history.event_records` derives how an event is written as JSON, and what a valid record is. A
field without a default is always written and required; a field with a default is written if it
differs from the default, and may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

from sweep.model.arm import Arm
from sweep.model.population_events import MemberFailed, PopulationDecided
from sweep.model.probe_events import GpuShareMeasured, ResumptionProbed
from sweep.model.trial_events import (
    CheckpointReplaced,
    ConfigurationGivenUp,
    EpochEnded,
    FilesStored,
    Natural,
    TrialCreated,
    TrialFinished,
    TrialInterrupted,
    TrialPaused,
    TrialPromoted,
    TrialRetried,
    TrialReused,
    TrialStarted,
)

# --------------------------------------------------------------------------- the study


@dataclass(frozen=True, slots=True)
class StudyCreated:
    """The first event of every log.

    Attributes:
        spec: the study in its canonical form.
        source: text of the study file.
        path: absolute path of the study file.
        overrides: key → value, from `--set`.
        profile: the chosen profile of the study file; None: no profile.
    """

    kind: ClassVar[str] = "study_created"
    spec: Mapping[str, Any]
    source: str
    path: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class SpecExtended:
    """An edited study file was accepted: more trials, seeds or arms, or other harmless settings.

    Attributes:
        spec: the edited study in its canonical form.
        source: text of the edited study file.
    """

    kind: ClassVar[str] = "spec_extended"
    spec: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class WarmObservation:
    """A configuration of an earlier study, and its value there."""

    config: Mapping[str, Any]
    value: float


@dataclass(frozen=True, slots=True)
class WarmStarted:
    """The search's sampler was given the results of an earlier study.

    Attributes:
        study: name or folder of the earlier study, as in the study file.
        observations: the observations that the sampler received.
        left_out: reason → number of configurations that were left out for it.
        differs: a sentence for each difference in how the earlier study's trials were trained.
    """

    kind: ClassVar[str] = "warm_started"
    study: str
    observations: tuple[WarmObservation, ...]
    left_out: Mapping[str, int]
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunsImported:
    """The study's trials were trained elsewhere, and read from another tool's files.

    Attributes:
        format: format of the files; `study` for merged studies of sweep.
        files: path → SHA-256 of its content; for a folder, of all its files.
        columns: the meaning of the columns, in words.
    """

    kind: ClassVar[str] = "runs_imported"
    format: str
    files: Mapping[str, str]
    columns: str = ""


# --------------------------------------------------------------------------- sessions


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A process began to work on the study.

    Attributes:
        pid: the process's id.
        host: the name of its machine.
        command: its command line.
        environment: what results depend on: versions of Python and of the libraries, digests of
            the trainer's code and of its data, device.
        files: the trainer's source files, name → digest.
        storage: URI of the storage for trials' files; None: only the study's folder.
        study_file: absolute path of the study file.
        from_folder: the same, relative to the study's folder.
        storage_from_folder: path of a storage on a disk, relative to the study's folder.
    """

    kind: ClassVar[str] = "session_started"
    pid: Natural
    host: str
    command: str
    environment: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    storage: str | None = None
    study_file: str = ""
    from_folder: str = ""
    storage_from_folder: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The process stopped working on the study; after a kill this event is missing.

    Attributes:
        reason: `done`, or why it stopped earlier.
    """

    kind: ClassVar[str] = "session_ended"
    reason: str


@dataclass(frozen=True, slots=True)
class DependenciesFound:
    """Dependencies of results that earlier events of this kind do not have.

    Attributes:
        files: name (absolute, or relative to the study file's folder) → hash, or, beyond a limit,
            size and modification time; empty: the file is gone, which was accepted.
        by_looks: number of files with size and modification time instead of a hash.
        distributions: installed distribution → version.
    """

    kind: ClassVar[str] = "dependencies_found"
    files: Mapping[str, str] = field(default_factory=dict)
    by_looks: Natural = 0
    distributions: Mapping[str, str] = field(default_factory=dict)


# --------------------------------------------------------------------------- arms


@dataclass(frozen=True, slots=True)
class ArmsDecided:
    """Arms of the ablation were decided on; an arm replaces an earlier one with its name."""

    kind: ClassVar[str] = "arms_decided"
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class ArmSkipped:
    """An arm will not be trained.

    Attributes:
        arm: its name; `path` if an ablation path ends early.
        reason: why.
    """

    kind: ClassVar[str] = "arm_skipped"
    arm: str
    reason: str


@dataclass(frozen=True, slots=True)
class PathStarted:
    """Both ends of the ablation path are known; fields as in `sweep.model.arm.AblationPath`."""

    kind: ClassVar[str] = "path_started"
    start: Mapping[str, Any]
    target: Mapping[str, Any]
    reference: str
    groups: tuple[tuple[str, ...], ...]


# --------------------------------------------------------------------------- looks


@dataclass(frozen=True, slots=True)
class LooksPlanned:
    """Seeds are added until every arm is decided; this is fixed before the first result.

    Attributes:
        metric: the metric that decides, read at each trial's selected epoch.
        goal: `maximize` or `minimize`.
        looks: number of seeds of an arm at each look, ascending.
        compared: one name for each comparison of two configurations; each is compared with its
            reference.
        alpha: probability that any interval of any look misses its true change.
        margin: the smallest change that matters, as in the study file; None: no margin.
        scale: `report.scale` of a study with several tasks; "": it has no tasks.
    """

    kind: ClassVar[str] = "looks_planned"
    metric: str
    goal: str
    looks: tuple[Natural, ...]
    compared: tuple[str, ...]
    alpha: float
    margin: float | str | None = None
    scale: str = ""


@dataclass(frozen=True, slots=True)
class LookTaken:
    """An arm was judged from its first seeds; any verdict but `undecided` is final.

    Attributes:
        arm: its name.
        seeds: the look's number of seeds.
        verdict: `helps`, `hurts`, `no difference` or `undecided`.
        words: the verdict as printed.
        pairs: number of seeds that the arm and its reference both completed.
        mean, low, high: change against the reference and its repeated confidence interval; None if
            unknown.
        lacking: seeds of the look that the arm or its reference did not complete.
        reason: why an arm is undecided, if the interval alone does not tell.
    """

    kind: ClassVar[str] = "look_taken"
    arm: str
    seeds: Natural
    verdict: str
    words: str
    pairs: Natural
    mean: float | None
    low: float | None
    high: float | None
    lacking: tuple[Natural, ...] = ()
    reason: str = ""


# --------------------------------------------------------------------------- what a
# reader should know


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the study's readers.

    Attributes:
        message: the sentence.
        trial: number of the trial that it is about; None: the study.
        rule: key of the health rule that the trial violated; None: no rule.
        epoch: the epoch at which it violated the rule.
        caveat: whether the tables mention it.
    """

    kind: ClassVar[str] = "notice"
    message: str
    trial: Natural | None = None
    rule: str | None = None
    epoch: Natural | None = None
    caveat: bool = True


@dataclass(frozen=True, slots=True)
class ReportWritten:
    """A report was written; with this event and the log, each of its files can be reproduced.

    Attributes:
        records: number of the log's records that it was made from.
        options: the requested options; see `sweep.report.files.Options`.
        versions: what its bytes depend on besides the log; see `sweep.report.versions`.
        files: name → SHA-256 of each file.
    """

    kind: ClassVar[str] = "report_written"
    records: Natural
    options: Mapping[str, Any]
    versions: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Noted:
    """A user added a note or tags to the study or a trial; no result depends on it.

    Attributes:
        trial: number of the trial that it is about; None: the study.
        note: a sentence; "": none.
        tags: added tags.
        untagged: removed tags.
        id: name of the file in which it waited; see `sweep.history.waiting_notes`.
        written: when it was written, seconds since 1970; 0: when it was recorded.
        by_session: whether the running session recorded it; otherwise the last session was over.
    """

    kind: ClassVar[str] = "noted"
    trial: Natural | None
    note: str = ""
    tags: tuple[str, ...] = ()
    untagged: tuple[str, ...] = ()
    id: str = ""
    written: float = 0.0
    by_session: bool = False


Event = (
    StudyCreated
    | SpecExtended
    | WarmStarted
    | RunsImported
    | SessionStarted
    | SessionEnded
    | GpuShareMeasured
    | ResumptionProbed
    | DependenciesFound
    | ArmsDecided
    | ArmSkipped
    | PathStarted
    | LooksPlanned
    | LookTaken
    | TrialCreated
    | TrialStarted
    | EpochEnded
    | CheckpointReplaced
    | FilesStored
    | TrialInterrupted
    | TrialPaused
    | TrialPromoted
    | MemberFailed
    | PopulationDecided
    | TrialReused
    | TrialFinished
    | TrialRetried
    | ConfigurationGivenUp
    | Notice
    | ReportWritten
    | Noted
)

# What a record calls its event → the event's class.
EVENTS: Mapping[str, type[Event]] = {each.kind: each for each in get_args(Event)}
