"""Every sampler by name: adding a method takes one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator

from sweep.errors import named
from sweep.model.tagged_union import tagged_union
from sweep.samplers.drawing import Random
from sweep.samplers.evolution import Cmaes
from sweep.samplers.exhaustive import BruteForce, Grid
from sweep.samplers.gaussian_process import Gp
from sweep.samplers.genetic import Nsga2
from sweep.samplers.gp_multifidelity import GpMultifidelity
from sweep.samplers.parzen import Tpe
from sweep.samplers.population import Pbt
from sweep.samplers.quasi_random import Qmc
from sweep.samplers.section import Search

SAMPLERS: Mapping[str, type[Search]] = {
    "tpe": Tpe,
    "gp": Gp,
    "gp_multifidelity": GpMultifidelity,
    "cmaes": Cmaes,
    "nsga2": Nsga2,
    "qmc": Qmc,
    "random": Random,
    "grid": Grid,
    "brute_force": BruteForce,
    "pbt": Pbt,
}
DEFAULT = "tpe"
ALIASES = {
    alias: name for name, sampler in SAMPLERS.items() for alias in sampler.aliases
}


def _without_alias(value: Any) -> Any:
    return ALIASES.get(value, value) if isinstance(value, str) else value


_every_search, _union = tagged_union(
    "EverySearch", SAMPLERS, "method", aliases=ALIASES, default=DEFAULT
)

if TYPE_CHECKING:
    AnySearch = Search
    Method = str
else:
    AnySearch = _union  # the type of a study file's field with a search
    Method = Annotated[Literal[tuple(SAMPLERS)], BeforeValidator(_without_alias)]


def sampler_class(name: str) -> type[Search]:
    """The settings class of a method, by its name or one of its aliases.

    Raises:
        UnknownName: there is no such method.
    """
    return named(SAMPLERS, _without_alias(name), "search method")
