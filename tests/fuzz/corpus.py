"""Sound inputs that the mutations start from: the shipped studies, a W&B file, a real
log, a real checkpoint."""

from __future__ import annotations

import io
import tempfile
from functools import cache as once
from pathlib import Path

import orjson
import torch

from sweep import spec
from sweep.log import log_cache as cache
from sweep.log.lines import encode
from sweep.log.reader import scan

WANDB = """
method: bayes
metric: {name: val_loss, goal: minimize}
program: train.py
parameters:
  lr: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
  optimizer: {parameters: {name: {values: [adam, sgd]}, momentum: {value: 0.9}}}
  size: {values: [1, 2], probabilities: [0.5, 0.5]}
early_terminate: {type: hyperband, min_iter: 3, eta: 2}
command: ["${env}", python, "${program}", "${args}"]
run_cap: 5
"""


@once
def studies() -> tuple[str, ...]:
    """The study files that are shipped, and one of W&B's."""
    shipped = sorted(
        Path(spec.__file__).parents[2].joinpath("search_spaces").glob("*.yaml")
    )
    return (*(path.read_text(encoding="utf-8") for path in shipped), WANDB)


def trainers() -> list[Path]:
    """The files that shipped study files name as their trainers, relative to themselves."""
    return sorted(Path(spec.__file__).parents[2].joinpath("search_spaces").glob("*.py"))


@once
def records() -> tuple[dict[str, object], ...]:
    """The events of a small study, each kind that a log has."""
    wanted = spec.load(Path(spec.__file__).parents[2] / "search_spaces" / "focal.yaml")
    config = {"epochs": 3, "learning_rate": 0.001}
    trial = {
        "stage": "search",
        "label": "search 0",
        "config": config,
        "seed": 0,
        "fold": None,
        "attributes": {},
    }
    arm = {
        "name": "baseline",
        "config": config,
        "design": "baseline",
        "reference": None,
        "previous": None,
        "changes": {},
    }
    session = {
        "pid": 1,
        "host": "here",
        "command": "sweep run",
        "environment": {"torch": "2.13"},
        "files": {"a.py": "0"},
    }
    epoch = {"trial": 0, "metrics": {"val/f1": 0.5, "loss": None}, "seconds": 1.5}
    created = {"path": "/s.yaml", "overrides": {}, "profile": None}
    events: list[dict[str, object]] = [
        {
            "event": "study_created",
            "spec": wanted.canonical(),
            "source": "a: 1\n",
            **created,
        },
        {"event": "session_started", **session},
        {"event": "arms_decided", "arms": [arm]},
        {"event": "arm_skipped", "arm": "focal", "reason": "below"},
        {
            "event": "path_started",
            "start": config,
            "target": config,
            "reference": "baseline",
            "groups": [["epochs"]],
        },
        {"event": "trial_created", "trial": 0, **trial},
        {"event": "trial_started", "trial": 0, "attempt": 1},
        {"event": "epoch", "epoch": 0, "checkpoint": "0" * 64, **epoch},
        {
            "event": "trial_interrupted",
            "trial": 0,
            "reason": "worker lost",
            "overhead": 0.5,
            "lost": True,
        },
        {
            "event": "epoch",
            "epoch": 1,
            "checkpoint": None,
            "pruned": "below the median",
            **epoch,
        },
        {
            "event": "trial_finished",
            "trial": 0,
            "state": "pruned",
            "reason": "below the median",
            "overhead": 0.5,
        },
        {"event": "trial_created", "trial": 1, **trial},
        {
            "event": "trial_reused",
            "trial": 1,
            "study": "other",
            "source": 3,
            "epochs": [],
            "overhead": 1.0,
        },
        {"event": "spec_extended", "spec": wanted.canonical(), "source": "a: 2\n"},
        {"event": "notice", "message": "γ", "trial": None},
        {
            "event": "dependencies_found",
            "files": {"labels.json": "0" * 16, "/data/big.bin": "7:8"},
            "by_looks": 1,
            "distributions": {"numpy": "1.26"},
        },
        {"event": "session_ended", "reason": "done"},
        {
            "event": "report_written",
            "records": 16,
            "options": {
                "tables": None,
                "formats": ["csv"],
                "metrics": None,
                "figures": False,
            },
            "versions": {"scipy": "1.12"},
            "files": {"report.md": "0" * 64},
        },
    ]
    return tuple(events)


def written(events: tuple[dict[str, object], ...] | list[dict[str, object]]) -> bytes:
    """A log with right checksums and numbers, whatever its records say."""
    lines, crc = [], 0
    for seq, event in enumerate(events):
        line, crc = encode({"seq": seq, "time": 1.0 + seq, **event}, crc)
        lines.append(line)
    return b"".join(lines)


@once
def checkpoint() -> bytes:
    """What `torch.save` writes for a small model's state."""
    buffer = io.BytesIO()
    torch.save(
        {
            "objects": {"model": {"weight": torch.zeros(3, 2)}},
            "random": {},
            "best": None,
        },
        buffer,
    )
    return buffer.getvalue()


@once
def log_cache() -> bytes:
    """The signed part of a cache of the log above."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        log = Path(folder) / "events.jsonl"
        log.write_bytes(written(records()))
        place = scan(log).position
        head = {
            "format": cache._FORMAT,
            "place": [place.count, place.end, place.crc],
            "log": cache._hash_of(log, place.end),
        }
    lines = [
        {"seq": n, "time": 1.0 + n, **record} for n, record in enumerate(records())
    ]
    text = orjson.dumps([[], lines])
    return orjson.dumps({**head, "records": len(text)}) + b"\n" + text


METRICS = (
    b'{"epoch": 0, "val/f1": 0.5, "deep": {"a": "1e3", "b": NaN}}\n{"epoch": 1, "val/f1": 0.6}\n',
    b"epoch,val/f1,loss\n0,0.5,1\n1,0.6,\n",
    b'{"loss": [0.5, 0.4], "val_loss": [1, 2]}',
    b'[{"epoch": 0, "f1": 1}]',
)

TRIAL_CONFIG: dict[str, object] = {
    "study": "focal",
    "trial": 0,
    "label": "baseline",
    "trainer": "own.py:train",
    "base": ".",
    "command": None,
    "metric": "val/f1",
    "goal": "maximize",
    "config": {"epochs": 3, "rate": 0.1},
    "seed": 0,
    "seeds": None,
    "fold": None,
    "folds": None,
}
MANIFEST: dict[str, object] = {
    "files": {
        "config.json": {"sha256": "0" * 64, "object": "config.json.0000.1c2d3e4f"},
        "checkpoints/epoch-00000.pt": {"sha256": "1" * 64, "object": "a/epoch.pt.1111"},
    },
    "links": {"checkpoints/latest.pt": "epoch-00000.pt"},
}
