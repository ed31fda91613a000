"""Samplers, which suggest the next configuration.

Each sampler is a pure function of the observations and a seed. Each method has one module and one
settings class (`parzen.Tpe`): its fields are the keys of a study file's `search:`, and it follows
`protocol.Sampler`.

| file | samplers |
|---|---|
| `parzen` | `tpe` |
| `gaussian_process` | `gp` |
| `gp_multifidelity` | `gp_multifidelity` |
| `evolution` | `cmaes` |
| `genetic` | `nsga2` |
| `quasi_random` | `qmc` |
| `drawing` | `random` |
| `exhaustive` | `grid`, `brute_force` |
| `population` | `pbt` |

`curves`, `extrapolation`, `flat`, `gp_regression` and `improvement` are the parts of
`gp_multifidelity`; `exploration` and `bandit` change a value of `pbt`. `registry` lists the
methods, `section` has the keys that all methods share, `replay` asks Optuna's samplers, `threads`
limits numerics to one core, and `fanova` computes parameter importances with `main_effects`.

Optuna keeps no state: for each suggestion the observations are replayed into an in-memory Optuna
study with a new sampler (`gp_multifidelity`, `qmc`, `random` and `grid` do not use Optuna). A
suggestion therefore does not depend on how often the process was killed in between.
"""

from __future__ import annotations

from sweep.model.search_space import SearchSpace
from sweep.samplers.drawing import Random, draw
from sweep.samplers.evolution import Cmaes
from sweep.samplers.exhaustive import BruteForce, Grid
from sweep.samplers.gaussian_process import Gp
from sweep.samplers.genetic import Nsga2
from sweep.samplers.gp_multifidelity import GpMultifidelity
from sweep.samplers.parzen import Tpe
from sweep.samplers.population import Pbt
from sweep.samplers.protocol import Memory, Observation, Sampler
from sweep.samplers.quasi_random import Qmc
from sweep.samplers.registry import ALIASES, SAMPLERS, AnySearch, Method, sampler_class
from sweep.samplers.replay import distribution, replayed
from sweep.samplers.section import Objective, Search

__all__ = [
    "ALIASES",
    "SAMPLERS",
    "AnySearch",
    "BruteForce",
    "Cmaes",
    "Gp",
    "GpMultifidelity",
    "Grid",
    "Memory",
    "Method",
    "Nsga2",
    "Objective",
    "Observation",
    "Pbt",
    "Qmc",
    "Random",
    "Sampler",
    "Search",
    "SearchSpace",
    "Tpe",
    "distribution",
    "draw",
    "replayed",
    "sampler_class",
]
