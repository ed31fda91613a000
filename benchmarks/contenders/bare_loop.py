"""No tool: two processes of one thread each train one configuration after the other.

Nothing is saved.
"""

from __future__ import annotations

import json
import multiprocessing
import queue
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

THREADS = 1


class Run:
    """The second argument of a trainer, reduced to what takes no time."""

    fold = folds = None

    def __init__(self, seed: int, epochs: int, folder: Path):
        self.seed, self.folder = seed, folder
        self._epochs = epochs

    def restore(self, **state: Any) -> int:
        """Return epoch 0: there is no checkpoint."""
        return 0

    def report(self, epoch: int, metrics: Any) -> bool:
        """Return whether the trial has trained as many epochs as in the study."""
        return epoch + 1 >= self._epochs


def work(trainer: str, trials: multiprocessing.Queue[dict[str, Any]]) -> None:
    """Train configurations from the queue until it is empty."""
    import torch

    torch.set_num_threads(THREADS)
    train = import_module(f"sweep_trainers.{trainer}").train
    with tempfile.TemporaryDirectory() as folder:
        while True:
            try:
                trial = trials.get_nowait()
            except queue.Empty:
                return
            train(trial["config"], Run(trial["seed"], trial["epochs"], Path(folder)))


def main(trainer: str, trials: list[dict[str, Any]]) -> None:
    """Train all configurations in two processes."""
    context = multiprocessing.get_context("spawn")
    waiting = context.Queue()
    for trial in trials:
        waiting.put(trial)
    workers = [context.Process(target=work, args=(trainer, waiting)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit(
            f"a worker ended with {[worker.exitcode for worker in workers]}"
        )


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
