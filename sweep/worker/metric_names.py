"""Whether a trainer reports the study's metric: misspelt at once, missing when it has ended.

An epoch without validation lacks the metric and is as it should be.
"""

from __future__ import annotations

from collections.abc import Iterable

from sweep.errors import MetricMissing, one_of


def check_spelling(metric: str | None, epoch: int, reported: Iterable[str]) -> None:
    """Refuse an epoch (counted from 1) with a metric that is the study's but for its case or
    punctuation.

    Raises:
        MetricMissing: there is such a metric, and not the study's own.
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
    """Refuse a whole run that never reported the study's metric; one without reports is not judged.

    Raises:
        MetricMissing: no epoch had it.
    """
    names = sorted(reported)
    if metric is not None and names and metric not in names:
        raise MetricMissing(
            f"no report carried the study's metric {metric!r}; {one_of(names, metric)}"
        )


def _letters(name: str) -> str:
    """A metric's name without case and punctuation: `val/f1` and `Val_F1` are `valf1`."""
    return "".join(filter(str.isalnum, name)).lower()
