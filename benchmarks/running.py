"""Contenders as programs of their own: started in a fresh folder, timed from outside, in turns."""

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
    """What became of one program.

    Attributes:
        began: when it was started, seconds since the epoch.
        seconds: wall clock until it ended.
        stamps: when each trial ended (`benchmarks.noop.stamp`), sorted, seconds since the epoch.
        said: its standard output.
        looks: its processes and their memory, as they were one moment after another.
    """

    began: float
    seconds: float
    stamps: list[float]
    said: str
    looks: Sequence[Sequence[Process]]

    @property
    def per_trial(self) -> float:
        """Seconds from one trial's end to the next, start and finish of the program left out."""
        warm = self.stamps[
            len(self.stamps) // 10 :
        ]  # the first ones wait for workers to start
        return (warm[-1] - warm[0]) / (len(warm) - 1)

    @property
    def until_first(self) -> float:
        """Seconds until the first trial had ended."""
        return self.stamps[0] - self.began


def run(
    module: str,
    options: Mapping[str, Any],
    *,
    watch: bool = False,
    limit: float = 900.0,
) -> Run:
    """Run `python -m module OPTIONS` in a folder of its own and wait for it.

    Args:
        options: given as JSON, with `stamps`, the file for the trials' ends.
        watch: look at its processes' memory all the while.
        limit: seconds after which it is ended.

    Raises:
        RuntimeError: it failed, or took too long; the message has the end of what it said.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        stamps = Path(folder) / "stamps"
        stamps.touch()
        said, complained = Path(folder) / "stdout", Path(folder) / "stderr"
        path = os.pathsep.join(
            part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part
        )
        environment = {
            **os.environ,
            "PYTHONPATH": path,
            "OMP_NUM_THREADS": "1",
            "STAMPS": str(stamps),
        }
        with said.open("wb") as out, complained.open("wb") as err:
            began, clock = time.time(), time.monotonic()
            command = [sys.executable, "-m", module, json.dumps(dict(options))]
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=out, stderr=err
            )
            looks = _watch(process, limit) if watch else []
            try:
                process.wait(limit)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise RuntimeError(
                    f"{module} had not ended after {limit:g} s"
                ) from None
        seconds = time.monotonic() - clock
        if process.returncode:
            tail = complained.read_text(errors="replace")[-2000:]
            raise RuntimeError(
                f"{module} ended with exit code {process.returncode}: {tail}"
            )
        ends = sorted(float(line) for line in stamps.read_text().splitlines())
        return Run(began, seconds, ends, said.read_text(errors="replace"), looks)


def _watch(process: subprocess.Popen[bytes], limit: float) -> list[list[Process]]:
    looks = []
    until = time.monotonic() + limit
    while process.poll() is None and time.monotonic() < until:
        looks.append(family(process.pid))
        time.sleep(0.3)
    return looks


def interleaved(
    contenders: Mapping[str, Callable[[], T]], rounds: int
) -> dict[str, list[T]]:
    """Run every contender once a round, in a rotated order, and collect what each returns.

    One that fails is said to on standard error, takes part no more, and is left out where it never
    succeeded.

    Raises:
        RuntimeError: none succeeded.
    """
    left = list(contenders)
    found: dict[str, list[T]] = {name: [] for name in left}
    for number in range(rounds):
        for name in _rotated(left, number):
            print(
                f"  round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True
            )
            try:
                found[name].append(contenders[name]())
            except RuntimeError as error:
                print(
                    f"  {name} takes part no more: {error}", file=sys.stderr, flush=True
                )
                left.remove(name)
    if not left:
        raise RuntimeError("no contender ran; what each said stands above")
    return {name: runs for name, runs in found.items() if runs}


def _rotated(names: list[str], by: int) -> Iterable[str]:
    by %= max(len(names), 1)
    return [*names[by:], *names[:by]]
