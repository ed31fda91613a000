"""Against random search at equal epochs, where a schedule matters: the noisy quadratic.

Schaul et al. 2013, "No More Pesky Learning Rates": gradients of a quadratic come with noise, so that
a large learning rate is fast at first and its noise is what is left at the end; only a rate that
falls gets further. The study is a real one; its trials are trained in this process.
"""

import copy
import statistics
from pathlib import Path

import numpy as np
import pytest

from sweep.model.trial import EpochReport
from sweep.search import population
from tests.sweep.conftest import METRIC, Bench

STUDY = """
name: quadratic
trainer: trainer.py:train
metric: {name: val/f1, goal: minimize}
parameters:
  epochs: 24
  rate: {distribution: log_uniform_values, min: 1e-3, max: 1.5}
SEARCH
report: {select: last}
"""
RANDOM = "search: {method: random, trials: 8, seed: SEED}"
PBT = (
    "search: {method: pbt, trials: 8, interval: 2, parameters: [rate], explore: EXPLORE, "
    "seed: SEED}"
)
STEPS, DIMENSIONS, NOISE = 10, 50, 1.0  # steps an epoch
CURVATURE = np.geomspace(0.05, 1.0, DIMENSIONS)


class Training:
    """The state of one trial: where it is, and the noise to come."""

    def __init__(self):
        self.generator = np.random.default_rng(0)
        self.place = np.full(DIMENSIONS, 10.0)

    def epoch(self, rate):
        for _ in range(STEPS):
            noise = NOISE * self.generator.standard_normal(DIMENSIONS)
            self.place = self.place - rate * CURVATURE * (self.place + noise)
        return float(np.log10((CURVATURE * self.place**2).mean()))


def trains(schedule):
    """An executor that trains one trial after another, with copies of their states."""
    states = {}
    while not isinstance(assignment := schedule.next(), str):
        number, last = assignment.trial, assignment.last_epoch
        schedule.started(number)
        state = Training()
        if assignment.copied is not None:
            source = int(Path(assignment.copied.folder).name.split("-")[0])
            state = copy.deepcopy(states[source, assignment.copied.epoch])
        elif last is not None:
            state = copy.deepcopy(states[number, last])
        for epoch in range(
            0 if last is None else last + 1, assignment.config["epochs"]
        ):
            metrics = {METRIC: state.epoch(assignment.config["rate"])}
            states[number, epoch] = copy.deepcopy(state)
            checkpoint = f"{number:032x}{epoch:032x}"
            if schedule.reported(number, EpochReport(epoch, metrics, 1.0, checkpoint)):
                break
        else:
            schedule.completed(number, 0.0)


class Executor:
    execute = staticmethod(trains)


@pytest.fixture(scope="module")
def reached(tmp_path_factory):
    """`reached(search)`: log10 of the loss that the best trial ends with, for each of 12 seeds."""

    def run(search, seeds=12):
        values = []
        for seed in range(seeds):
            text = STUDY.replace("SEARCH", search.replace("SEED", str(seed)))
            history = Bench(tmp_path_factory.mktemp("study"), text).run(Executor())
            trials = history.stage("search")
            assert sum(len(trial.reports) for trial in trials) == 8 * 24
            values.append(min(trial.reports[-1].metrics[METRIC] for trial in trials))
        return values

    return run


@pytest.mark.parametrize("explore", ["perturb", "pb2"])
def test_a_population_gets_further_than_random_search_in_as_many_epochs(
    reached, explore
):
    random = reached(RANDOM)
    found = reached(PBT.replace("EXPLORE", explore))
    gains = [before - after for before, after in zip(random, found, strict=True)]
    print(  # noqa: T201  (shown with -s)
        f"{explore}: loss of random {10 ** statistics.median(random):.3g}, of the population "
        f"{10 ** statistics.median(found):.3g}; paired ratio {10 ** statistics.median(gains):.3g}, "
        f"better for {sum(gain > 0 for gain in gains)} of {len(gains)} seeds"
    )
    assert statistics.median(gains) > 0.15, "less than 0.7 of the loss, by the median"
    assert sum(gain > 0 for gain in gains) >= 10


def test_what_it_finds_falls(tmp_path):
    text = STUDY.replace(
        "SEARCH", PBT.replace("EXPLORE", "perturb").replace("SEED", "1")
    )
    history = Bench(tmp_path, text).run(Executor())
    rates = list(population.schedule(history)["rate"]["by_epoch"].values())
    assert rates[-1] < rates[0]
