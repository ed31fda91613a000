"""Ray Tune at its fastest: reused actors and Optuna's search, without loggers and snapshots."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",
}

import ray
from ray import tune
from ray.tune.search.optuna import OptunaSearch

from benchmarks.noop import stamp, value


class Objective(tune.Trainable):  # type: ignore[misc]
    """A trial."""

    def setup(self, config: dict[str, Any]) -> None:
        """Start the actor's first trial."""
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Start another trial in the same process."""
        self._config, self._epoch = new_config, 0
        return True

    def step(self) -> dict[str, Any]:
        """Return one report."""
        reported = value(self._config["x"], self._epoch)
        self._epoch += 1
        done = self._epoch == self._config["reports"]
        if done:
            stamp()
        return {"value": reported, "done": done}


def main(trials: int, reports: int, search: bool = True) -> None:
    """Run the trials."""
    ray.init(address="local")  # otherwise it would join a Ray that runs on this machine
    results = tune.Tuner(
        tune.with_resources(Objective, {"cpu": 1}),
        param_space={"x": tune.uniform(0.0, 1.0), "reports": reports},
        tune_config=tune.TuneConfig(
            num_samples=trials,
            metric="value",
            mode="max",
            search_alg=OptunaSearch() if search else None,
            max_concurrent_trials=2,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            storage_path=str(Path.cwd()),
            verbose=0,
            # Otherwise Ray asks every trial for a checkpoint at its end. This class has none: the
            # trial would fail, and its actor would be replaced instead of reused.
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
        ),
    ).fit()
    if results.errors:
        raise SystemExit(f"{results.num_errors} trials failed: {results.errors[0]}")


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
