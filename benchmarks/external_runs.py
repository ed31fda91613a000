"""Runs of searches on external tasks, one line of JSON each, so that what was run is not run again.

python -m benchmarks.external_runs --tasks FOLDER --keep FILE [--seeds 0-19] [--minutes 25]
[--only CONTENDER,…] [--on TASK,…]
"""

from __future__ import annotations

import argparse
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

from benchmarks.external_searchers import Bohb, Dehb, Smac
from benchmarks.external_tasks import HELD_OUT, TUNED_ON, Task
from benchmarks.searchers import Optuna, Searcher, Sweep
from benchmarks.spaces import Space
from benchmarks.virtual_clock import epochs

CAP = 60  # full trainings, after which a search is given up, and counted with these
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
        epochs: until one was truly as good as the best of 100 full random trainings.
        reached: False: it was given up at `CAP` full trainings.
        seconds: CPU seconds that the search and the surrogate took.
        commit: of this repository, whose searches it is about.
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
    """A task, opened once a process."""
    return Task(name, folder)


def one(contender: str, name: str, folder: Path, seed: int) -> Run:
    """Run a search until it reached the level, or is given up."""
    known = task(name, folder)
    level, limit = known.facts.level, CAP * known.epochs
    began, reached, spent = time.process_time(), False, 0
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        search = CONTENDERS[contender](known.space, seed, Path(scratch))
        for epoch in islice(epochs(search, known, seed), limit):
            spent += 1
            if epoch.true >= level:
                reached = True
                break
    seconds = round(time.process_time() - began, 2)
    return Run(contender, name, seed, spent, reached, seconds, commit())


def kept(file: Path) -> list[Run]:
    """The runs of a file; none where it does not exist."""
    if not file.exists():
        return []
    return [
        Run(**json.loads(line))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def add(
    folder: Path,
    file: Path,
    contenders: Sequence[str],
    tasks: Sequence[str],
    seeds: Sequence[int],
    minutes: float,
) -> None:
    """Run what a file lacks, seed after seed, until the time is over."""
    until = time.monotonic() + 60 * minutes
    done = {(run.contender, run.task, run.seed) for run in kept(file)}
    for contender, name, seed in _wanted(contenders, tasks, seeds):
        if (contender, name, seed) in done:
            continue
        if time.monotonic() > until:
            return
        run = one(contender, name, folder, seed)
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(run)) + "\n")


def _wanted(
    contenders: Sequence[str], tasks: Sequence[str], seeds: Sequence[int]
) -> Iterator[tuple[str, str, int]]:
    for seed in seeds:
        for name in tasks:
            for contender in contenders:
                yield contender, name, seed


@cache
def commit() -> str:
    """The commit of this repository; `+` behind it where files differ from it."""
    root = Path(__file__).parents[1]
    command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+"]
    said = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


def main() -> None:
    """See above."""
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
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    tasks = HELD_OUT if asked.on == "held-out" else asked.on.split(",")
    add(asked.tasks, asked.keep, asked.only.split(";"), tasks, seeds, asked.minutes)


if __name__ == "__main__":
    main()
