"""A study of 10 000 trials and 1 000 000 epochs: the time to its first suggestion, and commands.

The comparison is pandas reading the same epochs from a parquet file, without verifying checksums
and without a decision.
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
    """Return wall clock and memory of each program, which runs in its own process."""
    trials, epochs, rounds = (200, 20, 1) if quick else (10_000, 100, 3)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        folder, parquet = Path(scratch) / "big", Path(scratch) / "epochs.parquet"
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
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, command in programs.items():
                measured[name].append(_program(command))
    what = f"{trials:,} trials, {trials * epochs:,} epochs at most, a log of {size / 2**20:.0f} MiB"
    reading = [OURS, "pandas.read_parquet"]
    return [
        Table(
            "big",
            f"open, fold and first ask: {what}",
            "s",
            _rows(measured, reading, 0),
            aim="≤ 2 s",
            goals=[Goal(2.0)],
        ),
        Table(
            "big",
            "its largest resident memory",
            "MiB",
            _rows(measured, reading, 1),
            aim="≤ 1 GiB",
            goals=[Goal(1024.0)],
        ),
        Table(
            "big",
            "commands at that size, start of Python included",
            "s",
            _rows(measured, [name for name in programs if name not in reading], 0),
            aim="--help ≤ 0.3 s, status ≤ 1 s, report ≤ 5 s",
            goals=[Goal(limit, row=row, what=row) for row, limit in _LIMITS.items()],
        ),
    ]


def _rows(
    measured: dict[str, list[tuple[float, float]]], names: Sequence[str], index: int
) -> list[Row]:
    """Return a row for each program: seconds for index 0, MiB for index 1."""
    return [Row(name, [pair[index] for pair in measured[name]]) for name in names]


def _program(command: Sequence[str]) -> tuple[float, float]:
    """Run a Python program; return its seconds and its largest resident memory in MiB.

    The kernel reports at least the size of this process, which is smaller than all programs.

    Raises:
        RuntimeError: the program failed; the message has the end of its output.
    """
    with tempfile.TemporaryFile() as output:
        start_time = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start_time
        # wait4 has reaped the process; without this, Popen would wait for it again.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            end = output.read()[-1000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)[:200]}: {end}")
    return seconds, usage.ru_maxrss / 1024
