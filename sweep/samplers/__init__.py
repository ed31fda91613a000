"""How the next configuration is found. Each sampler is a pure function of what was observed and a
seed.

| file | samplers |
|---|---|
| `parzen` | `tpe` |
| `gaussian_process` | `gp` |
| `whole_space` | `foretold`; `curves`, `foretelling`, `flat`, `process`, `improvement` are its parts |
| `evolution` | `cmaes` |
| `genetic` | `nsga2` |
| `quasi_random` | `qmc` |
| `drawing` | `random` |
| `exhaustive` | `grid`, `brute_force` |

`seam` is what a sampler is told and answers; `replay` puts a question to Optuna; `threads` keeps
numerics to one core; `fanova` says afterwards which parameters mattered, by `main_effects`. Optuna
decides and remembers nothing: for each question the observations are replayed into an in-memory Optuna study
and asked by a sampler made for this one question (`foretold`, `qmc`, `random` and `grid` ask
nobody). Nothing depends on how often the process was killed in between.
"""

from __future__ import annotations

from collections.abc import Mapping

from sweep.errors import named
from sweep.samplers.drawing import draw, random
from sweep.samplers.evolution import cmaes
from sweep.samplers.exhaustive import brute_force, grid
from sweep.samplers.gaussian_process import gp
from sweep.samplers.genetic import nsga2
from sweep.samplers.gp_multifidelity import foretold
from sweep.samplers.parzen import tpe
from sweep.samplers.protocol import Memory, Observation, Sampler
from sweep.samplers.quasi_random import qmc
from sweep.samplers.replay import distribution, replayed

__all__ = [
    "SAMPLERS",
    "Memory",
    "Observation",
    "Sampler",
    "distribution",
    "draw",
    "replayed",
    "sampler",
]

SAMPLERS: Mapping[str, Sampler] = {
    "tpe": tpe,
    "gp": gp,
    "foretold": foretold,
    "cmaes": cmaes,
    "nsga2": nsga2,
    "qmc": qmc,
    "random": random,
    "grid": grid,
    "brute_force": brute_force,
}


def sampler(name: str) -> Sampler:
    """The sampler of a name.

    Raises:
        UnknownName: no such sampler.
    """
    return named(SAMPLERS, name, "search method")
