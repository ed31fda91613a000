"""What several rules read from a trial."""

import pytest

from sweep.model.trial import Report, Trial
from sweep.stopping.values import (
    at_least_as_good,
    best_of,
    better,
    is_due,
    look_caption,
    reported,
)


def at(*epochs, metric="m"):
    reports = [Report(epoch, {metric: 0.5}, 1.0) for epoch in epochs]
    return Trial(0, "search", "s", {}, 0, reports=reports)


@pytest.mark.parametrize(
    "epochs, min_iter, interval, due",
    [
        ((0,), 1, 1, True),
        ((0,), 2, 1, False),
        ((0, 1), 2, 3, True),
        ((0, 1, 2), 2, 3, False),
        ((0, 1, 2, 3, 4), 2, 3, True),
        ((1, 5), 2, 3, True),  # nothing was reported at epoch 4
    ],
)
def test_a_rule_looks_after_min_iter_epochs_and_every_interval_from_there(
    epochs, min_iter, interval, due
):
    assert is_due(at(*epochs), "m", min_iter, interval) is due


def test_a_report_without_the_metric_does_not_count():
    trial = at(0)
    trial.reports.append(Report(1, {"other": 1.0}, 1.0))
    assert reported(trial, "m") == {0: 0.5}
    assert not is_due(trial, "m", 1, 1)


def test_the_best_of_finite_values_by_the_goal():
    assert best_of([0.1, None, 0.3], "maximize") == 0.3
    assert best_of([0.1, None, 0.3], "minimize") == 0.1
    assert best_of([None], "minimize") is None


def test_equal_values_are_as_good_and_not_better():
    assert at_least_as_good(1.0, 1.0, "maximize")
    assert not better(1.0, 1.0, "maximize")
    assert better(0.5, 1.0, "minimize")
    assert not at_least_as_good(0.5, 1.0, "maximize")


def test_a_caption_says_how_often_a_rule_looks():
    assert (
        look_caption("median", 3, 1) == "the median rule looks at every epoch from 3 on"
    )
    assert look_caption("threshold", 1, 5).endswith("every 5 epochs from 1 on")
