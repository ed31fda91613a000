"""How soon a search is as good as 100 random trials that were all trained to the end.

On invented learning curves (`benchmarks.surrogate`) and a virtual clock, so that only the searches' decisions count:
four workers, each epoch as long as its network is wide. The level is what the best of 100 full random trials reaches,
the median over ten such draws. Searches see the curves' noise; whether the level is reached is asked without it, or it
would be a matter of luck among thousands of epochs. Every search sees the same curves.
"""

from __future__ import annotations

import heapq
import statistics
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.result import OURS, Row, Table
from benchmarks.searchers import Optuna, Random, RayTune, Searcher, Sweep
from benchmarks.surrogate import EPOCHS, accuracy, cost

WORKERS = 4
FULL_TRIALS = 100
GIVEN_UP = FULL_TRIALS * EPOCHS  # epochs; a search that needs more is counted with these

SEARCHES: dict[str, Callable[[int, Path], Searcher]] = {
    OURS: Sweep,
    "sweep, random": partial(Sweep, method="random"),
    "Ray Tune, OptunaSearch + ASHA": RayTune,
    "Optuna, TPE + successive halving": Optuna,
    "Optuna, TPE + median": partial(Optuna, pruner="MedianPruner"),
    "Optuna, TPE + Hyperband": partial(Optuna, pruner="HyperbandPruner"),
    "random, all to the end": Random,
}


def measure(quick: bool) -> list[Table]:
    """Epochs and virtual seconds until the level is reached, one round a seed."""
    seeds = range(2 if quick else 9)
    level = statistics.median(_best_random(seed) for seed in range(1000, 1010))
    found = {name: [_until(make, seed, level) for seed in seeds] for name, make in SEARCHES.items()}
    notes = [f"Level: {level:.4f}. One round a seed. Searches that needed more than {GIVEN_UP} epochs count with them."]
    return [
        Table(
            "quality",
            f"epochs until as good as the best of {FULL_TRIALS} random trials ({FULL_TRIALS * EPOCHS} epochs)",
            "epochs",
            [Row(name, [epochs for epochs, _ in runs], _reached(runs)) for name, runs in found.items()],
            aim="≤ ½ of the better of Ray Tune and Optuna",
            notes=notes,
        ),
        Table(
            "quality",
            f"the same in virtual time of {WORKERS} workers",
            "virtual s",
            [Row(name, [seconds for _, seconds in runs]) for name, runs in found.items()],
        ),
    ]


def _reached(runs: Sequence[tuple[int, float]]) -> str:
    return f"reached in {sum(epochs < GIVEN_UP for epochs, _ in runs)} of {len(runs)} rounds"


def _best_random(seed: int) -> float:
    search = Random(seed, Path())
    configs = [search.ask()[1] for _ in range(FULL_TRIALS)]
    return max(accuracy(config, epoch, None) for config in configs for epoch in range(EPOCHS))


def _until(make: Callable[[int, Path], Searcher], seed: int, level: float) -> tuple[int, float]:
    """Epochs trained, and the virtual time, when the level is first reached."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        search = make(seed, Path(folder))
        running = [(0.0, slot, None, {}, EPOCHS) for slot in range(WORKERS)]  # each takes a trial at once
        for epochs in range(1, GIVEN_UP + 1):
            now, slot, handle, config, epoch = heapq.heappop(running)
            if epoch == EPOCHS:
                (handle, config), epoch = search.ask(), 0
            now += cost(config)
            if accuracy(config, epoch, None) >= level:
                return epochs, now
            stopped = search.tell(handle, epoch, accuracy(config, epoch, 0))
            heapq.heappush(running, (now, slot, handle, config, EPOCHS if stopped else epoch + 1))
    return GIVEN_UP, now
