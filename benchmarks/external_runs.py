"""Runs of searches on external tasks, one line of JSON each; runs in the file are not repeated.

python -m benchmarks.external_runs --tasks FOLDER --keep FILE [--seeds 0-19] [--minutes 25]
[--only CONTENDER,…] [--on TASK,…]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TextIO, cast

from benchmarks.external_searchers import Bohb, Dehb, Smac
from benchmarks.external_tasks import HELD_OUT, TUNED_ON, Task
from benchmarks.searchers import Optuna, Searcher, Sweep
from benchmarks.spaces import Space
from benchmarks.virtual_clock import epochs

CAP = 60  # full trainings: a search that needs more is stopped and counts with these
PROMOTE = "asha, form: promote"
Make = Callable[[Space, int, Path], Searcher]
CONTENDERS: Mapping[str, Make] = {
    # The default where a resumed curve equals an uninterrupted one.
    "sweep": partial(Sweep, pruner=PROMOTE),
    "sweep, form: stop": Sweep,
    "sweep, random + asha": partial(Sweep, method="random"),
    "sweep, random + asha, form: promote": partial(
        Sweep, method="random", pruner=PROMOTE
    ),
    "sweep, tpe + asha": partial(Sweep, method="tpe"),
    "sweep, tpe + asha, form: promote": partial(Sweep, method="tpe", pruner=PROMOTE),
    "sweep, gp + asha": partial(Sweep, method="gp"),
    "sweep, cmaes + asha": partial(Sweep, method="cmaes"),
    "Optuna, multivariate TPE + hyperband": partial(
        Optuna,
        pruner="HyperbandPruner",
        multivariate=True,
        group=True,
        constant_liar=True,
    ),
    "Optuna, TPE + successive halving": Optuna,
    "DEHB": Dehb,
    "SMAC": Smac,
    "BOHB (Syne Tune)": Bohb,
}


@dataclass(frozen=True)
class Run:
    """One search.

    Attributes:
        epochs: until one was as good, without noise, as the best of 100 full random trainings.
        reached: whether that happened within `CAP` full trainings.
        seconds: CPU seconds of the search and the surrogate.
        commit: the commit of this repository.
    """

    contender: str
    task: str
    seed: int
    epochs: int
    reached: bool
    seconds: float
    commit: str


@cache
def task(name: str, folder: Path) -> Task:
    """Return a task; a process opens it once."""
    return Task(name, folder)


def one(contender: str, name: str, folder: Path, seed: int) -> Run:
    """Run a search until it reaches the level, or for `CAP` full trainings."""
    opened = task(name, folder)
    level, limit = opened.facts.level, CAP * opened.epochs
    start_time, reached, trained = time.process_time(), False, 0
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        search = CONTENDERS[contender](opened.space, seed, Path(scratch))
        for epoch in islice(epochs(search, opened, seed), limit):
            trained += 1
            if epoch.true >= level:
                reached = True
                break
    seconds = round(time.process_time() - start_time, 2)
    return Run(contender, name, seed, trained, reached, seconds, commit())


def kept(file: Path) -> list[Run]:
    """Return the runs in a file; empty if it does not exist."""
    if not file.exists():
        return []
    with _opened(file, "rt") as lines:
        return [Run(**json.loads(line)) for line in lines]


def add(
    folder: Path,
    file: Path,
    contenders: Sequence[str],
    tasks: Sequence[str],
    seeds: Sequence[int],
    minutes: float,
) -> None:
    """Add the runs that a file does not have, seed after seed, until the time is over."""
    deadline = time.monotonic() + 60 * minutes
    present = {(run.contender, run.task, run.seed) for run in kept(file)}
    for contender, name, seed in _all_runs(contenders, tasks, seeds):
        if (contender, name, seed) in present:
            continue
        if time.monotonic() > deadline:
            return
        run = one(contender, name, folder, seed)
        with _opened(file, "at") as out:
            out.write(json.dumps(asdict(run)) + "\n")


def _opened(file: Path, mode: str) -> TextIO:
    """Open a file as text, a compressed one (`.gz`) as what it contains."""
    if file.suffix == ".gz":
        return cast("TextIO", gzip.open(file, mode, encoding="utf-8"))
    return cast("TextIO", file.open(mode, encoding="utf-8"))


def _all_runs(
    contenders: Sequence[str], tasks: Sequence[str], seeds: Sequence[int]
) -> Iterator[tuple[str, str, int]]:
    """Yield contender, task and seed of each run, seed by seed."""
    for seed in seeds:
        for name in tasks:
            for contender in contenders:
                yield contender, name, seed


@cache
def commit() -> str:
    """Return the commit of this repository, followed by `+` if files differ from it."""
    root = Path(__file__).parents[1]
    command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+"]
    finished = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    return finished.stdout.strip()


def main() -> None:
    """Add runs as the command line says."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--seeds", default="0-19")
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument(
        "--only", default=";".join(CONTENDERS), help="contenders, between semicolons"
    )
    parser.add_argument("--on", default=",".join(TUNED_ON), help="tasks, or `held-out`")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    tasks = HELD_OUT if options.on == "held-out" else options.on.split(",")
    add(
        options.tasks,
        options.keep,
        options.only.split(";"),
        tasks,
        seeds,
        options.minutes,
    )


if __name__ == "__main__":
    main()
