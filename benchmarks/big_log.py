"""Write the log of a big study in seconds, to measure opening, folding, resuming and reporting.

    python -m benchmarks.big_log FOLDER [--trials 10000] [--epochs 100]

The event log's encoder writes every line, so that the checksums are right; nothing is trained.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import islice
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
_REASONS = {
    "complete": "",
    "pruned": "rung 9: val/f1 is behind",
    "failed": "OutOfMemoryError: CUDA",
}

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
    """Write a study file to `folder`, load and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    learning_rate = "distribution: log_uniform_values, min: 1e-4, max: 1"
    if method == "grid":
        learning_rate = "min: 1, max: 100000"
    text = STUDY.format(
        epochs=epochs,
        planned=planned,
        method=method,
        learning_rate=learning_rate,
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
    """Write `folder/events.jsonl` of a study with `trials` ended trials; return its path.

    The search is to continue; a tenth of the trials are those of the ablation.
    """
    loaded = study(folder, epochs, 2 * trials + 1000, method, pruner)
    path, crc = folder / FILE_NAME, 0
    with path.open("wb") as file:
        for seq, event in enumerate(_events(folder, loaded, trials, epochs)):
            line, crc = encode({"seq": seq, "time": 1.7e9 + seq / 100, **event}, crc)
            file.write(line)
    return path


def _events(
    folder: Path, loaded: StudySpec, trials: int, epochs: int
) -> Iterator[dict[str, Any]]:
    """Yield the events of the study, in order."""
    generator = random.Random(0)
    yield {
        "event": "study_created",
        "spec": loaded.canonical(),
        "source": loaded.source,
        "path": str((folder / "study.yaml").resolve()),
        "overrides": {},
        "profile": None,
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
    arms = designs.arms(loaded)
    yield {"event": "arms_decided", "arms": [asdict(arm) for arm in arms]}
    runs = [(arm, seed) for seed in range(SEEDS) for arm in arms][: trials // 10]
    searched = trials - len(runs)
    for number, (config, memory) in enumerate(_suggestions(loaded, searched)):
        created = {
            "stage": "search",
            "label": f"search {number}",
            "config": config,
            "seed": 0,
            "attributes": {"suggestion": number, "memory": memory},
        }
        yield from _trial(generator, number, created, epochs)
    for number, (arm, seed) in enumerate(runs, start=searched):
        created = {
            "stage": "ablation",
            "label": arm.name,
            "config": dict(arm.config),
            "seed": seed,
            "attributes": {},
        }
        yield from _trial(generator, number, created, epochs)
    yield {"event": "session_ended", "reason": "interrupted by SIGINT"}


def _suggestions(
    loaded: StudySpec, count: int
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Yield configurations and what the sampler remembers of each.

    They are points of the grid for a grid search, and random for every other method.
    """
    method = "random" if loaded.search is None else loaded.search.method
    if method == "grid":
        for number, config in enumerate(islice(grids.grid(loaded.parameters), count)):
            yield dict(config), {"place": number}
        return
    random_search = replace(loaded, search=Random(trials=count))
    for number in range(count):
        observations = _Observations(number)
        suggestion = suggest(random_search, observations, tried=frozenset())
        config, memory = suggestion or ({}, {})
        yield dict(config), memory


class _Observations(list[Any]):
    """A list of a given length; a random search reads only the length of its observations."""

    def __init__(self, count: int):
        super().__init__()
        self._count = count

    def __len__(self) -> int:
        return self._count


def _trial(
    generator: random.Random, number: int, created: dict[str, Any], epochs: int
) -> Iterator[dict[str, Any]]:
    """Yield the events of one trial; `created` are the fields of its first event."""
    trial = {"trial": number}
    yield {"event": "trial_created", **trial, **created, "fold": None}
    yield {"event": "trial_started", **trial, "attempt": 1}
    state = _state(generator.random(), created["stage"])
    level = generator.uniform(0.5, 0.9)
    trained = epochs if state == "complete" else max(epochs // 10, 1)
    for epoch in range(trained):
        value = level * (1 - 0.5 ** (1 + epoch / 5)) + generator.gauss(0, 0.01)
        yield {
            "event": "epoch",
            **trial,
            "epoch": epoch,
            "metrics": {
                "val/f1": value,
                "test/f1": value - 0.01,
                "val/loss": 1 - value,
                "train/loss": 0.9 - value,
            },
            "seconds": round(generator.uniform(1, 2), 6),
            "checkpoint": hashlib.sha256(f"{number},{epoch}".encode()).hexdigest(),
        }
    yield {
        "event": "trial_finished",
        **trial,
        "state": state,
        "reason": _REASONS[state],
        "overhead": 1.5,
    }


def _state(uniform: float, stage: str) -> str:
    """Return a trial's final state; trials of the ablation are complete."""
    if stage == "ablation" or uniform > 0.06:
        return "complete"
    return "pruned" if uniform > 0.01 else "failed"


def main() -> None:
    """Write the log of a study and print its size."""
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
