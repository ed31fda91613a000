"""What can happen to a population of trials, several of which change at once: events as in
`sweep.model.events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sweep.model.trial_events import Natural


@dataclass(frozen=True, slots=True)
class MemberCopied:
    """A member of a population continues from another member's checkpoint with changed values.

    Attributes:
        trial: number of the member.
        source: number of the member whose checkpoint it takes over.
        epoch: of the checkpoint, the trainer's own number.
        checkpoint: SHA-256 of its file.
        values: of the explored parameters from there on.
        first_epoch: the trainer's number of its first epoch, 0 or 1; None in logs of an older
            version.
        failure: why the member had failed, so that the copy replaces it; "": it had not failed.
    """

    trial: Natural
    source: Natural
    epoch: Natural
    checkpoint: str
    values: Mapping[str, Any]
    first_epoch: Natural | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class MemberFailed:
    """A member of a population failed, and waits to be replaced by a copy of another one.

    Attributes:
        trial: number of the member.
        reason: why it failed, or was stopped by a health rule.
        overhead: worker seconds of the attempt outside its epochs.
    """

    kind: ClassVar[str] = "member_failed"
    trial: Natural
    reason: str
    overhead: float = 0.0


@dataclass(frozen=True, slots=True)
class PopulationDecided:
    """All members of a population that wait at an epoch continue: one decision, one record.

    Attributes:
        after: epochs that they have trained.
        members: their numbers, the best first; those that had failed last.
        copies: members that continue from another member's checkpoint.
        reason: by what it was decided.
    """

    kind: ClassVar[str] = "population_decided"
    after: Natural
    members: tuple[Natural, ...]
    copies: tuple[MemberCopied, ...]
    reason: str
