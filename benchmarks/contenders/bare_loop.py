"""No tool at all: two processes of one thread train configurations back to back;
nothing is saved.
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
    """What a trainer needs, and nothing that costs time."""

    fold = folds = None

    def __init__(self, seed: int, epochs: int, folder: Path):
        self.seed, self.folder = seed, folder
        self._epochs = epochs

    def restore(self, **state: Any) -> int:
        """Begin at the beginning."""
        return 0

    def report(self, epoch: int, metrics: Any) -> bool:
        """Stop after as many epochs as the study trained."""
        return epoch + 1 >= self._epochs


def work(trainer: str, trials: multiprocessing.Queue[dict[str, Any]]) -> None:
    """Train what is left until nothing is."""
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
    """Train them all in two processes."""
    context = multiprocessing.get_context("spawn")
    left = context.Queue()
    for trial in trials:
        left.put(trial)
    workers = [context.Process(target=work, args=(trainer, left)) for _ in range(2)]
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
