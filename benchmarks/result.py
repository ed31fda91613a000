"""What a part hands back: named measurements in one unit, and the aim they are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

OURS = "sweep"


@dataclass(frozen=True)
class Row:
    """One contender.

    Attributes:
        values: one measurement a round, in the table's unit.
        note: what has to be known to read it (a smaller number of trials, a setting).
    """

    name: str
    values: Sequence[float]
    note: str = ""

    @property
    def median(self) -> float:
        """Median over the rounds."""
        return float(np.median(self.values))

    @property
    def quartiles(self) -> tuple[float, float]:
        """First and third quartile over the rounds."""
        low, high = np.quantile(self.values, (0.25, 0.75))
        return float(low), float(high)


@dataclass(frozen=True)
class Goal:
    """An aim that a table can be held against.

    Attributes:
        at_most: of the row's median in the table's unit, or of its ratio to the smallest median of
            `against`.
        row: whose median.
        against: contenders; those that did not run are passed over. None of them there: nothing is
            said.
        what: where the table's title does not say it well.
    """

    at_most: float
    row: str = OURS
    against: Sequence[str] = ()
    what: str = ""


@dataclass(frozen=True)
class Table:
    """One quantity for all contenders; smaller is better.

    Attributes:
        unit: of the rows' values.
        goals: what the summary of all parts says of it.
        aim: what is hoped for, in words; "" where a table only informs.
        reference: the row that ratios are taken to.
        notes: sentences below the table.
    """

    part: str
    title: str
    unit: str
    rows: Sequence[Row]
    aim: str = ""
    reference: str = OURS
    notes: Sequence[str] = field(default_factory=tuple)
    goals: Sequence[Goal] = ()

    def held(self) -> list[tuple[str, str, str, str]]:
        """For each goal that could be measured: what, the aim, what was measured, and
        `yes` or `no`.
        """
        found = []
        medians = {row.name: row.median for row in self.rows}
        for goal in self.goals:
            rivals = {name: medians[name] for name in goal.against if name in medians}
            if goal.row not in medians or (goal.against and not rivals):
                continue
            best = min(rivals, key=rivals.__getitem__, default="")
            measured = medians[goal.row] / (rivals[best] if best else 1.0)
            unit = f"× {best}" if best else self.unit
            said = [f"{figure:.3g} {unit}" for figure in (goal.at_most, measured)]
            found.append(
                (
                    goal.what or self.title,
                    f"≤ {said[0]}",
                    said[1],
                    "yes" if measured <= goal.at_most else "no",
                )
            )
        return found

    def ratio(self, row: Row) -> float | None:
        """How many times the reference's median a row's is; None without a reference."""
        own = next((r for r in self.rows if r.name == self.reference), None)
        return None if own is None or not own.median else row.median / own.median

    def cells(self) -> list[tuple[str, ...]]:
        """Name, median, quartiles, rounds, ratio and note of each row, as text."""
        found = []
        for row in self.rows:
            low, high = row.quartiles
            ratio = self.ratio(row)
            said = "" if ratio is None else f"{ratio:.3g}"
            spread = f"{low:.3g}–{high:.3g}" if len(row.values) > 1 else ""
            found.append(
                (
                    row.name,
                    f"{row.median:.3g}",
                    spread,
                    str(len(row.values)),
                    said,
                    row.note,
                )
            )
        return found


HEADINGS = ("", "median", "quartiles", "rounds", "× reference", "")
