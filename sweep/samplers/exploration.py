"""How a value of a population's member is changed: population based training's explore step.

Jaderberg et al. 2017, "Population Based Training of Neural Networks", section 4: a value is drawn
anew with a small probability, else multiplied by a factor.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sweep.model.domains import Beta, Choice, Domain, IntUniform, Uniform, quantise
from sweep.model.parameters import Parameters
from sweep.samplers.drawing import draw


def perturbed(
    space: Parameters,
    values: Mapping[str, Any],
    factors: Sequence[float],
    resample: float,
    seed: int,
) -> dict[str, Any]:
    """Every value drawn anew or moved.

    Args:
        space: the parameters of `values`, and others.
        values: explored parameter → its value now.
        factors: a number is multiplied by one of them, each as likely; below 1 and above 1 decide
            on the direction among ordered choices and steps.
        resample: the probability that a value is drawn anew from its domain.
        seed: of the draws.
    """
    generator = random.Random(seed)
    changed: dict[str, Any] = {}
    for name, value in values.items():
        domain = space[name].domain
        # Each name takes the same number of draws, so that one domain does not move another's.
        anew, factor = generator.random() < resample, generator.choice(factors)
        drawn = draw(domain, generator)
        changed[name] = drawn if anew else moved(domain, value, factor, drawn)
    return changed


def moved(domain: Domain, value: Any, factor: float, drawn: Any) -> Any:
    """A value multiplied by a factor, inside its domain.

    A number with steps goes one step at least; a choice among numbers goes to its neighbour; any
    other choice stays, and only drawing anew changes it. A number that is 0 cannot be multiplied:
    it becomes `drawn`.
    """
    if isinstance(domain, Choice):
        return _neighbour(domain, value, 1 if factor > 1 else -1)
    if value == 0:
        return drawn
    target = value * factor
    if isinstance(domain, Uniform | IntUniform | Beta):
        target = min(max(target, domain.low), domain.high)
    reached = quantise(domain, target)
    step = getattr(domain, "step", None)
    if step is None or reached != value or factor == 1:
        return reached
    up = target > value or (target == value and factor > 1)
    return quantise(domain, value + (step if up else -step))


def is_ordered(domain: Choice) -> bool:
    """Whether a choice is among numbers, which have neighbours."""
    numbers = [v for v in domain.choices if _is_number(v)]
    return len(numbers) == len(domain.choices)


def _neighbour(domain: Choice, value: Any, direction: int) -> Any:
    if not is_ordered(domain):
        return value
    ascending = sorted(domain.choices)
    at = ascending.index(value) + direction
    return ascending[min(max(at, 0), len(ascending) - 1)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
