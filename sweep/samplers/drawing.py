"""Independent random draws."""

from __future__ import annotations

import math
import random as python_random
from collections.abc import Sequence
from typing import Any

from sweep import parameters
from sweep.parameters import Beta, Choice, Constant, Domain, IntUniform, Normal
from sweep.samplers.seam import Memory, Observation
from sweep.spec import StudySpec

OPEN_INTERVAL = 1e-6  # normal draws are asked for as probabilities, away from 0 and 1 where the quantile is infinite


def random(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Independent draws, distributed as the study file says. Looks at nothing that was observed."""
    generator = python_random.Random(seed)
    drawn: dict[str, Any] = {}
    for name in parameters.order(spec.parameters):
        if parameters.is_active(spec.parameters[name], drawn):
            drawn[name] = draw(spec.parameters[name].domain, generator)
    return drawn, {}


def draw(domain: Domain, generator: python_random.Random) -> Any:
    """One value of a domain."""
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return generator.choices(domain.choices, domain.probabilities)[0]
    if isinstance(domain, Normal | Beta):
        return parameters.quantile(domain, generator.uniform(OPEN_INTERVAL, 1 - OPEN_INTERVAL))
    if isinstance(domain, IntUniform) and not domain.log:
        return generator.randrange(domain.low, domain.high + 1, domain.step)
    # A logarithmic integer gets half a step on either side, so that its ends are as likely as their neighbours.
    margin = 0.5 * domain.step if isinstance(domain, IntUniform) and domain.step else 0.0
    low, high = domain.low - margin, domain.high + margin
    scale, back = (math.log, math.exp) if domain.log else (float, float)
    number = back(generator.uniform(scale(low), scale(high)))
    return parameters.quantise(domain, min(max(number, domain.low), domain.high))
