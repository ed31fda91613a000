"""An ablation as one would write it with Ray Tune: every arm and seed in a grid, a function, an
actor for each trial.

With `reuse` its actors are used again and its loggers are off.
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
    """Reports go to Ray."""

    def report(self, epoch: int, metrics: Any) -> bool:
        """Report, and stop when the budget is spent."""
        tune.report(dict(metrics))
        return super().report(epoch, metrics)


def objective(given: dict[str, Any]) -> None:
    """One run of one arm."""
    import torch

    torch.set_num_threads(1)
    config = {**given["common"], **given["arm"]}
    with tempfile.TemporaryDirectory() as folder:
        run = Reporting(given["seed"], config["epochs"], Path(folder))
        import_module(f"sweep_trainers.{given['trainer']}").train(config, run)
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
    ray.init(
        address="local"
    )  # its own: else it joins whatever Ray it finds on the machine
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
    if not reuse:  # results are read back from what the loggers wrote
        frame = (
            results.get_dataframe()
        )  # a nested configuration comes back as a column a key
        arms = [column for column in frame if column.startswith("config/arm/")]
        print(frame.groupby(arms)[metric].agg(["mean", "std"]))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
