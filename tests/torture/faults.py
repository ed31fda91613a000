"""What goes wrong, and when: drawn from one seed, so that a torture can be repeated."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Literal, get_args

import psutil

from tests.torture import driver
from tests.torture.study import WITNESS

Fault = Literal["none", "worker", "raylet"]
Victim = Literal["trial process", "template process", "worker process"]


@dataclass(frozen=True)
class Plan:
    """One session: a driver is started, something may go wrong under it, and then it is killed.

    Attributes:
        working: the clock starts with the first epoch that the session trains, else with the
            process.
        before: seconds until the fault.
        fault: what is killed under the driver's feet.
        after: seconds from there until the driver is killed.
        power_cut: everything is killed at once, the watchdog included.
        form: by which door the driver is entered.
    """

    working: bool
    before: float
    fault: Fault
    after: float
    power_cut: bool
    form: driver.Form


@dataclass
class Wishes:
    """How many faults of each kind are still to come; the draw spreads them over the
    sessions that are left."""

    kills: int
    workers: int = 0
    raylets: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def draw(self, dice: random.Random) -> Plan:
        """The next session's plan."""
        left = max(self.kills - self.done["kills"], 1)
        fault: Fault = "none"
        roll = dice.random() * left
        if roll < self.raylets - self.done["raylets"]:
            fault = "raylet"
        elif (
            roll
            < self.raylets - self.done["raylets"] + self.workers - self.done["workers"]
        ):
            fault = "worker"
        working = fault != "none" or dice.random() < 0.6
        return Plan(
            working=working,
            before=dice.uniform(0, 3),
            fault=fault,
            after=dice.uniform(0, 40 if fault == "raylet" else 3),
            power_cut=dice.random() < 0.1,
            form=dice.choice(["python", "command"]),
        )


def carry_out(
    plan: Plan, home: Path, process: Popen[bytes], done: Counter[str]
) -> bool:
    """Follow the plan; False if the driver came to its end before it could be killed."""
    if plan.working and not wait_for_work(home, process):
        return False
    if ends_within(process, plan.before):
        return False
    if plan.fault == "worker":
        kind, victims = _with_a_trial(home, turn=done["workers"])
        killed = _kill_one(victims)
        done["workers"] += killed
        done[kind] += killed
    elif plan.fault == "raylet":
        done["raylets"] += _kill_one(
            [n for n, name in driver.family(home).items() if "raylet/raylet" in name]
        )
    if plan.fault != "none" and ends_within(process, plan.after):
        return False
    driver.kill(driver.family(home) if plan.power_cut else [process.pid])
    process.wait()
    done["kills"] += 1
    done["power cuts"] += plan.power_cut
    done["kills while starting"] += not plan.working
    return True


def _with_a_trial(home: Path, turn: int) -> tuple[Victim, list[int]]:
    """In turn a trial's own process, its template process, and the worker that has both.

    Of a trial that is gone by the time its template is looked for, nobody.
    """
    kinds: tuple[Victim, ...] = get_args(Victim)
    kind = kinds[turn % len(kinds)]
    trials = trainers_alive(home)[-1:]
    if not trials:
        return kind, []
    try:
        lineage = [psutil.Process(trials[0]), *psutil.Process(trials[0]).parents()]
    except psutil.NoSuchProcess:
        return kind, []
    if len(lineage) < len(kinds) or lineage[1].name() != "sweep-template":
        return kind, []
    return kind, [lineage[kinds.index(kind)].pid]


def trainers_alive(home: Path) -> list[int]:
    """Processes of trials, as the witness has it, newest last."""
    witness = home / WITNESS
    lines = witness.read_text().splitlines() if witness.exists() else []
    there = driver.family(home)
    return [
        number
        for number in dict.fromkeys(int(line.split()[3]) for line in lines)
        if number in there
    ]


def _kill_one(numbers: list[int]) -> int:
    driver.kill(numbers[-1:])
    return len(numbers[-1:])


def wait_for_work(home: Path, process: Popen[bytes]) -> bool:
    """Until an epoch is begun in this session; False if the driver ended before."""
    before = _epochs_begun(home)
    while _epochs_begun(home) == before:
        if process.poll() is not None:
            return False
        time.sleep(0.05)
    return True


def _epochs_begun(home: Path) -> int:
    witness = home / WITNESS
    return witness.read_bytes().count(b"epoch ") if witness.exists() else 0


def ends_within(process: Popen[bytes], seconds: float) -> bool:
    """Whether a process comes to its end within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            return True
        time.sleep(0.02)
    return process.poll() is not None
