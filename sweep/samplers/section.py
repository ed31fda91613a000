"""`search:` of a study file: the keys that all methods have."""

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
    """One of several metrics that a search optimises together, measured on validation data.

    Attributes:
        name: of a metric that the trainer reports.
        goal: whether a larger or a smaller value is better.
    """

    name: Text
    goal: Goal


class Search(Section):
    """The search: a sampler chooses configurations. Each method is a class with its own keys.

    Attributes:
        method: the name of the sampler; each has a section of its own.
        trials: number of configurations; by default all with `grid` and `brute_force`.
        seeds: each configuration is trained with each seed.
        seed: of the sampler.
        enqueue: known-good configurations, tried first, in this order, as part of `trials`. A
            parameter that one does not set is drawn at random from its distribution.
        warm_start: earlier studies, by name or folder, whose completed search trials the sampler
            gets as observations. They are read when this study starts, and stored in its log.
        duplicates: whether a configuration may be tried twice.
        folds: cross-validation folds, each trained with every seed; None: the data set's fixed
            split.
        objectives: two or more metrics that are optimised together, read at the epoch that the
            study's metric selects. The search's best configuration is still the best by the study's
            metric.
        tasks: in a study with tasks, `each` searches every task separately. `rank` and `scaled`
            run one search that trains a configuration on every task and chooses by its mean rank,
            or by the mean of its scaled values.
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
    members_copy: ClassVar[bool] = False  # whether its trials copy from each other
    reads_curves: ClassVar[bool] = False  # whether it uses values of single epochs
    # A note for rules that let few trials complete; "": none.
    with_few_complete: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()  # other names of the method in a study file

    @property
    def pairs(self) -> list[tuple[int, int | None]]:
        """Every seed and fold that a configuration is trained with, seeds in the outer loop.

        The first pair is trained first.
        """
        folds: list[int | None] = [None]
        if self.folds is not None:
            folds = list(range(self.folds))
        return [(seed, fold) for seed in self.seeds for fold in folds]

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The next configuration and its memory; see `protocol.Sampler`."""
        raise NotImplementedError(f"{self.method} has no method suggest")

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """Why the method cannot be used with these parameters; `at` is the key of the method."""
        yield from ()

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """What a reader of the results should know about the method in this space."""
        yield from ()

    @classmethod
    def retune_fault(cls, tuned: Parameters) -> tuple[str, str] | None:
        """Why the method cannot tune these parameters of an arm, and what is allowed."""
        return None
