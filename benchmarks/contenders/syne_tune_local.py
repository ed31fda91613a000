"""Syne Tune with its local backend: a process for each trial, which reports by printing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

SCRIPT = """
import argparse
from syne_tune import Reporter
from benchmarks.noop import stamp, value
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
parser.add_argument("--reports", type=int)
options, _ = parser.parse_known_args()
report = Reporter()
for epoch in range(options.reports):
    report(epoch=epoch + 1, value=value(options.x, epoch))
stamp()
"""


def main(trials: int, reports: int) -> None:
    """Run the trials."""
    from syne_tune import StoppingCriterion, Tuner
    from syne_tune.backend import LocalBackend
    from syne_tune.config_space import uniform
    from syne_tune.optimizer.baselines import RandomSearch

    Path("trial.py").write_text(SCRIPT, encoding="utf-8")
    space = {"x": uniform(0.0, 1.0), "reports": reports}
    Tuner(
        trial_backend=LocalBackend("trial.py"),
        scheduler=RandomSearch(space, metrics=["value"], do_minimize=False),
        stop_criterion=StoppingCriterion(max_num_trials_finished=trials),
        n_workers=2,
        sleep_time=0.1,  # the default is 5 s
    ).run()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
