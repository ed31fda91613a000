"""`search:` of a study file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sweep.model.fields import Count, Section, Seed, Text, Values

Method = Literal["tpe", "gp", "foretold", "cmaes", "nsga2", "qmc", "random", "grid", "brute_force"]
EXHAUSTIVE = ("grid", "brute_force")  # each configuration of a finite space once
MODELLING = ("tpe", "gp", "foretold", "cmaes")  # they look at results; the others do not


class Objective(Section):
    """One of several things a search wants at once; measured on validation data."""

    name: Text
    goal: Literal["maximize", "minimize"]


class Search(Section):
    """A sampler chooses configurations.

    Attributes:
        method: see `sweep.samplers`.
        trials: how many; with `grid` and `brute_force` every one there is unless given.
        seeds: each configuration is trained with each of them.
        seed: of the sampler.
        n_startup_trials: configurations before anything is modelled, random ones (`tpe`, `gp`, and
            what `cmaes` leaves to `tpe`) or points of a Sobol' sequence (`foretold`); None:
            Optuna's default, 10.
        sequence: of `qmc` alone; None: `sobol`.
        enqueue: known-good configurations, tried first, in this order, within `trials`. What one
            leaves open is drawn at random, as the parameters say.
        warm_start: earlier studies, by name or folder, whose completed search trials the sampler is
            told of. They are read when this study starts, and kept in its log.
        duplicates: whether a configuration may be tried twice.
        folds: cross-validation folds, each trained with every seed; None: the data set's fixed
            split.
        population: of `nsga2`: configurations of a generation; None: Optuna's 50, a quarter of
            `trials` at most.
        objectives: two or more metrics that are optimised together, read at the epoch that the
            study's metric selects. The search's best configuration is still the best by the study's
            metric.
    """

    method: Method = "tpe"
    trials: Count
    seeds: tuple[Seed, ...] = Field(default=(0,), min_length=1)
    seed: Seed = 0
    n_startup_trials: Count | None = None
    sequence: Literal["sobol", "halton"] | None = None
    enqueue: tuple[Values, ...] = ()
    warm_start: tuple[Text, ...] = ()
    duplicates: Annotated[bool, Field(strict=True)] = False
    folds: Annotated[int, Field(strict=True, ge=2)] | None = None
    population: Annotated[int, Field(strict=True, ge=2)] | None = None
    objectives: tuple[Objective, ...] = ()

    @property
    def pairs(self) -> list[tuple[int, int | None]]:
        """Every seed and fold that a configuration is trained with, seeds in the outer loop; the first goes ahead."""
        folds: list[int | None] = [None] if self.folds is None else list(range(self.folds))
        return [(seed, fold) for seed in self.seeds for fold in folds]
