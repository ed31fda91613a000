"""`none`: every trial trains its full budget."""

from __future__ import annotations

from typing import Literal

from sweep.stopping.rule import Rule


class NoRule(Rule):
    """No trial is stopped early; the keys of all other rules are accepted and ignored.

    A profile or `--set early_terminate.type=none` can therefore switch off a rule.

    Attributes:
        type: `none`.
    """

    type: Literal["none"] = "none"

    def judged(self, epochs: int | None) -> list[int] | None:
        """Never."""
        return []
