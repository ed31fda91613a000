"""How soon a search is as good as 100 random trials that were all trained to the end.

On learning curves foretold from real ones (`benchmarks.surrogate`) and a virtual clock, so that
only the searches' decisions count: four workers, each epoch as long as it took. The level is what
the best of 100 full random trials reaches, the median over ten such draws. Every search sees the
same curves, noise included.

Asked twice. As seen: the best validation metric that was reported reaches the level of the best one
that random search sees, which is what a user sees, and partly luck. And without noise: an epoch is
as good in truth as the best one of random search is in truth, whether the search knows it or not.
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

# seeds; with 10 a change of the last bit of a sampler's numbers moved a median from 426
# to 693 epochs
ROUNDS = 30
FULL_TRIALS = 100
GIVEN_UP = (
    FULL_TRIALS * EPOCHS
)  # epochs; a search that needs more is counted with these
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
    """What a search spent until a level was first reached.

    Attributes:
        epochs: trained, over all its trials.
        seconds: on the virtual clock.
        yes: False: it was given up.
    """

    epochs: int
    seconds: float
    yes: bool


@dataclass(frozen=True)
class Levels:
    """What is to be reached: the median, over ten draws, of the best of 100 random trials."""

    seen: float
    true: float


@dataclass(frozen=True)
class Outcome:
    """When a search reached each of them."""

    seen: Reached
    true: Reached


def measure(quick: bool) -> list[Table]:
    """Epochs and virtual seconds until the levels are reached, one round a seed, for each space."""
    seeds = range(2 if quick else ROUNDS)
    with ProcessPoolExecutor(
        mp_context=get_context("spawn")
    ) as pool:  # a virtual clock minds no neighbour
        return [
            table
            for tables in pool.map(_tables, SPACES, [seeds] * len(SPACES))
            for table in tables
        ]


def _tables(name: str, seeds: Sequence[int]) -> list[Table]:
    space = SPACES[name]
    curves = surrogate(space)
    levels = levels_of(space, curves)
    found = {
        name: [until(make, space, curves, seed, levels) for seed in seeds]
        for name, make in SEARCHES.items()
    }
    seen = {
        name: [outcome.seen for outcome in outcomes] for name, outcomes in found.items()
    }
    true = {
        name: [outcome.true for outcome in outcomes] for name, outcomes in found.items()
    }
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


def _epochs(title: str, level: float, found: Mapping[str, Sequence[Reached]]) -> Table:
    said = (
        f"Level: {level:.4f}. One round a seed. Searches that needed more than"
        f" {GIVEN_UP} epochs count with them."
    )
    return Table(
        "quality",
        title,
        "epochs",
        [
            Row(
                name,
                [run.epochs for run in runs],
                f"reached in {sum(run.yes for run in runs)} of {len(runs)} rounds",
            )
            for name, runs in found.items()
        ],
        aim="≤ ½ of the better of Ray Tune and Optuna",
        goals=[Goal(0.5, against=[RAY, OPTUNA, OPTUNA_MEDIAN])],
        notes=[said],
    )


def levels_of(space: Space, curves: Surrogate) -> Levels:
    """The levels of a space."""

    def best(draw: int, noise: bool) -> float:
        search = Random(space, draw, Path())
        asked = (search.ask()[1] for _ in range(FULL_TRIALS))
        return max(
            float(curves.accuracies(config, draw if noise else None).max())
            for config in asked
        )

    seen, true = (
        [best(draw, noise) for draw in range(1000, 1010)] for noise in (True, False)
    )
    return Levels(statistics.median(seen), statistics.median(true))


def until(
    make: Callable[[Space, int, Path], Searcher],
    space: Space,
    curves: Surrogate,
    seed: int,
    levels: Levels,
) -> Outcome:
    """Run a search until both levels were reached."""
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
