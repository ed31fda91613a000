"""Print coverage, size, family-wise error and power of every interval and test against nominal.

    python -m tests.simulation             # minutes
    python -m tests.simulation --short     # seconds, coarse
    python -m tests.simulation --only bold

Seeded: the same command prints the same table. Exit status 1 if a promise is not kept.
"""

from __future__ import annotations

import argparse
import sys

from tests.simulation.line import Line
from tests.simulation.registry import FULL, PROCEDURES, SHORT, TABLES

HEAD = f"{'case':58} {'quantity':32} {'measured':>16} {'promised':>16}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help=f"{SHORT} studies a case")
    parser.add_argument("--runs", type=int, help=f"studies a case, default {FULL}")
    parser.add_argument("--only", choices=[*PROCEDURES, *TABLES], help="one procedure")
    given = parser.parse_args()
    runs = given.runs or (SHORT if given.short else FULL)
    broken = 0
    for name, procedure in PROCEDURES.items():
        if given.only not in (None, name):
            continue
        _write(f"\n{name} ({runs} studies a case)\n{HEAD}")
        for line in procedure(runs):
            _write(_row(line))
            broken += not line.kept()
    for name, table in TABLES.items():
        if given.only in (None, name):
            repeats = given.runs or (table.short if given.short else table.full)
            _write(f"\n{name}\n{table.write(repeats)}")
    _write(f"\n{broken} promises broken" if broken else "\nevery promise kept")
    return 1 if broken else 0


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _row(line: Line) -> str:
    measured = f"{line.measured:.3f} ± {line.error:.3f}"
    promised = "published" if line.promise is None else str(line.promise)
    mark = "" if line.kept() else "  ← broken"
    return f"{line.case:58} {line.quantity:32} {measured:>16} {promised:>16}{mark}"


if __name__ == "__main__":
    sys.exit(main())
