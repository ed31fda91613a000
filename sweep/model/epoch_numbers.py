"""Infer whether a trainer counts its epochs from 0 or from 1.

Reports have the trainer's own numbers. Everything that is shown, and every rule, counts trained
epochs from 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def first_epoch(first: int, second: int | None, last: int, budget: int | None) -> int:
    """0 or 1, from the numbers of a trial's first, second and last report.

    | reports | first epoch |
    |---|---|
    | 0, … | 0 |
    | …, the budget | 1: a trainer that counts from 0 ends one earlier |
    | 1, 2, … | 1 |
    | k, 2k, 3k, … with k > 1 | 1: every k-th epoch |
    | k − 1, 2k − 1, … with k > 1 | 0: every k-th epoch |
    | only 1 | 1 |
    | only k | as for every k-th epoch: k or k + 1, which divides the budget, or is rounder |
    | others | 0 |

    If a trainer counts from 0 but does not report epoch 0, it seems to count from 1, and its number
    of epochs is one too small.

    With one report of every k-th epoch the result is a guess, which the second report corrects.

    Args:
        first: number of the first report.
        second: number of the second report; None: there is none.
        last: number of the last report.
        budget: epochs of the trial; None if it has no such number.
    """
    if first == 0:
        return 0
    if last == budget:
        return 1
    if second is not None:
        step = second - first
        return int(first % step == 0) if step > 1 else int(first == 1)
    if first == 1:
        return 1
    from_zero, from_one = (
        first + 1,
        first,
    )  # k, if the report is the first of every k-th epoch
    if budget is not None and (budget % from_zero == 0) != (budget % from_one == 0):
        return int(budget % from_one == 0)
    return int(_roundness(from_one) > _roundness(from_zero))


def _roundness(number: int) -> tuple[bool, bool]:
    return number % 5 == 0, number % 2 == 0


def budget_of(config: Mapping[str, Any]) -> int | None:
    """The number of epochs of a configuration: `epochs`; None if that is not a whole number."""
    epochs = config.get("epochs")
    if isinstance(epochs, bool) or not isinstance(epochs, int | float):
        return None
    return int(epochs) if math.isfinite(epochs) and epochs == int(epochs) else None
