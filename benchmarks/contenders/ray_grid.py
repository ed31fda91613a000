"""An ablation written with Ray Tune: a grid of all arms and seeds, and an actor for each trial.

With `reuse` the actors are reused and the loggers are off.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.contenders.bare_loop import Run
from benchmarks.noop import stamp

if "--reuse" in sys.argv[2:] or '"reuse": true' in "".join(sys.argv[1:]):
    os.environ |= {
        "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
        "TUNE_GLOBAL_CHECKPOINT_S": "86400",
    }

import ray
from ray import tune


class Reporting(Run):
    """A run that reports to Ray."""

    def report(self, epoch: int, metrics: Any) -> bool:
        """Report to Ray, and return whether all epochs are trained."""
        tune.report(dict(metrics))
        return super().report(epoch, metrics)


def objective(options: dict[str, Any]) -> None:
    """Train one arm with one seed."""
    import torch

    torch.set_num_threads(1)
    config = {**options["common"], **options["arm"]}
    trainer = import_module(f"sweep_trainers.{options['trainer']}")
    with tempfile.TemporaryDirectory() as folder:
        run = Reporting(options["seed"], config["epochs"], Path(folder))
        trainer.train(config, run)
    stamp()


def main(
    trainer: str,
    common: dict[str, Any],
    arms: list[dict[str, Any]],
    seeds: list[int],
    metric: str,
    reuse: bool = False,
) -> None:
    """Run the grid and print the mean of each arm."""
    ray.init(address="local")  # otherwise it would join a Ray that runs on this machine
    space = {
        "trainer": trainer,
        "common": common,
        "arm": tune.grid_search(arms),
        "seed": tune.grid_search(seeds),
    }
    results = tune.Tuner(
        tune.with_resources(objective, {"cpu": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(reuse_actors=reuse),
        run_config=tune.RunConfig(storage_path=str(Path.cwd()), verbose=0),
    ).fit()
    if results.errors:
        raise SystemExit(f"{results.num_errors} trials failed: {results.errors[0]}")
    if not reuse:  # the loggers' files are needed to read results
        frame = results.get_dataframe()  # has a column for each key of the arm
        arm_columns = [column for column in frame if column.startswith("config/arm/")]
        print(frame.groupby(arm_columns)[metric].agg(["mean", "std"]))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
