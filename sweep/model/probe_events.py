"""What was measured before a study's first trial: events as in `sweep.model.events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sweep.model.trial_events import Natural


@dataclass(frozen=True, slots=True)
class GpuShareMeasured:
    """`resources.gpu: auto` became a share, which every later session takes as well.

    Attributes:
        gpu: share of a GPU that a trial is given; 0: the trainer used none.
        memory: bytes of GPU memory that a trial took.
        free: bytes of the GPU that were free before.
        busy: part of an epoch in which the GPU computed, from 0 to 1; None: it does not say.
        limit: what allows no further trial on a GPU.
    """

    kind: ClassVar[str] = "gpu_share_measured"
    gpu: float
    memory: Natural
    free: Natural
    busy: float | None
    limit: str


@dataclass(frozen=True, slots=True)
class ResumptionProbed:
    """It was probed whether a resumed curve equals an uninterrupted one.

    Attributes:
        verdict: `equal`, `different`, or `unknown`: it cannot be told.
        text: the finding with its numbers, as a sentence without a full stop.
        key: hash of all that it depends on; see `sweep.session.known_resumption`.
    """

    kind: ClassVar[str] = "resumption_probed"
    verdict: str
    text: str
    key: str = ""
