"""Ray Tune: three trials one after the other; the second poisons its process."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ |= {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",
}

import ray
from ray import tune

HERE = Path.cwd()


class Objective(tune.Trainable):  # type: ignore[misc]
    """A trial."""

    def setup(self, config: dict[str, Any]) -> None:
        """Start the actor's first trial."""
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Start another trial in the same process."""
        self._config = new_config
        return True

    def step(self) -> dict[str, Any]:
        """Write the state, poison it if the configuration says so, and report."""
        from benchmarks import poison

        folder = Path(self._config["home"]) / self._config["poison"]
        folder.mkdir()
        run = SimpleNamespace(
            folder=folder, proceed=lambda: 0, report=lambda epoch, metrics: False
        )
        poison.train(self._config, run)
        return {"m": 1.0, "done": True}


def main(reuse: bool, stamps: str = "") -> None:
    """Run the trials; print the kinds of state that the third finds changed, and seconds each."""
    ray.init(address="local", num_cpus=1)
    start_time = time.monotonic()
    tune.Tuner(
        tune.with_resources(Objective, {"cpu": 1}),
        param_space={
            "poison": tune.grid_search(["before", "all", "after"]),
            "home": str(HERE),
        },
        tune_config=tune.TuneConfig(max_concurrent_trials=1, reuse_actors=reuse),
        run_config=tune.RunConfig(
            storage_path=str(HERE),
            verbose=0,
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
        ),
    ).fit()
    seconds = time.monotonic() - start_time
    before = json.loads((HERE / "before/state.json").read_text())
    after = json.loads((HERE / "after/state.json").read_text())
    print("found", json.dumps([kind for kind in before if before[kind] != after[kind]]))
    print("seconds", seconds / 3)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
