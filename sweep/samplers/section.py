"""`search:` of a study file: the keys that every method has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sweep.model.fault import Fault, Key
from sweep.model.fields import Count, Section, Seed, Text, Values
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.trial import Goal
from sweep.samplers.protocol import Memory, Observation


class Objective(Section):
    """One of several metrics that a search optimises at once; measured on validation data.

    Attributes:
        name: of a metric that the trainer reports.
        goal: whether a larger or a smaller value is better.
    """

    name: Text
    goal: Goal


class Search(Section):
    """A sampler chooses configurations. Each method is a class of its own, with its own keys.

    Attributes:
        method: see `sweep.samplers`.
        trials: how many; with `grid` and `brute_force` every one there is unless given.
        seeds: each configuration is trained with each of them.
        seed: of the sampler.
        enqueue: known-good configurations, tried first, in this order, within `trials`. What one
            leaves open is drawn at random, as the parameters say.
        warm_start: earlier studies, by name or folder, whose completed search trials the sampler is
            told of. They are read when this study starts, and kept in its log.
        duplicates: whether a configuration may be tried twice.
        folds: cross-validation folds, each trained with every seed; None: the data set's fixed
            split.
        objectives: two or more metrics that are optimised together, read at the epoch that the
            study's metric selects. The search's best configuration is still the best by the study's
            metric.
        tasks: in a study with tasks, whether each is searched on its own, or all by one search that
            trains a configuration on every task and chooses by its mean rank over them, or by the
            mean of its scaled values.
    """

    method: str
    trials: Count
    seeds: tuple[Seed, ...] = Field(default=(0,), min_length=1)
    seed: Seed = 0
    enqueue: tuple[Values, ...] = ()
    warm_start: tuple[Text, ...] = ()
    duplicates: Annotated[bool, Field(strict=True)] = False
    folds: Annotated[int, Field(strict=True, ge=2)] | None = None
    objectives: tuple[Objective, ...] = ()
    tasks: Literal["each", "rank", "scaled"] = "each"
    learns: ClassVar[bool] = False
    exhaustive: ClassVar[bool] = False
    several_objectives: ClassVar[bool] = True
    members_copy: ClassVar[bool] = False  # its trials copy from each other
    reads_curves: ClassVar[bool] = (
        False  # what it is told of epochs that are no objective
    )
    # What a reader should know where a rule lets few trials complete; "": nothing.
    with_few_complete: ClassVar[str] = ""
    aliases: ClassVar[
        tuple[str, ...]
    ] = ()  # further names that a study file may give the method

    @property
    def pairs(self) -> list[tuple[int, int | None]]:
        """Every seed and fold that a configuration is trained with, seeds in the outer loop.

        The first one goes ahead.
        """
        folds: list[int | None] = (
            [None] if self.folds is None else list(range(self.folds))
        )
        return [(seed, fold) for seed in self.seeds for fold in folds]

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The next configuration, and what to remember with it; each method has its own."""
        raise NotImplementedError(f"{self.method} suggests nothing")

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """What the method cannot do with these parameters; `at` is the key that names it."""
        yield from ()

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """What a reader of the results should know of how the method treats this space."""
        yield from ()

    @classmethod
    def retune_fault(cls, tuned: Parameters) -> tuple[str, str] | None:
        """Why the method cannot tune these parameters of an arm, and what is allowed instead."""
        return None
