"""One training step of each bundled trainer: forward, loss, backward, optimiser, with and without `torch.compile`."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from benchmarks.contenders.bare_loop import Run
from benchmarks.result import Row, Table
from trainers import clip, segmentation
from trainers.loop import Batch, make_optimizer
from trainers.settings.clip import ClipSettings
from trainers.settings.segmentation import SegmentationSettings

EAGER = "eager"
Step = Callable[[], None]


def measure(quick: bool) -> list[Table]:
    """Milliseconds a step, one thread; the first steps, in which compilation happens, are not counted."""
    torch.set_num_threads(1)
    rounds = 5 if quick else 30
    small = {"train_images": 8, "val_images": 2, "test_images": 2}
    return [
        _table("clip", clip, ClipSettings(), rounds),
        _table("segmentation", segmentation, SegmentationSettings(**small), rounds),
    ]


def _table(name: str, trainer: ModuleType, settings: Any, rounds: int) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        data = trainer.prepare(settings, Run(0, 1, Path(folder)))
    batch = next(iter(trainer.batches(settings, data, torch.Generator().manual_seed(0))))
    steps: dict[str, Step] = {}
    notes = []
    for kind in (EAGER, "torch.compile"):
        step = _step(trainer, settings, data, batch, compiled=kind != EAGER)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                step()
                step()
            steps[kind] = step
        except RuntimeError as error:  # torch.compile needs a C++ compiler
            notes.append(f"{kind} does not run here: {str(error).splitlines()[0]}")
    times: dict[str, list[float]] = {kind: [] for kind in steps}
    for _ in range(rounds):
        for kind, step in steps.items():
            began = time.perf_counter()
            step()
            times[kind].append((time.perf_counter() - began) * 1e3)
    size = len(next(iter(batch.values())))
    rows = [Row(kind, found) for kind, found in times.items()]
    return Table("steps", f"a step of {name}, {size} samples, one thread", "ms", rows, reference=EAGER, notes=notes)


def _step(trainer: ModuleType, settings: Any, data: Any, batch: Batch, *, compiled: bool) -> Step:
    torch.manual_seed(0)
    channels = data.train.images.shape[1]
    parts = (data,) if trainer is clip else (channels, len(data.classes))
    model = trainer.build(settings, *parts)
    optimizer = make_optimizer(settings, model, None)
    forward = torch.compile(model) if compiled else model
    hyper = trainer.hyperparameters(settings, data)

    def step() -> None:
        terms = trainer.loss(forward(batch["image"]), batch, hyper)
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()

    return step
