"""Trials that share one GPU: 1, 4, 8 and 16 at a time, with and without MPS, and the GPU's limit.

The part takes at most four minutes; settings that do not fit into them are named as not measured.
"""

from __future__ import annotations

import os
import time
from contextlib import nullcontext

from benchmarks import mps
from benchmarks.parts.wall import STUDIES
from benchmarks.result import Goal, Row, Table
from benchmarks.running import run

SHARING = (1, 4, 8, 16)
IMAGES = 173  # training images of an epoch of `clip` on the digits
LIMIT = "the card's limit"
SECONDS = 240.0
RESERVE = 30.0  # seconds of one setting, including the start of Ray
CONTEXTS = 3


def measure(quick: bool) -> list[Table]:
    """Return microseconds per trained sample for each number of trials, and a context's cost.

    Raises:
        RuntimeError: there is no GPU.
    """
    import torch

    if not torch.cuda.is_available():
        cores = os.cpu_count()
        raise RuntimeError(
            f"this machine has {cores} CPU cores and no GPU that torch sees: "
            f"`python -m benchmarks gpu --write` takes 4 minutes where there is one"
        )
    deadline = time.monotonic() + SECONDS
    card = torch.cuda.get_device_name()
    contexts = _contexts(card)
    return [_sharing(card, deadline, epochs=2 if quick else 20), *contexts]


def _sharing(card: str, deadline: float, epochs: int) -> Table:
    """Return the table of trials that share the GPU."""
    limit = run("benchmarks.contenders.gpu_limit", {}).result()
    note = f"batches of {limit['batch']}, one process"
    rows = [Row(LIMIT, [1e6 / limit["samples_per_second"]], note)]
    missing: list[str] = []
    why_not = mps.absent()
    kinds = (
        [("", nullcontext)] if why_not else [("", nullcontext), (", MPS", mps.service)]
    )
    for kind, around in kinds:
        with around():
            for at_once in SHARING:
                name = f"{at_once} at a time{kind}"
                if time.monotonic() + RESERVE > deadline:
                    missing.append(name)
                    continue
                rows.append(Row(name, [_microseconds(at_once, epochs)]))
    notes = [
        f"Not measured, as the {SECONDS:g} s were over: {', '.join(missing)}."
    ] * bool(missing)
    if why_not:
        notes.append(f"MPS is not measured: {why_not}.")
    notes.append(
        "Samples a second are a million divided by these; so are those of the limit."
    )
    title = f"a trained sample of clip on {card}, trials sharing it"
    goals = [Goal(2.0, row="16 at a time, MPS", against=[LIMIT])]
    return Table("gpu", title, "µs", rows, reference=LIMIT, notes=notes, goals=goals)


def _microseconds(at_once: int, epochs: int) -> float:
    """Return the microseconds per sample of twice as many trials as share the GPU.

    They are counted from the first trial's start to the last one's end.
    """
    study = STUDIES["clip"].format(trials=2 * at_once, epochs=epochs)
    cpu = min(1.0, (os.cpu_count() or 1) / at_once)
    share = f"{{cpu: {cpu:g}, gpu: {1 / at_once:g}}}"
    study = study.replace("{cpu: 1, max_concurrent: 2}", share)
    result = run("benchmarks.contenders.real_ours", {"study": study}).result()
    training: float = result["training"]
    return training * 1e6 / (2 * at_once * epochs * IMAGES)


def _contexts(card: str) -> list[Table]:
    """Return the tables of a CUDA context's time and memory, which each trial's process has."""
    contender = "benchmarks.contenders.cuda_context"
    results = [run(contender, {}).result() for _ in range(CONTEXTS)]
    seconds = Row("a process", [result["seconds"] for result in results])
    memory = Row("a process", [result["mib"] for result in results])
    return [
        Table(
            "gpu", f"a CUDA context on {card}, in time", "s", [seconds], reference=""
        ),
        Table(
            "gpu", f"a CUDA context on {card}, in memory", "MiB", [memory], reference=""
        ),
    ]
