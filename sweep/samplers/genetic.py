"""`nsga2`: a genetic algorithm for several objectives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from sweep.model.fault import Fault, Key
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.replay import ask
from sweep.samplers.section import Search

_MOST = 50  # Optuna's default population
_GENERATIONS = 4  # at least; with few trials the population is smaller


class Nsga2(Search):
    """NSGA-II (Deb et al. 2002): the Pareto-best of a generation are the parents of the next.

    A generation is `population` complete configurations; the first is random. Each configuration
    stores its generation, and the parents follow from the observations. Conditional parameters are
    drawn at random, as in Optuna's sampler.

    Attributes:
        population: configurations of a generation; None: Optuna's default, 50, but at most a
            quarter of `trials`.
    """

    method: Literal["nsga2"] = "nsga2"
    population: Annotated[int, Field(strict=True, ge=2)] | None = None

    @property
    def generation_size(self) -> int:
        """Configurations of a generation."""
        return self.population or min(_MOST, max(self.trials // _GENERATIONS, 2))

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """A child of the last generation's Pareto-best configurations."""
        import optuna

        sampler = optuna.samplers.NSGAIISampler(
            population_size=self.generation_size, seed=seed
        )
        # Optuna stores the parents of a generation in its study, which must therefore be new.
        return ask(space, observations, sampler, cached=False)

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """A population as large as the search, and a search with a single objective."""
        if self.population is not None and self.population >= self.trials:
            problem = (
                f"the first generation, {self.population} random trials, is the "
                "whole search"
            )
            allowed = f"below {self.trials}, for example a quarter of it"
            yield Fault((*at[:-1], "population"), problem, allowed)
        if not self.objectives:
            problem = "nsga2 needs several objectives, and the study has one metric"
            two = "[{name: …, goal: maximize}, {name: …, goal: minimize}]"
            yield Fault(at, problem, f"objectives: {two}, or method: tpe")

    @classmethod
    def retune_fault(cls, tuned: Parameters) -> tuple[str, str] | None:
        """An arm is tuned for one metric."""
        problem = "nsga2 needs several objectives; an arm is tuned for one metric"
        return problem, "method: tpe"
