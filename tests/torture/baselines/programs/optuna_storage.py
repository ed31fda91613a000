"""Optuna as its documentation writes it; `work HOME STORAGE` starts or goes on, `results HOME
STORAGE` prints what is.

- SQLite: https://optuna.readthedocs.io/en/stable/tutorial/20_recipes/001_rdb.html:
  `create_study(..., load_if_exists=True)`; the sampler is not kept, the page's advice is to pickle
  it: a fresh one is used here.
- Heartbeat:
  https://optuna.readthedocs.io/en/stable/reference/generated/optuna.storages.RDBStorage.html with
  `RetryHeartbeatStaleTrialCallback` (before Optuna 5 `RetryFailedTrialCallback`), and checkpoints
  by the number of the original trial, as the example
  https://github.com/optuna/optuna-examples/blob/main/pytorch/pytorch_checkpoint.py has it. The
  heartbeat is every second and the grace 3 seconds, in favour of Optuna: its own example waits two
  minutes.
- Journal:
  https://optuna.readthedocs.io/en/stable/reference/generated/optuna.storages.JournalStorage.html;
  it has no heartbeat.
- The end: `MaxTrialsCallback` counts what is complete or pruned, over all sessions.
"""

from __future__ import annotations

import json
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import optuna
import torch
from optuna.storages import JournalStorage, RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from tests.torture.baselines.programs.learning import (
    EPOCHS,
    PLANNED,
    Learner,
    suggest,
    witness,
)


def storage(home: Path, kind: str) -> optuna.storages.BaseStorage:
    """`sqlite` or `journal`."""
    if kind == "sqlite":
        return RDBStorage(
            f"sqlite:///{home}/study.db",
            heartbeat_interval=1,
            grace_period=3,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
        )
    return JournalStorage(JournalFileBackend(str(home / "journal.log")))


def work(home: Path, kind: str) -> None:
    """Start, or go on with what there is."""
    study = optuna.create_study(
        storage=storage(home, kind),
        study_name="study",
        direction="maximize",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.SuccessiveHalvingPruner(
            min_resource=1, reduction_factor=2
        ),
    )
    enough = optuna.study.MaxTrialsCallback(
        PLANNED, states=(TrialState.COMPLETE, TrialState.PRUNED)
    )
    if len(study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))) < PLANNED:
        study.optimize(
            lambda trial: objective(trial, home),
            callbacks=[partial(ended, home=home), enough],
        )


def objective(trial: optuna.Trial, home: Path) -> float:
    """One trial; goes on from the checkpoint of the trial that it repeats."""
    name = name_of(trial.study.get_trials(deepcopy=False)[trial.number])
    learner, start, accuracy = Learner(suggest(trial)), 0, 0.0
    path = home / "checkpoints" / f"{name}.pt"
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        state = torch.load(path)
        learner.load_state_dict(state["learner"])
        start, accuracy = state["epoch"] + 1, state["accuracy"]
    for epoch in range(start, EPOCHS):
        witness(home, "epoch", name, epoch)
        accuracy = learner.epoch()
        trial.report(accuracy, epoch + 1)
        aside = path.with_suffix(".tmp")
        torch.save(
            {"learner": learner.state_dict(), "epoch": epoch, "accuracy": accuracy},
            aside,
        )
        aside.replace(path)
        if trial.should_prune():
            raise optuna.TrialPruned
    return accuracy


def ended(study: optuna.Study, trial: optuna.trial.FrozenTrial, home: Path) -> None:
    """Writes down what Optuna tells its user."""
    if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
        witness(
            home, "end", name_of(trial), max(trial.intermediate_values, default=0) - 1
        )


def name_of(trial: optuna.trial.FrozenTrial) -> int:
    """The number of the trial, of its original for one that is a retry."""
    original = RetryHeartbeatStaleTrialCallback.retried_trial_number(trial)
    return int(trial.number if original is None else original)


def results(home: Path, kind: str) -> dict[str, list[Any]]:
    """Trial → state and epochs; a retried one under the number of its original."""
    study = optuna.load_study(study_name="study", storage=storage(home, kind))
    found: dict[str, list[Any]] = {}
    for trial in study.trials:
        name = str(name_of(trial))
        state = (
            "finished"
            if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
            else trial.state.name.lower()
        )
        if found.get(name, [""])[0] != "finished":
            found[name] = [state, max(trial.intermediate_values, default=0)]
    return found


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if sys.argv[1] == "work":
        work(Path(sys.argv[2]), sys.argv[3])
    else:
        sys.stdout.write(json.dumps(results(Path(sys.argv[2]), sys.argv[3])))
