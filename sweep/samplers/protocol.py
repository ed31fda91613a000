"""The protocol of samplers: their observations, and the methods of their settings classes.

A sampler is a frozen pydantic model: its fields are the keys that a study file may give, and its
methods are all that the rest of the project uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sweep.model.fault import Fault, Key
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.trial import State

Memory = Mapping[str, Any]  # state that a sampler gets back with an observation; JSON
STARTUP = 10  # Optuna's default number of random configurations before a model is used


@dataclass(frozen=True)
class Observation:
    """The outcome of one configuration.

    Attributes:
        config: the configuration.
        state: RUNNING until all its seeds have ended.
        value: the objective of a COMPLETE configuration, else None.
        curve: epoch → metric, of the epochs so far.
        memory: what the sampler returned with the configuration; with `EXPLORES` if it was drawn
            without a model.
        prior: whether it is from an earlier study (`search.warm_start`); these come first.
        values: of a COMPLETE configuration, one for each of `search.objectives`; empty without
            objectives.
    """

    config: Mapping[str, Any]
    state: State
    value: float | None = None
    curve: Mapping[int, float] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)
    prior: bool = False
    values: tuple[float, ...] = ()


class Sampler(Protocol):
    """A settings class for each method, listed in `sweep.samplers.registry.SAMPLERS`."""

    @property
    def method(self) -> str:
        """The sampler's name in a study file."""

    @property
    def learns(self) -> bool:
        """Whether it uses results; only then can it be warm-started."""

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
        """Values for the active parameters (constants may be left out), and the memory.

        A pure function of its arguments: no state between calls changes a suggestion.
        """

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """Why the method cannot be used with these parameters; `at` is the key of the method."""

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """What a reader of the results should know about the method in this space."""


def startup(n_startup_trials: int | None) -> int:
    """The number of configurations that a sampler tries before it uses a model."""
    return STARTUP if n_startup_trials is None else n_startup_trials
