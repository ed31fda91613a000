"""The events of a trial, from its creation to its end; see `sweep.model.events`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from sweep.model.trial import Report, State

Natural = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class TrialCreated:
    """A stage created a trial; fields as in `sweep.model.trial.Trial`, `trial` is its number."""

    kind: ClassVar[str] = "trial_created"
    trial: Natural
    stage: str
    label: str
    config: Mapping[str, Any]
    seed: Natural
    fold: Natural | None
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A worker started the trial; `attempt` is 1 for the first time."""

    kind: ClassVar[str] = "trial_started"
    trial: Natural
    attempt: Natural


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """A trial reported an epoch for the first time.

    A study has millions of these: `sweep.history.folding` reads a plain one without making the
    object.

    Attributes:
        trial: its number.
        epoch: the trainer's own number.
        metrics: name → value; None: not finite.
        seconds: duration of the epoch.
        checkpoint: SHA-256 of the checkpoint written with it; None: no checkpoint.
        pruned: why the trial stops after it; None: it continues.
        paused: why the trial pauses after it; None: it continues.
    """

    kind: ClassVar[str] = "epoch"
    trial: Natural
    epoch: Natural
    metrics: Mapping[str, float | None]
    seconds: float
    checkpoint: str | None
    pruned: str | None = None
    paused: str | None = None


@dataclass(frozen=True, slots=True)
class CheckpointReplaced:
    """A trial reported an epoch again, after a restart from an earlier checkpoint.

    The first report of the epoch counts. Its checkpoint was written again, and may differ if
    training is not reproducible bit for bit.
    """

    kind: ClassVar[str] = "checkpoint"
    trial: Natural
    epoch: Natural
    checkpoint: str


@dataclass(frozen=True, slots=True)
class FilesStored:
    """A trial's files in the study's storage have a new state.

    Each attempt stores files and manifests under names of its own. The log alone says which
    manifest is current, so that a late upload of an earlier attempt changes nothing.

    Attributes:
        trial: its number.
        manifest: SHA-256 of the manifest, which lists each file with its SHA-256.
    """

    kind: ClassVar[str] = "files_stored"
    trial: Natural
    manifest: str


@dataclass(frozen=True, slots=True)
class TrialInterrupted:
    """A trial lost its worker and will continue with another one.

    Attributes:
        trial: its number.
        reason: why.
        overhead: worker seconds of this attempt outside its epochs.
        lost: whether its worker died.
    """

    kind: ClassVar[str] = "trial_interrupted"
    trial: Natural
    reason: str
    overhead: float
    lost: bool = False


@dataclass(frozen=True, slots=True)
class TrialPaused:
    """A trial paused at a rung. It may be promoted, and is not a result until it ends.

    Attributes:
        trial: its number.
        reason: why; as its last epoch says.
    """

    kind: ClassVar[str] = "trial_paused"
    trial: Natural
    reason: str


@dataclass(frozen=True, slots=True)
class TrialPromoted:
    """A paused trial continues from its checkpoint.

    Attributes:
        trial: its number.
        reason: why.
    """

    kind: ClassVar[str] = "trial_promoted"
    trial: Natural
    reason: str


@dataclass(frozen=True, slots=True)
class TrialReused:
    """A trial got the reports of the same trial of another study; nothing was run.

    Attributes:
        trial: its number.
        study: name of the other study.
        source: number of the trial there.
        epochs: its reports.
        overhead: worker seconds that it took there outside its epochs.
    """

    kind: ClassVar[str] = "trial_reused"
    trial: Natural
    study: str
    source: Natural
    epochs: tuple[Report, ...]
    overhead: float


@dataclass(frozen=True, slots=True)
class TrialFinished:
    """A trial will never run again.

    Attributes:
        trial: its number.
        state: how it ended.
        reason: why it was pruned or failed, or stopped early.
        overhead: worker seconds of its last attempt outside its epochs.
    """

    kind: ClassVar[str] = "trial_finished"
    trial: Natural
    state: State
    reason: str
    overhead: float


@dataclass(frozen=True, slots=True)
class TrialRetried:
    """A failed trial will be trained again, from its first epoch.

    Its earlier reports stay in the log but no longer count.

    Attributes:
        trial: its number.
        failure: why it had failed.
        seconds: worker seconds that it had taken.
    """

    kind: ClassVar[str] = "trial_retried"
    trial: Natural
    failure: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ConfigurationGivenUp:
    """A configuration of the search is not trained with its remaining seeds and folds.

    Attributes:
        trial: number of its first trial.
        reason: why.
    """

    kind: ClassVar[str] = "configuration_given_up"
    trial: Natural
    reason: str
