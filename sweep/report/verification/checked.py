"""What one check of a verification found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Checked:
    """What was looked at under one heading.

    Attributes:
        what: plural noun of the things checked, `checkpoints`.
        sound: how many are as the log says.
        problems: one line for each that is not.
        unverified: why something could not be verified → how many.
    """

    what: str
    sound: int = 0
    problems: list[str] = field(default_factory=list)
    unverified: Counter[str] = field(default_factory=Counter)


def summary(checks: Iterable[Checked]) -> list[str]:
    """The numbers at the end: what was verified, what was found wrong, and what could
    not be verified.
    """
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
