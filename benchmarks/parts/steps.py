"""One training step of each bundled trainer, with and without `torch.compile`.

A step is forward, loss, backward and optimiser.
"""

from __future__ import annotations

import copy
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from benchmarks.contenders.bare_loop import Run
from benchmarks.result import Row, Table
from sweep_trainers import clip, fusion, segmentation
from sweep_trainers.loop import Batch, make_optimizer
from sweep_trainers.settings.clip import ClipSettings
from sweep_trainers.settings.fusion import FusionSettings
from sweep_trainers.settings.segmentation import SegmentationSettings

EAGER, COMPILED = "eager", "torch.compile"
Step = Callable[[], None]


class Parts(NamedTuple):
    """The parts of a trainer's step.

    Attributes:
        forward: (model, batch) → outputs; this function is compiled.
        loss: (outputs, batch, hyperparameters) → terms.
    """

    model: torch.nn.Module
    batch: Batch
    forward: Callable[[torch.nn.Module, Batch], Any]
    loss: Callable[[Any, Batch, Any], dict[str, torch.Tensor]]
    hyperparameters: dict[str, Any]


def measure(quick: bool) -> list[Table]:
    """Return milliseconds per step on one thread, without the first steps, which compile."""
    torch.set_num_threads(1)
    rounds = 5 if quick else 30
    return [_table(name, rounds) for name in TRAINERS]


def _clip(run: Run) -> Parts:
    """Return the parts of a step of `clip`."""
    settings = ClipSettings()
    data = clip.prepare(settings, run)
    batch = next(iter(clip.batches(settings, data, torch.Generator().manual_seed(0))))
    return Parts(
        clip.build(settings, data),
        batch,
        _image,
        clip.loss,
        clip.hyperparameters(settings, data),
    )


def _fusion(run: Run) -> Parts:
    """Return the parts of a step of `fusion`."""
    settings = FusionSettings()
    data = fusion.prepare(settings, run)
    batch = next(
        iter(fusion.batches(settings, data.train, torch.Generator().manual_seed(0)))
    )
    model = fusion.build(settings, data.dimensions, len(data.classes))
    return Parts(
        model,
        batch,
        fusion.forward,
        fusion.loss,
        fusion.hyperparameters(settings, data),
    )


def _segmentation(run: Run) -> Parts:
    """Return the parts of a step of `segmentation`."""
    settings = SegmentationSettings(train_images=8, val_images=2, test_images=2)
    data = segmentation.prepare(settings, run)
    batch = next(
        iter(segmentation.batches(settings, data, torch.Generator().manual_seed(0)))
    )
    model = segmentation.build(settings, data.train.channels, len(data.classes))
    return Parts(
        model,
        batch,
        _image,
        segmentation.loss,
        segmentation.hyperparameters(settings, data),
    )


def _image(model: torch.nn.Module, batch: Batch) -> Any:
    """Return the model's output for the batch's images."""
    return model(batch["image"])


TRAINERS: dict[str, tuple[Callable[[Run], Parts], Any]] = {
    "clip": (_clip, ClipSettings),
    "fusion": (_fusion, FusionSettings),
    "segmentation": (_segmentation, SegmentationSettings),
}


def _table(name: str, rounds: int) -> Table:
    """Return the table of one trainer."""
    make, settings = TRAINERS[name]
    with tempfile.TemporaryDirectory() as folder:
        parts = make(Run(0, 1, Path(folder)))
    steps: dict[str, Step] = {}
    notes = []
    for kind in (EAGER, COMPILED):
        print(f"  {name}: {kind}", flush=True)
        step = _step(parts, settings(), compiled=kind == COMPILED)
        start_time = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                step()
                step()
        except RuntimeError as error:  # torch.compile needs a C++ compiler
            notes.append(f"{kind} does not run here: {str(error).splitlines()[0]}")
            continue
        steps[kind] = step
        if kind == COMPILED:
            seconds = time.perf_counter() - start_time
            notes.append(f"The first two steps compiled took {seconds:.0f} s.")
    times: dict[str, list[float]] = {kind: [] for kind in steps}
    for _ in range(rounds):
        for kind, step in steps.items():
            start_time = time.thread_time()
            step()
            times[kind].append((time.thread_time() - start_time) * 1e3)
    size = len(next(iter(parts.batch.values())))
    rows = [Row(kind, milliseconds) for kind, milliseconds in times.items()]
    notes.append("CPU time of the thread that trains and of no other.")
    return Table(
        "steps",
        f"a step of {name}, {size} samples, one thread",
        "ms",
        rows,
        reference=EAGER,
        notes=notes,
    )


def _step(parts: Parts, settings: Any, *, compiled: bool) -> Step:
    """Return a function that takes one training step of a copy of the model."""
    model = copy.deepcopy(parts.model)
    optimizer = make_optimizer(settings, model, None)
    forward = torch.compile(parts.forward) if compiled else parts.forward

    def step() -> None:
        terms = parts.loss(
            forward(model, parts.batch), parts.batch, parts.hyperparameters
        )
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()
        optimizer.step()

    return step
