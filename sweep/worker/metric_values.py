"""Checks the values of a report: an integer as epoch, text as names, single numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

from sweep.errors import ReportOutOfOrder

_LARGEST_EPOCH = (1 << 53) - 1  # a JSON file holds it exactly
_SHOWN = 80  # characters of a value in a message


def epoch_number(epoch: object) -> int:
    """The epoch as an `int`; integers of NumPy and torch are accepted.

    Raises:
        TypeError: it is not an integer.
        ReportOutOfOrder: it is larger than 2**53 - 1.
    """
    try:
        number = operator.index(epoch)  # type: ignore[arg-type]
    except TypeError:
        kind = type(epoch).__name__
        raise TypeError(
            f"run.report was given epoch {_shown(epoch)} ({kind}); an epoch is an integer"
        ) from None
    if number > _LARGEST_EPOCH:
        raise ReportOutOfOrder(
            f"epoch {_shown(number)}: an epoch is at most {_LARGEST_EPOCH}"
        )
    return number


def numbers(metrics: object) -> dict[str, float]:
    """The metrics of one report as `str` and `float`.

    An integer too large for a float becomes infinite, a masked value of NumPy NaN.

    Raises:
        TypeError: `metrics` is not a mapping, a name is not printable text, or a value is not a
            single number; the message names it.
    """
    if not isinstance(metrics, Mapping):
        kind = type(metrics).__name__
        raise TypeError(
            f"run.report was given {_shown(metrics)} ({kind}) as metrics; it takes a mapping from "
            f"names to numbers"
        )
    return {_name(name): _number(name, value) for name, value in metrics.items()}


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(
            f"metric name {_shown(name)} is of type {type(name).__name__}; a name is a string"
        )
    if not name or not name.isprintable():
        raise TypeError(
            f"metric name {_shown(name)} is not a name: printable characters, at least one"
        )
    return str(name)


def _number(name: object, value: Any) -> float:
    try:
        return _converted(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"metric {name!r} is {_shown(value)} ({type(value).__name__}); "
            f"a report takes single numbers"
        ) from error


def _converted(value: Any) -> float:
    if isinstance(value, str | bytes):
        raise TypeError("text")
    if getattr(value, "mask", False) is not False and bool(value.mask.all()):
        return math.nan
    if hasattr(value, "item"):  # of NumPy or torch, with one element
        value = value.item()
    return float(value)


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())  # a matrix has several lines
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
