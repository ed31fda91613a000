"""The distribution of a domain: quantiles, probabilities, the typical value."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    Domain,
    Drawn,
    IntUniform,
    Normal,
    quantise,
)


def quantile(domain: Drawn, probability: float) -> float:
    """The quantile function: it turns a uniform draw in (0, 1) into a draw from `domain`."""
    if isinstance(domain, Beta):
        from scipy import special  # takes a while to import, and few studies need it

        return quantise(
            domain, float(special.betaincinv(domain.a, domain.b, probability))
        )
    value = NormalDist(domain.mean, domain.sd).inv_cdf(probability)
    return quantise(domain, math.exp(value) if domain.log else value)


def probability(domain: Drawn, value: float) -> float:
    """The cumulative distribution function, the inverse of `quantile` up to rounding."""
    if isinstance(domain, Beta):
        from scipy import special

        return float(special.betainc(domain.a, domain.b, value))
    return NormalDist(domain.mean, domain.sd).cdf(
        math.log(value) if domain.log else value
    )


def typical(domain: Domain) -> Any:
    """The first choice, or the middle of a range on its own scale."""
    if isinstance(domain, Constant):
        return domain.value
    if isinstance(domain, Choice):
        return domain.choices[0]
    if isinstance(domain, Normal | Beta):
        return quantile(domain, 0.5)
    middle = (
        math.sqrt(domain.low * domain.high)
        if domain.log
        else (domain.low + domain.high) / 2
    )
    return quantise(domain, round(middle) if isinstance(domain, IntUniform) else middle)
