"""Ray Tune as its documentation writes it; `work HOME` starts or restores, `results HOME` prints
what there is.

- Fault tolerance: https://docs.ray.io/en/latest/tune/tutorials/tune-fault-tolerance.html:
  `Tuner.can_restore`, then `Tuner.restore(path, trainable, resume_errored=True)`;
  `FailureConfig(max_failures=-1)`.
- Checkpoints: https://docs.ray.io/en/latest/tune/tutorials/tune-trial-checkpoints.html:
  `tune.report(metrics, checkpoint=Checkpoint.from_directory(folder))` and `tune.get_checkpoint()`.
- Search: https://docs.ray.io/en/latest/tune/api/suggestion.html: `OptunaSearch` with a
  define-by-run function.
- Pruning: https://docs.ray.io/en/latest/tune/api/schedulers.html: `ASHAScheduler`.
- Actors: https://docs.ray.io/en/latest/tune/api/doc/ray.tune.TuneConfig.html: `reuse_actors=True`,
  in favour of Ray: by default each trial starts a process that imports torch, which takes longer
  than its training.
- Snapshots: https://docs.ray.io/en/latest/tune/api/env.html: `TUNE_GLOBAL_CHECKPOINT_S`, left as it
  is, or set.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

import ray
import torch
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch

from tests.torture.baselines.programs.learning import (
    EPOCHS,
    PLANNED,
    Learner,
    suggest,
    witness,
)


def train(config: dict[str, Any]) -> None:
    """The trainable."""
    home, trial = Path(config["home"]), tune.get_context().get_trial_id()
    learner, start = Learner(config), 0
    if checkpoint := tune.get_checkpoint():
        with checkpoint.as_directory() as folder:
            state = torch.load(Path(folder) / "state.pt")
        learner.load_state_dict(state["learner"])
        start = state["epoch"] + 1
    for epoch in range(start, EPOCHS):
        witness(home, "epoch", trial, epoch)
        accuracy = learner.epoch()
        with tempfile.TemporaryDirectory() as folder:
            torch.save(
                {"learner": learner.state_dict(), "epoch": epoch},
                Path(folder) / "state.pt",
            )
            tune.report(
                {"accuracy": accuracy},
                checkpoint=tune.Checkpoint.from_directory(folder),
            )


def space(trial: Any) -> dict[str, Any]:
    """The search space; a function of the module, because Ray pickles it with its searcher."""
    return suggest(trial) | {"home": sys.argv[2]}


class Ended(tune.Callback):
    """Writes down what Ray tells its user."""

    def __init__(self, home: Path):
        self.home = home

    def on_trial_complete(
        self, iteration: int, trials: list[Any], trial: Any, **info: Any
    ) -> None:
        """A trial is over."""
        witness(
            self.home,
            "end",
            trial.trial_id,
            trial.last_result["training_iteration"] - 1,
        )


def work(home: Path) -> None:
    """Start, or restore what there is."""
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    path = str(home / "experiment")
    trainable = tune.with_resources(train, {"cpu": 1})
    if tune.Tuner.can_restore(path):
        tuner = tune.Tuner.restore(path, trainable=trainable, resume_errored=True)
    else:
        tuner = tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(
                search_alg=OptunaSearch(space, metric="accuracy", mode="max", seed=0),
                scheduler=ASHAScheduler(
                    metric="accuracy",
                    mode="max",
                    grace_period=1,
                    reduction_factor=2,
                    max_t=EPOCHS,
                ),
                num_samples=PLANNED,
                max_concurrent_trials=2,
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                name="experiment",
                storage_path=str(home),
                failure_config=tune.FailureConfig(max_failures=-1),
                callbacks=[Ended(home)],
                verbose=0,
            ),
        )
    tuner.fit()


def results(home: Path) -> dict[str, list[Any]]:
    """Trial → state and epochs, as the restored experiment tells them."""
    path = str(home / "experiment")
    if not tune.Tuner.can_restore(path):
        return {}
    grid = tune.Tuner.restore(path, trainable=train).get_results()
    return {
        result.metrics["trial_id"]: [
            "failed" if result.error else "finished",
            result.metrics["training_iteration"],
        ]
        for result in grid
        if result.metrics and "training_iteration" in result.metrics
    }


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(Path(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(results(Path(sys.argv[2]))))
