"""Trials of one worker, alternately in its own process and in processes forked from a template."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sweep import command
from sweep.model.trial import Assignment
from sweep.worker.attempt import Attempt
from sweep.worker.job import Job, RunningTrial
from sweep.worker.template import Template
from sweep.worker.trial_process import TrialProcess

TRAINERS = """
import torch
from torch import nn

def noop(config, run):
    for epoch in range(run.proceed(), 3):
        if run.report(epoch, {"m": 0.5}): break

def small(config, run):
    torch.manual_seed(run.seed)
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 2))
    optimizer, x = torch.optim.AdamW(model.parameters()), torch.randn(256, 20)
    for epoch in range(run.restore(model=model, optimizer=optimizer), 3):
        loss = model(x).square().mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        if run.report(epoch, {"m": loss.detach()}): break
"""
# name → trainer, metric, configuration
KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "no-op": ("own.py:noop", "m", {}),
    "small": ("own.py:small", "m", {}),
    "clip": ("clip", "val/balanced_accuracy", {"epochs": 2}),
    "fusion": ("fusion", "val/macro_f1", {"epochs": 2}),
}


def main(kind: str, trials: int) -> None:
    """Print the milliseconds of each trial to its first report and to its end, for both ways."""
    trainer, metric, config = KINDS[kind]
    with tempfile.TemporaryDirectory(prefix="trial-cost-") as folder:
        (Path(folder) / "own.py").write_text(TRAINERS, encoding="utf-8")
        job = Job("cost", trainer, folder, metric, "maximize")
        template = Template()
        ways = {
            "in place": lambda assignment: Attempt(command.load, job, assignment),
            "process": lambda assignment: TrialProcess(template, job, assignment),
        }
        times: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for number in range(2 * (trials + 2)):
            way = list(ways)[number % 2]
            assignment = Assignment(
                number, kind, config, 0, None, None, 1, f"{folder}/{number}", None, {}
            )
            times[way].append(_timed(ways[way], assignment))
        template.close()
    # The first two trials of each way import libraries and read the data.
    warm = {way: measured[2:] for way, measured in times.items()}
    print(json.dumps(warm))


def _timed(start: Any, assignment: Assignment) -> tuple[float, float]:
    """Return the milliseconds to a trial's first report and to its end."""
    start_time = time.perf_counter()
    attempt: RunningTrial = start(assignment)
    message = attempt.next()
    first = time.perf_counter() - start_time
    while message.kind == "epoch":
        message = attempt.next()
    if message.kind != "end":
        raise SystemExit(message.failure)
    attempt.stop()
    return 1000 * first, 1000 * (time.perf_counter() - start_time)


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    options.pop("stamps", None)
    main(**options)
