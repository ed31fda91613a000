"""How soon a search is as good as 100 random trials that were all trained to the end.

On learning curves foretold from real ones (`benchmarks.surrogate`) and a virtual clock, so that only the searches'
decisions count: four workers, each epoch as long as it took. The level is what the best of 100 full random trials
reaches, the median over ten such draws. Searches see the curves' noise; whether the level is reached is asked without
it, or it would be a matter of luck among thousands of epochs. Every search sees the same curves.
"""

from __future__ import annotations

import heapq
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.searchers import Optuna, Random, RayTune, Searcher, Sweep
from benchmarks.spaces import EPOCHS, SPACES, Space
from benchmarks.surrogate import Surrogate, surrogate

WORKERS = 4
FULL_TRIALS = 100
GIVEN_UP = FULL_TRIALS * EPOCHS  # epochs; a search that needs more is counted with these
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
    """What a search spent until the level was first reached.

    Attributes:
        epochs: trained, over all its trials.
        seconds: on the virtual clock.
        yes: False: it was given up.
    """

    epochs: int
    seconds: float
    yes: bool


def measure(quick: bool) -> list[Table]:
    """Epochs and virtual seconds until the level is reached, one round a seed, for each space."""
    seeds = range(2 if quick else 10)
    return [table for space in SPACES.values() for table in _tables(space, seeds)]


def _tables(space: Space, seeds: Sequence[int]) -> list[Table]:
    curves = surrogate(space)
    level = level_of(space, curves)
    found = {name: [until(make, space, curves, seed, level) for seed in seeds] for name, make in SEARCHES.items()}
    said = f"Level: {level:.4f}. One round a seed. Searches that needed more than {GIVEN_UP} epochs count with them."
    return [
        Table(
            "quality",
            f"{space.title}: epochs until as good as the best of {FULL_TRIALS} random trials ({GIVEN_UP} epochs)",
            "epochs",
            [Row(name, [run.epochs for run in runs], _reached(runs)) for name, runs in found.items()],
            aim="≤ ½ of the better of Ray Tune and Optuna",
            goals=[Goal(0.5, against=[RAY, OPTUNA, OPTUNA_MEDIAN])],
            notes=[said],
        ),
        Table(
            "quality",
            f"{space.title}: the same in virtual time of {WORKERS} workers",
            "virtual s",
            [Row(name, [run.seconds for run in runs]) for name, runs in found.items()],
        ),
    ]


def _reached(runs: Sequence[Reached]) -> str:
    return f"reached in {sum(run.yes for run in runs)} of {len(runs)} rounds"


def level_of(space: Space, curves: Surrogate) -> float:
    """What the best of 100 random trials reaches: the median over ten draws."""
    return statistics.median(_best_random(space, curves, seed) for seed in range(1000, 1010))


def _best_random(space: Space, curves: Surrogate, seed: int) -> float:
    search = Random(space, seed, Path())
    return max(float(curves.accuracies(search.ask()[1], None).max()) for _ in range(FULL_TRIALS))


def until(
    make: Callable[[Space, int, Path], Searcher], space: Space, curves: Surrogate, seed: int, level: float
) -> Reached:
    """Run a search until the level is first reached."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        search = make(space, seed, Path(folder))
        free = [(0.0, worker) for worker in range(WORKERS)]  # when a worker is free, and which
        trials = {worker: _Trial(curves, search, seed) for worker in range(WORKERS)}
        for epochs in range(1, GIVEN_UP + 1):
            now, worker = heapq.heappop(free)
            trial = trials[worker]
            now += trial.seconds
            if trial.level >= level:
                return Reached(epochs, now, True)
            if search.tell(trial.handle, trial.epoch, trial.value):
                trials[worker] = _Trial(curves, search, seed)
            else:
                trial.epoch += 1
            heapq.heappush(free, (now, worker))
    return Reached(GIVEN_UP, now, False)


class _Trial:
    """A trial that runs, with all of its curve."""

    def __init__(self, curves: Surrogate, search: Searcher, seed: int):
        self.handle, config = search.ask()
        self.seconds = curves.seconds(config)
        self.epoch = 0
        self._true, self._seen = curves.accuracies(config, None), curves.accuracies(config, seed)

    @property
    def level(self) -> float:
        """Accuracy of the running epoch, without noise."""
        return float(self._true[self.epoch])

    @property
    def value(self) -> float:
        """What the search is told of it."""
        return float(self._seen[self.epoch])
