"""Synthetic curves whose first rung correlates with the end as asked, and searches on them."""

import numpy as np
import pytest

from benchmarks.external_runs import PROMOTE
from benchmarks.rungs import CAP, EPOCHS, FIRST_RUNG, PARAMETERS, Curves, spent


def configs(count):
    points = np.random.default_rng(0).uniform(size=(count, len(PARAMETERS)))
    return [dict(zip(PARAMETERS, point.tolist(), strict=True)) for point in points]


@pytest.mark.parametrize("correlation", [0.1, 0.5, 0.9])
def test_the_first_rung_correlates_with_the_end_as_asked(correlation):
    found = []
    for seed in range(12):
        task = Curves(correlation, seed)
        curves = np.array([task.accuracies(config, None) for config in configs(60)])
        found.append(np.corrcoef(curves[:, FIRST_RUNG - 1], curves[:, -1])[0, 1])
    assert np.mean(found) == pytest.approx(correlation, abs=0.15)


def test_what_is_seen_of_a_configuration_is_the_same_each_time():
    (config,) = configs(1)
    curves = Curves(0.5, 3)
    seen = curves.accuracies(config, 1)
    assert np.array_equal(seen, Curves(0.5, 3).accuracies(config, 1))
    assert not np.array_equal(seen, curves.accuracies(config, 2))
    assert len(seen) == EPOCHS


@pytest.mark.parametrize("pruner", ["asha", PROMOTE])
def test_a_search_ends_at_the_level_or_at_the_cap(pruner):
    assert 0 < spent("random", pruner, 0.9, seed=0) <= CAP
