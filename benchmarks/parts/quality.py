"""Epochs until a search is as good as 100 random trials that are all trained to the end.

The learning curves are predicted by a surrogate of real ones (`benchmarks.surrogate`) and run on a
virtual clock with four workers, so that only the searches' decisions count. The level is the best
of 100 full random trials, the median over ten draws. Every search sees the same curves and the same
noise.

Two levels are measured. With noise, the best reported metric reaches the best one that random
search reports; that is what a user sees, and is partly luck. Without noise, the true value of an
epoch reaches the best true value of random search, whether or not the search knows it.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.searchers import Optuna, Random, RayTune, Searcher, Sweep
from benchmarks.spaces import EPOCHS, SPACES, Space
from benchmarks.surrogate import Surrogate, surrogate
from benchmarks.virtual_clock import WORKERS, epochs

# Seeds. With 10 of them, a change of a sampler's numbers in the last bit moved a median from 426 to
# 693 epochs.
ROUNDS = 30
FULL_TRIALS = 100
# Epochs; a search that needs more is stopped and counts with these.
GIVEN_UP = FULL_TRIALS * EPOCHS
RAY, OPTUNA = "Ray Tune, OptunaSearch + ASHA", "Optuna, TPE + successive halving"
OPTUNA_MEDIAN = "Optuna, TPE + median"  # its default pruner

SEARCHES: Mapping[str, Callable[[Space, int, Path], Searcher]] = {
    OURS: Sweep,
    "sweep, method: tpe": partial(Sweep, method="tpe"),
    RAY: RayTune,
    OPTUNA: Optuna,
    OPTUNA_MEDIAN: partial(Optuna, pruner="MedianPruner"),
    "random, all to the end": Random,
}


@dataclass(frozen=True)
class Reached:
    """The cost of a search until it first reached a level.

    Attributes:
        epochs: trained epochs of all its trials.
        seconds: on the virtual clock.
        yes: whether it reached the level; False: it was stopped before.
    """

    epochs: int
    seconds: float
    yes: bool


@dataclass(frozen=True)
class Levels:
    """The levels to reach: the median over ten draws of the best of 100 random trials.

    Attributes:
        seen: with noise.
        true: without noise.
    """

    seen: float
    true: float


@dataclass(frozen=True)
class Outcome:
    """The cost of a search until it reached each level."""

    seen: Reached
    true: Reached


def measure(quick: bool) -> list[Table]:
    """Return epochs and virtual seconds until the levels are reached, one round for each seed."""
    seeds = range(2 if quick else ROUNDS)
    # Spaces run at the same time: a busy machine does not change a virtual clock.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        tables: list[Table] = []
        for of_space in pool.map(_tables, SPACES, [seeds] * len(SPACES)):
            tables += of_space
        return tables


def _tables(name: str, seeds: Sequence[int]) -> list[Table]:
    """Return the tables of one space."""
    space = SPACES[name]
    curves = surrogate(space)
    levels = levels_of(space, curves)
    seen: dict[str, list[Reached]] = {}
    true: dict[str, list[Reached]] = {}
    for search_name, make in SEARCHES.items():
        outcomes = [until(make, space, curves, seed, levels) for seed in seeds]
        seen[search_name] = [outcome.seen for outcome in outcomes]
        true[search_name] = [outcome.true for outcome in outcomes]
    what = (
        f"{space.title}: epochs until as good as the best of {FULL_TRIALS} random"
        f" trials ({GIVEN_UP} epochs)"
    )
    return [
        _epochs(f"{what}, as seen", levels.seen, seen),
        _epochs(f"{what}, without noise", levels.true, true),
        Table(
            "quality",
            f"{space.title}: the same, as seen, in virtual time of {WORKERS} workers",
            "virtual s",
            [Row(name, [run.seconds for run in runs]) for name, runs in seen.items()],
        ),
    ]


def _epochs(
    title: str, level: float, reached: Mapping[str, Sequence[Reached]]
) -> Table:
    """Return the table of epochs until one level."""
    note = (
        f"Level: {level:.4f}. One round a seed. Searches that needed more than"
        f" {GIVEN_UP} epochs count with them."
    )
    rows = []
    for name, runs in reached.items():
        count = sum(run.yes for run in runs)
        reached_in = f"reached in {count} of {len(runs)} rounds"
        rows.append(Row(name, [run.epochs for run in runs], reached_in))
    return Table(
        "quality",
        title,
        "epochs",
        rows,
        aim="≤ ½ of the better of Ray Tune and Optuna",
        goals=[Goal(0.5, against=[RAY, OPTUNA, OPTUNA_MEDIAN])],
        notes=[note],
    )


def levels_of(space: Space, curves: Surrogate) -> Levels:
    """Return the levels of a space."""

    def best(draw: int, noise: bool) -> float:
        search = Random(space, draw, Path())
        seed = draw if noise else None
        best_epochs = []
        for _ in range(FULL_TRIALS):
            _, config = search.ask()
            best_epochs.append(float(curves.accuracies(config, seed).max()))
        return max(best_epochs)

    draws = range(1000, 1010)
    return Levels(
        seen=statistics.median(best(draw, noise=True) for draw in draws),
        true=statistics.median(best(draw, noise=False) for draw in draws),
    )


def until(
    make: Callable[[Space, int, Path], Searcher],
    space: Space,
    curves: Surrogate,
    seed: int,
    levels: Levels,
) -> Outcome:
    """Run a search until it has reached both levels."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        search = make(space, seed, Path(folder))
        seen = true = None
        for number, epoch in enumerate(epochs(search, curves, seed), start=1):
            if seen is None and epoch.seen >= levels.seen:
                seen = Reached(number, epoch.now, True)
            if true is None and epoch.true >= levels.true:
                true = Reached(number, epoch.now, True)
            if number == GIVEN_UP or (seen is not None and true is not None):
                break
        given_up = Reached(GIVEN_UP, epoch.now, False)
    return Outcome(seen or given_up, true or given_up)
