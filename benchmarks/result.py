"""The result of a part: measurements of contenders in one unit, and the goals to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

OURS = "sweep"


@dataclass(frozen=True)
class Row:
    """The measurements of one contender.

    Attributes:
        name: the contender.
        values: one measurement for each round, in the table's unit.
        note: what a reader must know, such as a smaller number of trials.
    """

    name: str
    values: Sequence[float]
    note: str = ""

    @property
    def median(self) -> float:
        """Return the median over the rounds."""
        return float(np.median(self.values))

    @property
    def quartiles(self) -> tuple[float, float]:
        """Return the first and third quartile over the rounds."""
        low, high = np.quantile(self.values, (0.25, 0.75))
        return float(low), float(high)


@dataclass(frozen=True)
class Goal:
    """A goal that a table is compared with.

    Attributes:
        at_most: upper limit of the row's median in the table's unit, or of its ratio to the
            smallest median of `against`.
        row: the row whose median is compared.
        against: contenders; those that did not run are left out. If none of them ran, the goal is
            not shown.
        what: a description; "" is the table's title.
    """

    at_most: float
    row: str = OURS
    against: Sequence[str] = ()
    what: str = ""


@dataclass(frozen=True)
class Table:
    """One quantity for all contenders; smaller is better.

    Attributes:
        part: the part that measured it.
        title: what is measured.
        unit: the unit of the rows' values.
        rows: one for each contender.
        aim: the goals in words; "" for a table without goals.
        reference: the row to which ratios are taken.
        notes: sentences below the table.
        goals: the goals that the summary of all parts shows.
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
        """Return a row for each measured goal: what, goal, measured value, and `yes` or `no`."""
        goal_rows = []
        medians = {row.name: row.median for row in self.rows}
        for goal in self.goals:
            rivals = {name: medians[name] for name in goal.against if name in medians}
            if goal.row not in medians or (goal.against and not rivals):
                continue
            measured, unit = medians[goal.row], self.unit
            if rivals:
                best = min(rivals, key=rivals.__getitem__)
                measured /= rivals[best]
                unit = f"× {best}"
            goal_rows.append(
                (
                    goal.what or self.title,
                    f"≤ {goal.at_most:.3g} {unit}",
                    f"{measured:.3g} {unit}",
                    "yes" if measured <= goal.at_most else "no",
                )
            )
        return goal_rows

    def ratio(self, row: Row) -> float | None:
        """Return the ratio of a row's median to the reference's; None without a reference."""
        for each in self.rows:
            if each.name == self.reference:
                return row.median / each.median if each.median else None
        return None

    def cells(self) -> list[tuple[str, ...]]:
        """Return name, median, quartiles, rounds, ratio and note of each row, as text."""
        lines = []
        for row in self.rows:
            low, high = row.quartiles
            spread = f"{low:.3g}–{high:.3g}" if len(row.values) > 1 else ""
            ratio = self.ratio(row)
            ratio_text = "" if ratio is None else f"{ratio:.3g}"
            median, rounds = f"{row.median:.3g}", str(len(row.values))
            lines.append((row.name, median, spread, rounds, ratio_text, row.note))
        return lines


HEADINGS = ("", "median", "quartiles", "rounds", "× reference", "")
