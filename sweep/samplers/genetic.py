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

_MOST = 50  # Optuna's own population
_GENERATIONS = 4  # at least, where the trials are too few for that


class Nsga2(Search):
    """NSGA-II (Deb et al. 2002): the best compromises of a generation are the parents of the next.

    A generation is `population` complete configurations; the first is random. Each configuration
    remembers its generation; who the parents are follows from the observations. What not every
    configuration has is drawn at random, as in Optuna's sampler.

    Attributes:
        population: configurations of a generation; None: Optuna's 50, a quarter of `trials` at
            most.
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
        """A child of the last generation's best compromises."""
        import optuna

        sampler = optuna.samplers.NSGAIISampler(
            population_size=self.generation_size, seed=seed
        )
        # Optuna leaves the parents of a generation with its study, which is therefore made anew.
        return ask(space, observations, sampler, cached=False)

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """A first generation that the search ends with, and a search for one metric."""
        if self.population is not None and self.population >= self.trials:
            first = f"{self.population} is the first generation, which is random"
            problem = f"{first}, and the search ends with it"
            allowed = f"below {self.trials}, a quarter of it or so"
            yield Fault((*at[:-1], "population"), problem, allowed)
        if not self.objectives:
            problem = (
                "nsga2 looks for the best compromises, and there are no objectives"
            )
            two = "[{name: …, goal: maximize}, {name: …, goal: minimize}]"
            yield Fault(at, problem, f"objectives: {two}, or method: tpe")

    @classmethod
    def retune_fault(cls, tuned: Parameters) -> tuple[str, str] | None:
        """An arm is tuned for one metric."""
        problem = (
            "nsga2 looks for compromises; an arm is tuned for the study's metric alone"
        )
        return problem, "method: tpe"
