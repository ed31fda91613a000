"""What a sampler is told and what it answers: the protocol of the settings classes of `search`.

A sampler is a frozen pydantic model: its fields are the keys that a study file may give, its
methods say everything that the rest of the project asks about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sweep.model.fault import Fault, Key
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.trial import State

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
    """One settings class a method, listed in `sweep.samplers.registry.SAMPLERS`."""

    @property
    def method(self) -> str:
        """The sampler's name in a study file."""

    @property
    def learns(self) -> bool:
        """Whether it looks at results; only then can it be warm-started."""

    @property
    def exhaustive(self) -> bool:
        """Whether it tries each configuration of a finite space once."""

    @property
    def several_objectives(self) -> bool:
        """Whether it can optimise several metrics together."""

    @property
    def members_copy(self) -> bool:
        """Whether its trials are members of a population, which copy each other's checkpoints."""

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """Values for the active parameters (constants may be left out), and what to remember.

        A pure function of its arguments: nothing is kept between calls that changes an answer.
        """

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """What the method cannot do with these parameters; `at` is the key that names it."""

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """What a reader of the results should know of how the method treats this space."""


def startup(n_startup_trials: int | None) -> int:
    """How many configurations a sampler tries before it models anything."""
    return STARTUP if n_startup_trials is None else n_startup_trials
