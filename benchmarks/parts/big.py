"""A study of 10 000 trials and 1 000 000 epochs: opened to its first ask, and the commands that
read it.

Against pandas reading the same epochs, of which no checksum is verified and nothing is decided,
from a parquet file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import big_log
from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import ROOT

_LIMITS = {"sweep --help": 0.3, "sweep status": 1.0, "sweep report": 5.0}  # seconds
_OPEN = """
import sys
from pathlib import Path
from sweep.stages import search
from sweep.history.opening import read
history = read(Path(sys.argv[1]))
search.propose(history)
"""
_PANDAS = "import sys, pandas; print(len(pandas.read_parquet(sys.argv[1])))"
_PARQUET = """
import sys
from pathlib import Path
import pandas
from sweep.study import load
load(Path(sys.argv[1])).epochs().to_parquet(sys.argv[2])
"""


def measure(quick: bool) -> list[Table]:
    """Wall clock of each as a process of its own, and the memory it took."""
    trials, epochs, rounds = (200, 20, 1) if quick else (10_000, 100, 3)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as place:
        folder, parquet = Path(place) / "big", Path(place) / "epochs.parquet"
        folder.mkdir()
        size = big_log.write(folder, trials, epochs).stat().st_size
        _program(["-c", _PARQUET, str(folder), str(parquet)])
        programs = {
            OURS: ["-c", _OPEN, str(folder)],
            "pandas.read_parquet": ["-c", _PANDAS, str(parquet)],
            "sweep --help": ["-m", "sweep", "--help"],
            "sweep status": ["-m", "sweep", "status", str(folder)],
            "sweep report": ["-m", "sweep", "report", str(folder)],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, command in programs.items():
                found[name].append(_program(command))
    what = f"{trials:,} trials, {trials * epochs:,} epochs at most, a log of {size / 2**20:.0f} MiB"
    reading = [OURS, "pandas.read_parquet"]
    return [
        Table(
            "big",
            f"open, fold and first ask: {what}",
            "s",
            _rows(found, reading, 0),
            aim="≤ 2 s",
            goals=[Goal(2.0)],
        ),
        Table(
            "big",
            "its largest resident memory",
            "MiB",
            _rows(found, reading, 1),
            aim="≤ 1 GiB",
            goals=[Goal(1024.0)],
        ),
        Table(
            "big",
            "commands at that size, start of Python included",
            "s",
            _rows(found, [name for name in programs if name not in reading], 0),
            aim="--help ≤ 0.3 s, status ≤ 1 s, report ≤ 5 s",
            goals=[Goal(limit, row=row, what=row) for row, limit in _LIMITS.items()],
        ),
    ]


def _rows(
    found: dict[str, list[tuple[float, float]]], names: Sequence[str], which: int
) -> list[Row]:
    return [Row(name, [measured[which] for measured in found[name]]) for name in names]


def _program(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and largest resident MiB of a Python program; RuntimeError with what it said if it
    fails.

    The system says how large it was: no less than this process, which is smaller than all of them.
    """
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(
            status
        )  # it is waited for: nobody need do so again
        if process.returncode:
            said.seek(0)
            raise RuntimeError(
                f"{' '.join(command)[:200]}: {said.read()[-1000:].decode(errors='replace')}"
            )
    return seconds, used.ru_maxrss / 1024
