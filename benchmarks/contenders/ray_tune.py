"""Ray Tune as documented: a function, an actor for each trial, and the default loggers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import ray
from ray import tune

from benchmarks.noop import stamp, value


def objective(config: dict[str, Any]) -> None:
    """Train one trial, which only reports."""
    if config["torch"]:
        import torch  # noqa: F401  (every trial with PyTorch imports it)
    for epoch in range(config["reports"]):
        tune.report({"value": value(config["x"], epoch)})
    stamp()


def main(trials: int, reports: int, torch: bool = False) -> None:
    """Run the trials."""
    ray.init(address="local")  # otherwise it would join a Ray that runs on this machine
    results = tune.Tuner(
        tune.with_resources(objective, {"cpu": 1}),
        param_space={"x": tune.uniform(0.0, 1.0), "reports": reports, "torch": torch},
        tune_config=tune.TuneConfig(
            num_samples=trials, metric="value", mode="max", max_concurrent_trials=2
        ),
        run_config=tune.RunConfig(storage_path=str(Path.cwd()), verbose=0),
    ).fit()
    if results.errors:
        raise SystemExit(f"{results.num_errors} trials failed: {results.errors[0]}")


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
