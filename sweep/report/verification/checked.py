"""The result of one check of a verification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Checked:
    """The result for one kind of thing.

    Attributes:
        what: plural noun of the things checked, such as `checkpoints`.
        sound: how many agree with the log.
        problems: one line for each that does not.
        unverified: reason why things could not be verified → how many.
    """

    what: str
    sound: int = 0
    problems: list[str] = field(default_factory=list)
    unverified: Counter[str] = field(default_factory=Counter)


def summary(checks: Iterable[Checked]) -> list[str]:
    """The lines at the end: how much was verified, wrong, and not verified."""
    checks = list(checks)
    sound = ", ".join(f"{check.sound} {check.what}" for check in checks if check.sound)
    wrong = sum(len(check.problems) for check in checks)
    lines = [f"verified: {sound or 'nothing'}"]
    for check in checks:
        for why, count in sorted(check.unverified.items()):
            lines.append(f"not verified: {count} {check.what}: {why}")
    lines.append(
        f"problems: {wrong}" if wrong else "no problem was found in what was verified"
    )
    return lines
