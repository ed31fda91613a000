"""Checks that a trainer reports the study's metric.

A misspelt name is an error at once, a missing metric only at the trainer's end: an epoch without
validation may lack it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sweep.errors import MetricMissing, one_of


def check_spelling(metric: str | None, epoch: int, reported: Iterable[str]) -> None:
    """Refuse an epoch whose metric differs from the study's in case or punctuation only.

    Args:
        epoch: counted from 1.

    Raises:
        MetricMissing: there is such a metric, and the study's own is missing.
    """
    names = sorted(reported)
    if metric is None or metric in names:
        return
    if _letters(metric) in map(_letters, names):
        raise MetricMissing(
            f"epoch {epoch} was reported without the study's metric {metric!r}; "
            f"{one_of(names, metric)}"
        )


def check_reported(metric: str | None, reported: Iterable[str]) -> None:
    """Refuse a run that has reports, none of which has the study's metric.

    Raises:
        MetricMissing: no epoch had it.
    """
    names = sorted(reported)
    if metric is not None and names and metric not in names:
        raise MetricMissing(
            f"no report had the study's metric {metric!r}; {one_of(names, metric)}"
        )


def _letters(name: str) -> str:
    """A metric's name without case and punctuation: `val/f1` and `Val_F1` are `valf1`."""
    return "".join(filter(str.isalnum, name)).lower()
