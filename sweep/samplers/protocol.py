"""What a sampler is told and what it answers: the seam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sweep.model.trial import State
from sweep.spec import StudySpec

Memory = Mapping[str, Any]  # what a sampler wants back with an observation; JSON
STARTUP = 10  # Optuna's own number of random configurations before anything is modelled


@dataclass(frozen=True)
class Observation:
    """What became of one configuration.

    Attributes:
        config: the configuration.
        state: RUNNING until all its seeds have ended.
        value: the objective of a COMPLETE one.
        curve: epoch → metric, as far as it got.
        memory: what the sampler returned with it.
        prior: taken over from an earlier study (`search.warm_start`); such ones come before this
            study's own.
        values: of a COMPLETE one, one for each of `search.objectives`; empty without any.
    """

    config: Mapping[str, Any]
    state: State
    value: float | None = None
    curve: Mapping[int, float] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)
    prior: bool = False
    values: tuple[float, ...] = ()


class Sampler(Protocol):
    """The seam: one function per method, listed in `SAMPLERS`."""

    def __call__(
        self, spec: StudySpec, past: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """Values for the active parameters (constants may be left out), and what to remember with them."""


def startup(spec: StudySpec) -> int:
    """How many configurations are random before a sampler models anything."""
    wanted = None if spec.search is None else spec.search.n_startup_trials
    return STARTUP if wanted is None else wanted
