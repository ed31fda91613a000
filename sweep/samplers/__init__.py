"""Floor 3: how the next configuration is found. Each sampler is a pure function of what was observed and a seed.

| file | samplers |
|---|---|
| `exhaustive` | `grid` |
| `drawing` | `random` |
| `parzen` | `tpe` |

`seam` is what a sampler is told and answers; `replay` puts a question to Optuna. Optuna decides and remembers nothing:
for each question the observations are replayed into an in-memory Optuna study and asked by a sampler made for this one
question. Nothing depends on how often the process was killed in between.
"""

from __future__ import annotations

from collections.abc import Mapping

from sweep.errors import UnknownName
from sweep.samplers.drawing import draw, random
from sweep.samplers.exhaustive import grid
from sweep.samplers.parzen import tpe
from sweep.samplers.replay import distribution, replayed
from sweep.samplers.seam import Memory, Observation, Sampler

__all__ = ["SAMPLERS", "Memory", "Observation", "Sampler", "distribution", "draw", "replayed", "sampler"]

SAMPLERS: Mapping[str, Sampler] = {"tpe": tpe, "random": random, "grid": grid}


def sampler(name: str) -> Sampler:
    """The sampler of a name.

    Raises:
        UnknownName: no such sampler.
    """
    try:
        return SAMPLERS[name]
    except KeyError:
        raise UnknownName("search method", name, SAMPLERS) from None
