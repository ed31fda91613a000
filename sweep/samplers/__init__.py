"""How the next configuration is found. Each sampler is a pure function of what was observed and a
seed.

One module and one settings class a method (`parzen.Tpe`): its fields are the keys of a study file's
`search:`, its methods are what `protocol.Sampler` asks of it.

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
methods, `section` holds the keys that all share; `replay` puts a question to Optuna; `threads`
keeps numerics to one core; `fanova` says afterwards which parameters mattered, by `main_effects`.

Optuna decides and remembers nothing: for each question the observations are replayed into an
in-memory Optuna study and asked by a sampler made for this one question (`gp_multifidelity`, `qmc`,
`random` and `grid` ask nobody). Nothing depends on how often the process was killed in between.
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
