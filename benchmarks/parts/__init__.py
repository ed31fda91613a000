"""The parts of the benchmark, one file each with `measure(quick) -> list[Table]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from benchmarks.result import Table

Measure = Callable[[bool], list[Table]]

# Name → what the part compares, in the order in which parts run.
PARTS: Mapping[str, str] = {
    "overhead": "trials that only report: this project, Ray Tune, Optuna, Syne Tune",
    "wall": "real trials against a bare loop over the same epochs",
    "quality": "epochs until the search is as good as 100 random trials",
    "external": "the same on tasks from outside this project, whose data --tasks names",
    "ablation": "an ablation from its file to its table against a Ray Tune grid",
    "isolation": "state that one trial leaves to the next, and the cost of a process for each",
    "memory": "driver and workers, against Ray Tune",
    "growth": "cost of a trial as the study grows",
    "big": "opening, status and report of a study of 10 000 trials and 1 000 000 epochs",
    "losses": "losses against kornia, MONAI and plain formulas",
    "steps": "one training step of each trainer, with and without torch.compile",
    "gpu": "trials that share a GPU",
}


def part(name: str) -> Measure:
    """Return the function that measures a part."""
    measure: Measure = import_module(f"benchmarks.parts.{name}").measure
    return measure
