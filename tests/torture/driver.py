"""A driver that can be killed: starting one, finding all it started, and waiting for that to be
gone.

Everything a driver starts inherits `MARK` in its environment, the watchdog included: the harness
does not rely on what the tool itself believes to be its family.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

MARK = "TORTURE_FAMILY"
NAME = "tortured"  # of the study
ROOT = Path(__file__).parents[2]

Form = Literal["python", "command"]

_PYTHON = """
import sys, sweep
sys.argv[1:] == ["run"] and sweep.run("study.yaml")
sys.argv[1:] == ["resume"] and sweep.resume("tortured")
"""


def start(
    home: Path, what: Literal["run", "resume"], form: Form = "python"
) -> subprocess.Popen[bytes]:
    """A process that runs or resumes the study in `home`, through the Python API or the
    command line."""
    target = {"run": "study.yaml", "resume": NAME}[what]
    command = (
        ["-c", _PYTHON, what] if form == "python" else ["-m", "sweep", what, target]
    )
    return launch(home, command)


def launch(
    home: Path, command: list[str], beyond: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """A Python process of the family of `home`, its words in `said.txt`, its temporary files in
    `tmp`.

    Args:
        beyond: environment variables beyond the usual ones.
    """
    started_with = {**environment(home), **(beyond or {})}
    with (home / "said.txt").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=home,
            env=started_with,
            stdout=said,
            stderr=said,
        )


def environment(home: Path) -> dict[str, str]:
    """What a process of the family of `home` is started with."""
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(temporary),
        MARK: str(home),
        # else Ray's agents write their title over their environment, and the mark with
        # it
        "SPT_NOENV": "1",
    }


def family(home: Path) -> dict[int, str]:
    """Living processes that drivers of `home` started, and what they are called."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={home}".encode() in (process / "environ").read_bytes().split(
                b"\0"
            ):
                name = (
                    (process / "cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode(errors="replace")
                )
                found[int(process.name)] = name[:120]
        except OSError:  # it has ended
            continue
    return found


def kill(numbers: Iterable[int]) -> None:
    """SIGKILL, to those that are still there."""
    for number in numbers:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def seconds_until_gone(home: Path, limit: float) -> float | None:
    """How long the last process of the family lives on; None if that is longer than `limit`."""
    began = time.monotonic()
    while family(home):
        if time.monotonic() - began > limit:
            return None
        time.sleep(0.05)
    return time.monotonic() - began


def left_folders(home: Path) -> list[str]:
    """What drivers left behind in their temporary folder."""
    there = (home / "tmp").glob("sweep-ray-*"), (home / "tmp/ray").glob("session_2*")
    return sorted(path.name for paths in there for path in paths)
