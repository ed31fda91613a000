"""`none`: every trial runs its whole budget."""

from __future__ import annotations

from typing import Literal

from sweep.stopping.rule import Rule


class NoRule(Rule):
    """No trial is stopped early. The keys of all other rules are accepted and mean nothing.

    So a profile or `--set early_terminate.type=none` switches a rule off by one word.

    Attributes:
        type: `none`.
    """

    type: Literal["none"] = "none"

    def judged(self, epochs: int | None) -> list[int] | None:
        """Never."""
        return []
