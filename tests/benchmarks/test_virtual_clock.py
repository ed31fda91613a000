"""Searches on the virtual clock: what is trained, and where promoted trials go on."""

from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.external_runs import PROMOTE
from benchmarks.external_searchers import _Budgeted
from benchmarks.searchers import Random, Sweep
from benchmarks.spaces import Space
from benchmarks.virtual_clock import epochs

SPACE = Space(
    "slope", "a line", "  x: {min: 0.0, max: 1.0}", lambda config, seed: [], epochs=9
)


class Lines:
    """Curves that rise with x: an epoch's accuracy is x · epoch."""

    def accuracies(self, config, seed):
        return config["x"] * np.arange(1, SPACE.epochs + 1)

    def seconds(self, config):
        return 1.0


@pytest.mark.parametrize(
    "make", [Random, partial(Sweep, method="random", pruner=PROMOTE)]
)
def test_four_workers_train_an_epoch_a_second(make, tmp_path):
    first = list(islice(epochs(make(SPACE, 0, tmp_path), Lines(), 0), 40))
    assert [epoch.now for epoch in first] == [float(1 + at // 4) for at in range(40)]
    assert all(epoch.seen == epoch.true for epoch in first)


def test_a_promoted_trial_goes_on_behind_its_rung(tmp_path):
    search = Sweep(SPACE, 0, tmp_path, method="random", pruner=PROMOTE)
    asked = []
    ask = search.ask

    def noted():
        handle, config = ask()
        asked.append((handle, search.trained(handle)))
        return handle, config

    search.ask = noted
    list(islice(epochs(search, Lines(), 0), 60))
    went_on = [(handle, begun) for handle, begun in asked if begun]
    assert went_on
    assert {begun for _, begun in went_on} == {3}
    assert all((handle, 0) in asked for handle, _ in went_on)


class Doubling(_Budgeted):
    """Asks for one configuration with 3 epochs, then with 6, then with 6 again, then
    for another."""

    def __init__(self, folder: Path):
        super().__init__(SPACE)
        self.jobs = iter([(1, 0.5, 3), (2, 0.5, 6), (3, 0.5, 6), (4, 0.7, 3)])
        self.finished = []

    def _next(self):
        job, x, budget = next(self.jobs)
        return job, {"x": x}, budget

    def _finish(self, job, best):
        self.finished.append((job, best))


def test_a_search_with_budgets_goes_on_where_a_configuration_stopped(tmp_path):
    search = Doubling(tmp_path)
    for begun, budget in ((0, 3), (3, 6), (0, 3)):
        handle, config = search.ask()
        assert search.trained(handle) == begun
        ends = [
            search.tell(handle, at, config["x"] * (at + 1))
            for at in range(begun, budget)
        ]
        assert ends == [False] * (budget - begun - 1) + [True]
    assert search.finished == [(1, 1.5), (2, 3.0), (3, 3.0), (4, pytest.approx(2.1))]
