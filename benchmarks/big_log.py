"""The log of a big study, written in seconds: what opening, folding, resuming and reporting are
measured on.

    python -m benchmarks.big_log FOLDER [--trials 10000] [--epochs 100]

Every line is encoded as the event log's own writer does, so that its checksums are right; nothing
is trained.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sweep import spec
from sweep.ablation import designs
from sweep.log.event_log import FILE_NAME
from sweep.log.lines import encode
from sweep.model import grids
from sweep.samplers import Random
from sweep.search.suggestion import suggest
from sweep.spec import StudySpec

ARMS, SEEDS = 10, 10

TRAINER = """def train(config, run):
    raise RuntimeError("the trials of this study were never trained")
"""
STUDY = """name: big
trainer: trainer.py:train
metric: {{name: val/f1, goal: maximize}}
parameters:
  epochs: {epochs}
  layers: {{min: 1, max: 12}}
  loss_type: {{values: [ce, focal]}}
  learning_rate: {{{learning_rate}, role: nuisance}}
search: {{method: {method}, trials: {planned}, seeds: [0]}}
early_terminate: {{type: {pruner}}}
ablation:
  baseline: {{loss_type: ce, layers: 1, learning_rate: 1}}
  seeds: {seeds}
  designs: {{one_at_a_time: {{layers: {layers}}}}}
report: {{metrics: [test/f1]}}
"""


def study(
    folder: Path,
    epochs: int,
    planned: int,
    method: str = "random",
    pruner: str = "none",
) -> StudySpec:
    """A study file in `folder`, and what it says."""
    folder.mkdir(parents=True, exist_ok=True)
    text = STUDY.format(
        epochs=epochs,
        planned=planned,
        method=method,
        learning_rate="min: 1, max: 100000"
        if method == "grid"
        else "distribution: log_uniform_values, min: 1e-4, max: 1",
        pruner=pruner,
        seeds=list(range(SEEDS)),
        layers=list(range(2, ARMS + 1)),
    )
    (folder / "trainer.py").write_text(TRAINER, encoding="utf-8")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return spec.load(folder / "study.yaml")


def write(
    folder: Path,
    trials: int = 10_000,
    epochs: int = 100,
    method: str = "random",
    pruner: str = "none",
) -> Path:
    """Write `folder/events.jsonl`: a search of which `trials` have ended and more are
    to come, and its ablation.
    """
    wanted = study(folder, epochs, 2 * trials + 1000, method, pruner)
    path, crc = folder / FILE_NAME, 0
    with path.open("wb") as file:
        for seq, event in enumerate(_events(folder, wanted, trials, epochs)):
            line, crc = encode({"seq": seq, "time": 1.7e9 + seq / 100, **event}, crc)
            file.write(line)
    return path


def _events(
    folder: Path, wanted: StudySpec, trials: int, epochs: int
) -> Iterator[dict[str, Any]]:
    draw = random.Random(0)
    about = {
        "path": str((folder / "study.yaml").resolve()),
        "overrides": {},
        "profile": None,
    }
    yield {
        "event": "study_created",
        "spec": wanted.canonical(),
        "source": wanted.source,
        **about,
    }
    environment = {
        "python": "3.11.9",
        "torch": "2.13.0",
        "code": "0123456789ab",
        "device": "cpu",
    }
    yield {
        "event": "session_started",
        "pid": 1,
        "host": "here",
        "command": "sweep run",
        "environment": environment,
    }
    arms = designs.arms(wanted)
    yield {"event": "arms_decided", "arms": [asdict(arm) for arm in arms]}
    runs = [(arm, seed) for seed in range(SEEDS) for arm in arms][: trials // 10]
    method = "random" if wanted.search is None else wanted.search.method
    grid = grids.grid(wanted.parameters) if method == "grid" else None
    # Whatever the study's own method is.
    by_chance = replace(wanted, search=Random(trials=trials))
    for number in range(trials):
        if number < trials - len(runs):
            if grid is not None:
                config, memory = next(grid), {"place": number}
            else:
                config, memory = suggest(
                    by_chance, _Past(number), tried=frozenset()
                ) or ({}, {})
            attributes = {"suggestion": number, "memory": memory}
            yield from _trial(
                draw,
                number,
                "search",
                f"search {number}",
                dict(config),
                0,
                attributes,
                epochs,
            )
        else:
            arm, seed = runs[number - trials + len(runs)]
            yield from _trial(
                draw, number, "ablation", arm.name, dict(arm.config), seed, {}, epochs
            )
    yield {"event": "session_ended", "reason": "interrupted by SIGINT"}


class _Past(list[Any]):
    """So many observations, none of which a random search looks at."""

    def __init__(self, count: int):
        super().__init__()
        self._count = count

    def __len__(self) -> int:
        return self._count


def _trial(
    draw: random.Random,
    number: int,
    stage: str,
    label: str,
    config: dict[str, Any],
    seed: int,
    attributes: dict[str, Any],
    epochs: int,
) -> Iterator[dict[str, Any]]:
    own = {"trial": number}
    described = {
        "stage": stage,
        "label": label,
        "config": config,
        "seed": seed,
        "fold": None,
    }
    yield {"event": "trial_created", **own, **described, "attributes": attributes}
    yield {"event": "trial_started", **own, "attempt": 1}
    luck = draw.random()
    state = (
        "complete"
        if stage == "ablation" or luck > 0.06
        else "pruned"
        if luck > 0.01
        else "failed"
    )
    level = draw.uniform(0.5, 0.9)
    for epoch in range(epochs if state == "complete" else max(epochs // 10, 1)):
        value = level * (1 - 0.5 ** (1 + epoch / 5)) + draw.gauss(0, 0.01)
        names = ("val/f1", "test/f1", "val/loss", "train/loss")
        metrics = dict(
            zip(names, (value, value - 0.01, 1 - value, 0.9 - value), strict=True)
        )
        digest = hashlib.sha256(f"{number},{epoch}".encode()).hexdigest()
        seconds = round(draw.uniform(1, 2), 6)
        yield {
            "event": "epoch",
            **own,
            "epoch": epoch,
            "metrics": metrics,
            "seconds": seconds,
            "checkpoint": digest,
        }
    reason = {
        "complete": "",
        "pruned": "rung 9: val/f1 is behind",
        "failed": "OutOfMemoryError: CUDA",
    }[state]
    yield {
        "event": "trial_finished",
        **own,
        "state": state,
        "reason": reason,
        "overhead": 1.5,
    }


def main() -> None:
    """Write one and say how big it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=100)
    args = parser.parse_args()
    path = write(args.folder, args.trials, args.epochs)
    print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
