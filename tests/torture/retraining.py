"""Every trial again, alone and without a fault: the weights must be the same to the last bit.

A trial's numbers follow from its configuration and seed. So whatever happened to the study, what
its last checkpoint holds (weights, AdamW's moments, the schedule, the data order and torch's random
state) must be what an uninterrupted training of that configuration and seed ends with.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from sweep.history.history import History
from sweep.model.trial import Trial, configuration_key, trial_folder
from sweep.worker.checkpoint import Checkpoints
from sweep.worker.local_run import LocalRun
from tests.torture import study

Outcome = dict[str, Any]


class Reference:
    """Uninterrupted trainings, each done once."""

    def __init__(self, folder: Path):
        study.write(folder)
        self._folder = folder
        self._trainer = _load(folder / "trainer.py")
        self._known: dict[tuple[str, int, int], Outcome] = {}

    def outcome(self, trial: Trial) -> Outcome:
        """What this trial's last checkpoint must hold."""
        last = trial.reports[-1].epoch
        key = (configuration_key(trial.config), trial.seed, last)
        if key not in self._known:
            folder = self._folder / f"{len(self._known):05d}"
            run = LocalRun(
                folder, seed=trial.seed, on_report=lambda report: report.epoch >= last
            )
            self._trainer.train({**trial.config, "pause": 0}, run)
            self._known[key] = _last_checkpoint(folder, last)
        return self._known[key]

    def differences(self, history: History, folder: Path) -> list[str]:
        """Trials of the study in `folder` whose last checkpoint is another one."""
        return [
            f"trial {trial.number} ended with other weights than uninterrupted: {difference}"
            for trial in history.trials.values()
            if (
                difference := _difference(
                    _last_checkpoint(
                        folder / "trials" / trial_folder(trial), trial.reports[-1].epoch
                    ),
                    self.outcome(trial),
                )
            )
        ]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("tortured_trainer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _last_checkpoint(folder: Path, epoch: int) -> Outcome:
    found = Checkpoints(folder).load(at_most=epoch)
    if found is None or found[0] != epoch:
        return {"epoch": None if found is None else found[0]}
    state = found[1]
    return {
        "epoch": epoch,
        "objects": state["objects"],
        "torch": state["random"]["torch"],
    }


def _difference(found: Any, wanted: Any, place: str = "") -> str:
    """Where two states differ; empty if nowhere."""
    if isinstance(wanted, torch.Tensor):
        same = (
            isinstance(found, torch.Tensor)
            and found.dtype == wanted.dtype
            and torch.equal(found, wanted)
        )
        return "" if same else f"{place} differs"
    if isinstance(wanted, dict):
        if not isinstance(found, dict) or found.keys() != wanted.keys():
            return (
                f"{place} has {found if not isinstance(found, dict) else sorted(found)}"
            )
        return next(
            (
                d
                for key in wanted
                if (d := _difference(found[key], wanted[key], f"{place}.{key}"))
            ),
            "",
        )
    if isinstance(wanted, list | tuple):
        if not isinstance(found, list | tuple) or len(found) != len(wanted):
            return f"{place} has another length"
        pairs = enumerate(zip(found, wanted, strict=True))
        return next(
            (d for i, (a, b) in pairs if (d := _difference(a, b, f"{place}[{i}]"))), ""
        )
    return "" if found == wanted else f"{place} is {found!r}, not {wanted!r}"
