"""The explore step of population based training: change a member's values.

Jaderberg et al. 2017, "Population Based Training of Neural Networks", section 4: with a
small probability a value is drawn again from its domain, else it is multiplied by a factor.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sweep.model.domains import Beta, Choice, Domain, IntUniform, Uniform, quantise
from sweep.model.parameters import Parameters
from sweep.samplers.drawing import draw

_REDRAWS = 20  # at most: a domain may have a single value


def perturbed(
    space: Parameters,
    values: Mapping[str, Any],
    factors: Sequence[float],
    resample: float,
    seed: int,
) -> dict[str, Any]:
    """Draw each value again, or move it.

    If no value has changed, all are drawn again: a copy would repeat the training of its source.

    Args:
        space: parameters; at least those of `values`.
        values: explored parameter → its value now.
        factors: a number is multiplied by one of them, chosen uniformly. Whether it is below or
            above 1 decides on the direction among ordered choices and steps.
        resample: the probability that a value is drawn again from its domain.
        seed: of the draws.
    """
    generator = random.Random(seed)
    changed: dict[str, Any] = {}
    for name, value in values.items():
        domain = space[name].domain
        # Every name uses the same number of draws, so that no domain affects another's values.
        redraw = generator.random() < resample
        factor = generator.choice(factors)
        drawn = draw(domain, generator)
        changed[name] = drawn if redraw else moved(domain, value, factor, drawn)
    for _ in range(_REDRAWS):
        if changed != dict(values):
            break
        changed = {name: draw(space[name].domain, generator) for name in values}
    return changed


def moved(domain: Domain, value: Any, factor: float, drawn: Any) -> Any:
    """A value multiplied by a factor, inside its domain.

    A number with steps moves at least one step. A choice among numbers moves to the next number. A
    value at the end of its range moves back where the factor would take it out of the range. Any
    other choice stays: only a new draw changes it. A 0 becomes `drawn`.
    """
    if not isinstance(domain, Choice) and value == 0:
        return drawn
    reached = _scaled(domain, value, factor)
    return reached if reached != value else _scaled(domain, value, 1 / factor)


def _scaled(domain: Domain, value: Any, factor: float) -> Any:
    """A value multiplied by a factor; itself at the end of its range."""
    if factor == 1:
        return value
    if isinstance(domain, Choice):
        return _neighbour(domain, value, 1 if factor > 1 else -1)
    target = value * factor
    if isinstance(domain, Uniform | IntUniform | Beta):
        target = min(max(target, domain.low), domain.high)
    reached = quantise(domain, target)
    step = getattr(domain, "step", None)
    if step is None or reached != value:
        return reached
    up = (factor > 1) == (value > 0)
    return quantise(domain, value + (step if up else -step))


def is_ordered(domain: Choice) -> bool:
    """Whether all choices are numbers, which have an order."""
    return all(_is_number(choice) for choice in domain.choices)


def _neighbour(domain: Choice, value: Any, direction: int) -> Any:
    """The next choice up or down; the value itself if the choices have no order."""
    if not is_ordered(domain):
        return value
    ascending = sorted(domain.choices)
    index = ascending.index(value) + direction
    last = len(ascending) - 1
    return ascending[min(max(index, 0), last)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
