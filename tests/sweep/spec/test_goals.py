"""Which way a metric is better, and which one arms are compared on."""

from pathlib import Path

import pytest

from sweep import spec
from sweep.spec.goals import compared_metric, goal_of

FOCAL = Path(spec.__file__).parents[2] / "search_spaces" / "focal.yaml"


@pytest.mark.parametrize(
    "metric, goal",
    [
        ("test/balanced_accuracy", "maximize"),
        ("test/macro_f1", "maximize"),
        ("train/loss", "minimize"),
        ("test/rmse", "minimize"),
    ],
)
def test_a_metric_has_the_studys_goal_or_one_guessed_from_its_name(metric, goal):
    assert goal_of(spec.load(FOCAL), metric) == goal


def test_arms_are_compared_on_the_first_metric_of_the_report():
    assert compared_metric(spec.load(FOCAL)) == "test/small_class_f1"
