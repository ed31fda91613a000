"""The same kills over every tool, and the same questions to each.

A tool is a program with `work`, which starts or goes on as the tool's documentation says, and
`results`, which prints what the tool knows at the end. What was trained is known from the trainer's
own witness. A kill takes every process of the program at once, as a machine that goes down does.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture import driver
from tests.torture.baselines.programs.learning import PLANNED
from tests.torture.faults import ends_within

# seconds for a session that is left alone; on a busy machine Ray Tune needs several
# minutes
PATIENCE = 600.0
KILLS_A_STUDY = 5  # then it is left alone


@dataclass(frozen=True)
class Tool:
    """A program under comparison: its title, its module in `programs`, and its further
    arguments and environment."""

    title: str
    module: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


TOOLS = {
    "sweep": Tool("sweep", "this_tool"),
    "ray": Tool("Ray Tune, `Tuner.restore`", "ray_tune"),
    "ray-1s": Tool(
        "Ray Tune, a snapshot every second",
        "ray_tune",
        environment=(("TUNE_GLOBAL_CHECKPOINT_S", "1"),),
    ),
    "sqlite": Tool("Optuna, SQLite and heartbeat", "optuna_storage", ("sqlite",)),
    "journal": Tool("Optuna, journal", "optuna_storage", ("journal",)),
}


@dataclass
class Tally:
    """What one tool lost, over all its studies."""

    tool: Tool
    counts: Counter[str] = field(default_factory=Counter)


def compare(
    folder: Path, name: str, kills: int, seed: int, say: Callable[[str], None]
) -> Tally:
    """Studies of one tool, one after another, until it was killed so often."""
    tool = TOOLS[name]
    dice, tally = random.Random(seed), Tally(tool)
    while tally.counts["kills"] < kills and tally.counts["studies"] < kills:
        # a study may end before it is killed
        home = folder / f"{name}-{tally.counts['studies']}"
        home.mkdir(parents=True)
        _one_study(
            home,
            tool,
            min(KILLS_A_STUDY, kills - tally.counts["kills"]),
            dice,
            tally.counts,
        )
        say(f"{tool.title}: {dict(tally.counts)}")
    return tally


def _one_study(
    home: Path, tool: Tool, kills: int, dice: random.Random, counts: Counter[str]
) -> None:
    for _ in range(kills):
        process = _start(home, tool, "work")
        early = dice.random() < 0.3  # while the program starts or restores
        after = dice.uniform(0, 3 if early else 8)
        if not (early or _trains(home, process)) or ends_within(process, after):
            break
        while left := driver.family(home):
            driver.kill(left)
        process.wait()
        counts["kills"] += 1
    else:
        process = _start(home, tool, "work")
    if not ends_within(process, PATIENCE):
        driver.kill(driver.family(home))
        counts["studies that hung"] += 1
    elif process.wait():
        counts["studies that could not be continued"] += 1
    while left := driver.family(home):  # Ray's agents
        driver.kill(left)
    _count(home, tool, counts)


def _start(home: Path, tool: Tool, verb: str) -> subprocess.Popen[bytes]:
    module = f"tests.torture.baselines.programs.{tool.module}"
    return driver.launch(
        home, ["-m", module, verb, str(home), *tool.arguments], dict(tool.environment)
    )


def _trains(home: Path, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the session begins an epoch; False if it ends before, or never does."""
    before, until = len(_witness(home)), time.monotonic() + PATIENCE
    while len(_witness(home)) == before:
        if process.poll() is not None or time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _witness(home: Path) -> list[tuple[str, str, int]]:
    file = home / "trained.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [
        (what, trial, int(epoch)) for what, trial, epoch, _ in map(str.split, lines)
    ]


def results(home: Path, tool: Tool) -> dict[str, tuple[str, int]]:
    """Trial → state and epochs, as the tool tells them; empty if it cannot."""
    module = f"tests.torture.baselines.programs.{tool.module}"
    command = [sys.executable, "-m", module, "results", str(home), *tool.arguments]
    done = subprocess.run(
        command, env=driver.environment(home), capture_output=True, text=True, cwd=home
    )
    lines = done.stdout.strip().splitlines()
    return (
        {
            name: (state, epochs)
            for name, (state, epochs) in json.loads(lines[-1]).items()
        }
        if lines
        else {}
    )


def _count(home: Path, tool: Tool, counts: Counter[str]) -> None:
    """Hold what the tool says at the end against what was trained."""
    witness, told = _witness(home), results(home, tool)
    finished = {
        name: epochs for name, (state, epochs) in told.items() if state == "finished"
    }
    ended: dict[str, int] = {}
    for line, (what, trial, _) in enumerate(witness):
        if what == "end":
            ended.setdefault(trial, line)
    again = {
        trial
        for line, (what, trial, _) in enumerate(witness)
        if what == "epoch" and line > ended.get(trial, line)
    }
    begun = Counter((trial, epoch) for what, trial, epoch in witness if what == "epoch")
    counts["studies"] += 1
    counts["planned"] += PLANNED
    counts["in the results"] += len(finished)
    counts["said to be finished"] += len(ended)
    counts["finished, then gone"] += len(ended.keys() - finished.keys())
    counts["finished, then trained again"] += len(again)
    counts["too few"] += max(PLANNED - len(finished), 0)
    counts["too many"] += max(len(finished) - PLANNED, 0)
    counts["left in another state"] += len(told) - len(finished)
    counts["epochs trained"] += begun.total()
    counts["epochs in vain"] += begun.total() - sum(
        len({e for t, e in begun if t == name}) for name in finished
    )
