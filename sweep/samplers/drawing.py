"""Independent random draws, and the point of a domain that stands at a share of its distribution."""

from __future__ import annotations

import bisect
import itertools
import math
import random as python_random
from collections.abc import Sequence
from typing import Any

from sweep.model import parameters
from sweep.model.parameters import Beta, Choice, Constant, Domain, IntUniform, Normal
from sweep.samplers.protocol import Memory, Observation
from sweep.spec import StudySpec

OPEN_INTERVAL = 1e-6  # normal draws are asked for as probabilities, away from 0 and 1 where the quantile is infinite


def random(
    spec: StudySpec, past: Sequence[Observation], seed: int
) -> tuple[dict[str, Any], Memory]:
    """Independent draws, distributed as the study file says. Looks at nothing that was observed."""
    generator = python_random.Random(seed)
    drawn: dict[str, Any] = {}
    for name in parameters.order(spec.parameters):
        if parameters.is_active(spec.parameters[name], drawn):
            drawn[name] = draw(spec.parameters[name].domain, generator)
    return drawn, {}


def draw(domain: Domain, generator: python_random.Random) -> Any:
    """One value of a domain."""
    return point(domain, generator.random())


def point(domain: Domain, share: float) -> Any:
    """The value below which `share` of a domain's distribution lies: uniform shares give draws from
    it.

    Args:
        domain: any; the values of a finite one have their probabilities.
        share: in [0, 1]; at 1 the last value.
    """
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return domain.choices[index(domain, share)]
    if isinstance(domain, Normal | Beta):
        return parameters.quantile(domain, min(max(share, OPEN_INTERVAL), 1 - OPEN_INTERVAL))
    if isinstance(domain, IntUniform) and not domain.log:
        return domain.low + domain.step * _even(parameters.count(domain) or 1, share)
    # A logarithmic integer gets half a step on either side, so that its ends are as likely as their
    # neighbours.
    margin = 0.5 * domain.step if isinstance(domain, IntUniform) and domain.step else 0.0
    low, high = domain.low - margin, domain.high + margin
    scale, back = (math.log, math.exp) if domain.log else (float, float)
    number = back(scale(low) + share * (scale(high) - scale(low)))
    return parameters.quantise(domain, min(max(number, domain.low), domain.high))


def index(domain: Choice, share: float) -> int:
    """Which of a domain's choices a share falls on."""
    if domain.probabilities is None:
        return _even(len(domain.choices), share)
    possible = [i for i, probability in enumerate(domain.probabilities) if probability > 0]
    edges = list(itertools.accumulate(domain.probabilities[i] for i in possible))
    return possible[min(bisect.bisect_right(edges, share), len(possible) - 1)]


def _even(number: int, share: float) -> int:
    """Which of `number` equally likely values a share falls on."""
    return min(int(share * number), number - 1)
