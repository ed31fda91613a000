"""`random`: independent draws; and the quantiles of a domain."""

from __future__ import annotations

import bisect
import itertools
import math
import random
from collections.abc import Sequence
from typing import Any, Literal

from sweep.model import conditions, distributions, domains
from sweep.model.domains import Beta, Choice, Constant, Domain, IntUniform, Normal
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.section import Search

# Normal values are represented by probabilities, bounded away from 0 and 1 (infinite quantiles).
OPEN_INTERVAL = 1e-6


class Random(Search):
    """Independent draws, distributed as the study file says, whatever was observed."""

    method: Literal["random"] = "random"

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """One draw."""
        return draw_configuration(space.parameters, seed), {}


def draw_configuration(space: Parameters, seed: int) -> dict[str, Any]:
    """A random value for every active parameter."""
    generator = random.Random(seed)
    drawn: dict[str, Any] = {}
    for name in conditions.order(space):
        if conditions.is_active(space[name], drawn):
            drawn[name] = draw(space[name].domain, generator)
    return drawn


def draw(domain: Domain, generator: random.Random) -> Any:
    """One value of a domain."""
    return point(domain, generator.random())


def point(domain: Domain, share: float) -> Any:
    """The quantile of a domain's distribution at `share`.

    Uniform shares give draws from the distribution.

    Args:
        domain: any; the values of a finite domain have their probabilities.
        share: in [0, 1]; 1 gives the last value.
    """
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return domain.choices[index(domain, share)]
    if isinstance(domain, Normal | Beta):
        probability = min(max(share, OPEN_INTERVAL), 1 - OPEN_INTERVAL)
        return distributions.quantile(domain, probability)
    if isinstance(domain, IntUniform) and not domain.log:
        return domain.low + domain.step * _even(domains.count(domain) or 1, share)
    # A logarithmic integer gets half a step on each side, so that its ends are as likely as their
    # neighbours.
    margin = 0.0
    if isinstance(domain, IntUniform) and domain.step:
        margin = 0.5 * domain.step
    low, high = domain.low - margin, domain.high + margin
    scale, back = (math.log, math.exp) if domain.log else (float, float)
    number = back(scale(low) + share * (scale(high) - scale(low)))
    return domains.quantise(domain, min(max(number, domain.low), domain.high))


def index(domain: Choice, share: float) -> int:
    """The index of the choice at a share of the distribution."""
    if domain.probabilities is None:
        return _even(len(domain.choices), share)
    possible = [
        i for i, probability in enumerate(domain.probabilities) if probability > 0
    ]
    edges = list(itertools.accumulate(domain.probabilities[i] for i in possible))
    return possible[min(bisect.bisect_right(edges, share), len(possible) - 1)]


def _even(number: int, share: float) -> int:
    """The index of the value at a share, of `number` equally likely ones."""
    return min(int(share * number), number - 1)
