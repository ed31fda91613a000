"""Run contenders as separate programs, each in a new folder, in turn; measure them from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.machine import Process, family

ROOT = Path(__file__).parents[1]
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """One program that has ended.

    Attributes:
        start_time: when it was started, in seconds since 1970.
        seconds: wall clock until it ended.
        stamps: when each trial ended (`benchmarks.noop.stamp`), sorted, in seconds since 1970.
        output: its standard output.
        snapshots: its processes and their memory, at one moment after another.
    """

    start_time: float
    seconds: float
    stamps: list[float]
    output: str
    snapshots: Sequence[Sequence[Process]]

    @property
    def per_trial(self) -> float:
        """Return the seconds from one trial's end to the next, without the program's start."""
        warm = self.stamps[len(self.stamps) // 10 :]  # the first ones wait for workers
        return (warm[-1] - warm[0]) / (len(warm) - 1)

    @property
    def until_first(self) -> float:
        """Return the seconds until the first trial had ended."""
        return self.stamps[0] - self.start_time

    def result(self) -> Any:
        """Return the JSON in the last line of the output."""
        return json.loads(self.output.splitlines()[-1])


def run(
    module: str,
    options: Mapping[str, Any],
    *,
    watch: bool = False,
    limit: float = 900.0,
) -> Run:
    """Run `python -m module OPTIONS` in a new folder and wait for it.

    Args:
        module: the module to run.
        options: passed as JSON.
        watch: whether to record the memory of its processes.
        limit: seconds after which it is killed.

    Raises:
        RuntimeError: it failed or took too long; the message has the end of its standard error.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        stamps = Path(folder) / "stamps"
        stamps.touch()
        output, errors = Path(folder) / "stdout", Path(folder) / "stderr"
        with output.open("wb") as out, errors.open("wb") as err:
            start_time, start_clock = time.time(), time.monotonic()
            command = [sys.executable, "-m", module, json.dumps(dict(options))]
            process = subprocess.Popen(
                command, cwd=folder, env=_environment(stamps), stdout=out, stderr=err
            )
            snapshots = _watch(process, limit) if watch else []
            try:
                process.wait(limit)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise RuntimeError(
                    f"{module} had not ended after {limit:g} s"
                ) from None
        seconds = time.monotonic() - start_clock
        if process.returncode:
            tail = errors.read_text(errors="replace")[-2000:]
            raise RuntimeError(
                f"{module} ended with exit code {process.returncode}: {tail}"
            )
        ends = sorted(float(line) for line in stamps.read_text().splitlines())
        text = output.read_text(errors="replace")
        return Run(start_time, seconds, ends, text, snapshots)


def _environment(stamps: Path) -> dict[str, str]:
    """Return the environment of a contender, which writes its trials' ends to `stamps`."""
    folders = [str(ROOT)]
    if os.environ.get("PYTHONPATH"):
        folders.append(os.environ["PYTHONPATH"])
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(folders),
        "OMP_NUM_THREADS": "1",
        "STAMPS": str(stamps),
    }


def _watch(process: subprocess.Popen[bytes], limit: float) -> list[list[Process]]:
    """Record a program's processes until it ends."""
    snapshots = []
    deadline = time.monotonic() + limit
    while process.poll() is None and time.monotonic() < deadline:
        snapshots.append(family(process.pid))
        time.sleep(0.3)
    return snapshots


def interleaved(
    contenders: Mapping[str, Callable[[], T]], rounds: int
) -> dict[str, list[T]]:
    """Run every contender once in each round, in rotated order; return the results of each.

    A contender that fails is reported on standard error and not run again. It is left out of the
    results if it never succeeded.

    Raises:
        RuntimeError: no contender succeeded.
    """
    remaining = list(contenders)
    results: dict[str, list[T]] = {name: [] for name in remaining}
    for number in range(rounds):
        for name in _rotated(remaining, number):
            print(
                f"  round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True
            )
            try:
                results[name].append(contenders[name]())
            except RuntimeError as error:
                print(
                    f"  {name} failed and is not run again: {error}",
                    file=sys.stderr,
                    flush=True,
                )
                remaining.remove(name)
    if not remaining:
        raise RuntimeError("no contender ran; the errors are printed above")
    return {name: runs for name, runs in results.items() if runs}


def _rotated(names: list[str], by: int) -> Iterable[str]:
    """Return the names, beginning with number `by`."""
    by %= max(len(names), 1)
    return [*names[by:], *names[:by]]
