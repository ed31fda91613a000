"""The searches compared by quality, each behind three calls, so that one virtual clock drives all of them."""

from __future__ import annotations

import random
import warnings
from pathlib import Path
from typing import Any, Protocol

from benchmarks.surrogate import EPOCHS, PARAMETERS, draw

STUDY = """
name: quality
trainer: trainer.py:train
metric: {{name: accuracy, goal: maximize}}
{parameters}
search: {{method: {method}, trials: 100000, seed: {seed}}}
early_terminate: {{type: {pruner}, min_iter: 3, eta: 3}}
"""


class Searcher(Protocol):
    """A search that runs several trials at a time."""

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A handle and a configuration to train."""

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report an epoch; whether the trial stops here. After the last epoch it does."""


class Sweep:
    """This project's schedule and stages over a real log, without an engine."""

    def __init__(self, seed: int, folder: Path, method: str = "tpe", pruner: str = "asha"):
        from sweep import search, spec
        from sweep.history import fold
        from sweep.log import FILE_NAME, EventLog
        from sweep.schedule import Schedule

        (folder / "trainer.py").write_text("def train(config, run): ...\n", encoding="utf-8")
        text = STUDY.format(parameters=PARAMETERS, method=method, seed=seed, pruner=pruner)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        wanted = spec.load(folder / "study.yaml")
        log = EventLog(folder / FILE_NAME, sync=lambda fd: None)
        created = {"event": "study_created", "spec": wanted.canonical(), "source": wanted.source}
        self._schedule = Schedule(log, fold(log.append(created)), [search.propose], folder)

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """The schedule's next trial."""
        given = self._schedule.next()
        if isinstance(given, str):
            raise RuntimeError(f"the schedule has no trial: {given} {self._schedule.stop_reason}")
        self._schedule.started(given.trial)
        return given.trial, {key: value for key, value in given.config.items() if key != "epochs"}

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """An epoch for the schedule."""
        from sweep.local_run import EpochReport

        if self._schedule.reported(handle, EpochReport(epoch, {"accuracy": value}, 1.0, None)):
            return True
        if epoch + 1 < EPOCHS:
            return False
        self._schedule.completed(handle, 0.0)
        return True


class Optuna:
    """Optuna as its documentation has it: TPE and successive halving, or another pruner of its own."""

    def __init__(self, seed: int, folder: Path, pruner: str = "SuccessiveHalvingPruner"):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        more = {"reduction_factor": 3, "min_resource": 3} if pruner == "SuccessiveHalvingPruner" else {}
        self._study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=seed),
            pruner=getattr(optuna.pruners, pruner)(**more),
        )

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A trial of the study."""
        trial = self._study.ask()
        config = {
            "learning_rate": trial.suggest_float("learning_rate", 1e-4, 3e-1, log=True),
            "weight_decay": trial.suggest_float("weight_decay", 1e-6, 1e-1, log=True),
            "dropout": trial.suggest_float("dropout", 0.0, 0.6),
            "width": trial.suggest_categorical("width", [16, 32, 64, 128]),
            "momentum": trial.suggest_float("momentum", 0.0, 0.99),
            "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.3),
        }
        return trial, config

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Report, and tell where the trial ends."""
        import optuna

        handle.report(value, epoch)
        pruned = handle.should_prune()
        if pruned:
            self._study.tell(handle, state=optuna.trial.TrialState.PRUNED)
        elif epoch + 1 == EPOCHS:
            self._study.tell(handle, value)
        return bool(pruned or epoch + 1 == EPOCHS)


class RayTune:
    """Ray Tune's own `OptunaSearch` and `ASHAScheduler`, called as its controller calls them."""

    def __init__(self, seed: int, folder: Path):
        from ray import tune
        from ray.tune.schedulers import ASHAScheduler
        from ray.tune.search.optuna import OptunaSearch

        space = {
            "learning_rate": tune.loguniform(1e-4, 3e-1),
            "weight_decay": tune.loguniform(1e-6, 1e-1),
            "dropout": tune.uniform(0.0, 0.6),
            "width": tune.choice([16, 32, 64, 128]),
            "momentum": tune.uniform(0.0, 0.99),
            "label_smoothing": tune.uniform(0.0, 0.3),
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._search = OptunaSearch(space, metric="accuracy", mode="max", seed=seed)
        limits = {"max_t": EPOCHS, "grace_period": 3, "reduction_factor": 3}
        self._asha = ASHAScheduler(time_attr="training_iteration", metric="accuracy", mode="max", **limits)
        self._asked = 0

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A suggestion, and a stand-in for Ray's trial."""
        from types import SimpleNamespace

        self._asked += 1
        trial = SimpleNamespace(trial_id=f"{self._asked}")
        config = self._search.suggest(trial.trial_id)
        self._asha.on_trial_add(None, trial)
        return trial, dict(config)

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """A result for the scheduler, then for the search."""
        from ray.tune.schedulers import TrialScheduler

        result = {"training_iteration": epoch + 1, "accuracy": value}
        if self._asha.on_trial_result(None, handle, result) != TrialScheduler.STOP:
            self._search.on_trial_result(handle.trial_id, result)
            if epoch + 1 < EPOCHS:
                return False
        self._asha.on_trial_complete(None, handle, result)
        self._search.on_trial_complete(handle.trial_id, result)
        return True


class Random:
    """Random search, every trial to its end."""

    def __init__(self, seed: int, folder: Path):
        self._generator = random.Random(seed)

    def ask(self) -> tuple[Any, dict[str, Any]]:
        """A draw."""
        return None, draw(self._generator)

    def tell(self, handle: Any, epoch: int, value: float) -> bool:
        """Only the budget ends a trial."""
        return epoch + 1 == EPOCHS
