"""The form of a caveat; `sweep.report.caveats` and `sweep.report.origins` find them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something to be said about one arm (or, with None, the table), with the trials it is about."""

    arm: str | None
    text: str
    trials: tuple[int, ...] = ()
