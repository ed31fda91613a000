"""What tasks and seeds can find, against simulated studies."""

import math

import numpy as np
import pytest

from sweep.statistics.sequential import SequentialDesign, resolution
from sweep.statistics.task_change import change_over_tasks
from sweep.statistics.task_power import (
    resolution_over_tasks,
    smallest_change_over_tasks,
)


@pytest.mark.parametrize("tasks, seeds, arms", [(3, 5, 1), (3, 8, 4), (6, 3, 2)])
def test_a_change_on_these_tasks_is_found_as_often_as_stated(tasks, seeds, arms):
    effect = smallest_change_over_tasks(tasks, seeds, "these", arms)
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(600):
        sample = effect + rng.standard_normal((tasks, seeds))
        interval = change_over_tasks(sample, "these", 1 - 0.05 / arms).interval
        found += interval.low > 0
    assert found / 600 == pytest.approx(0.8, abs=0.07)


def test_a_claim_on_tasks_like_these_needs_tasks_and_not_seeds():
    few = smallest_change_over_tasks(5, 3, "like_these")
    assert few == smallest_change_over_tasks(5, 30, "like_these")
    assert few > 1.3 * smallest_change_over_tasks(10, 3, "like_these")


@pytest.mark.parametrize(
    "tasks, seeds, target", [(3, 2, "these"), (4, 30, "like_these")]
)
def test_where_nothing_is_tested_no_change_is_found(tasks, seeds, target):
    assert smallest_change_over_tasks(tasks, seeds, target) == math.inf


def test_on_one_task_looks_resolve_what_they_do_without_tasks():
    design = SequentialDesign((5, 8, 12), 3)
    assert resolution_over_tasks(design, 1) == pytest.approx(resolution(design))
    assert resolution_over_tasks(design, 4) < resolution(design) / 2
