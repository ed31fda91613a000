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
class Table:
    """One quantity for all contenders; smaller is better.

    Attributes:
        unit: of the rows' values.
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
            found.append((row.name, f"{row.median:.3g}", spread, str(len(row.values)), said, row.note))
        return found


HEADINGS = ("", "median", "quartiles", "rounds", "× reference", "")
