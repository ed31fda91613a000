"""Whether a setting of an object follows from a parameter's value.

A trainer rarely holds a parameter as it is: CLIP's temperature is learned as `log(1 / T)`, a decay
is `1 - value`. A setting that differs between two builds follows from a parameter if one of a few
functions of the parameter's two values explains it up to a constant factor or a constant summand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

CLOSE = 1e-6  # relative; a float32 buffer holds 0.1 as 0.10000000149

# How trainers hold a positive value that they learn, besides the value itself.
_FORMS: tuple[Callable[[float], float], ...] = (
    lambda value: value,
    math.log,
    math.exp,
    math.sqrt,
    lambda value: 1 / value,
    lambda value: value * value,
    lambda value: math.log(value / (1 - value)),  # inverse of the sigmoid
    lambda value: math.log(math.expm1(value)),  # inverse of the softplus
)


def origin(before: Any, now: Any, changed: Mapping[str, tuple[Any, Any]]) -> str | None:
    """The parameter that a setting follows from; None if there is none.

    Args:
        before: the setting of the object as it was built with the old values.
        now: the same with the new values.
        changed: parameter → its value then and now.
    """
    for name, (value_before, value_now) in changed.items():
        if same(before, value_before) and same(now, value_now):
            return name
        numbers = (before, now, value_before, value_now)
        if all(map(is_number, numbers)) and _follows(*map(float, numbers)):
            return name
    return None


def same(one: Any, other: Any) -> bool:
    """Whether two settings are equal, numbers up to the precision of a float32."""
    if is_number(one) and is_number(other):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-12)
    return type(one) is type(other) and one == other


def is_number(value: Any) -> bool:
    """Whether a value is a number of Python; a flag is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _follows(before: float, now: float, value_before: float, value_now: float) -> bool:
    """Whether a form of the value explains both settings, but for one constant."""
    for form_before, form_now in _in_every_form(value_before, value_now):
        if same(form_before, form_now):
            continue
        has_constant_factor = same(before * form_now, now * form_before)
        has_constant_summand = same(before + form_now, now + form_before)
        is_summed_to_constant = same(before + form_before, now + form_now)
        if has_constant_factor or has_constant_summand or is_summed_to_constant:
            return True
    return False


def _in_every_form(one: float, other: float) -> Iterator[tuple[float, float]]:
    """Both numbers in each form (square, logarithm, …) that is defined for them."""
    for form in _FORMS:
        try:
            yield form(one), form(other)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue  # the form is not defined for such a value
