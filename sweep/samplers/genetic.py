"""Genetic algorithms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.replay import ask
from sweep.spec import StudySpec

_MOST = 50  # Optuna's own population
_GENERATIONS = 4  # at least, where the trials are too few for that


def nsga2(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """NSGA-II (Deb et al. 2002): the best compromises of a generation are the parents of the next.

    A generation is `search.population` complete configurations; the first is random. Each
    configuration remembers its generation; who the parents are follows from the past. What not
    every configuration has is drawn at random, as in Optuna's sampler.
    """
    import optuna

    sampler = optuna.samplers.NSGAIISampler(population_size=population(spec), seed=seed)
    return ask(
        spec, past, sampler, cached=False
    )  # Optuna leaves the parents of a generation with its study


def population(spec: StudySpec) -> int:
    """Configurations of a generation: `search.population`, else Optuna's 50, a quarter of the trials at most."""
    search = spec.search
    if search is None:
        return _MOST
    return search.population or min(_MOST, max(search.trials // _GENERATIONS, 2))
