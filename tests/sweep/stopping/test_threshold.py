"""`threshold`: against Optuna's pruner, what it says, and ranges that hold nothing."""

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sweep.model.trial import Report, State
from sweep.stopping import Threshold
from tests.sweep.stopping.beside_optuna import (
    METRIC,
    curve,
    curves,
    goals,
    quiet,
    stopped_by_optuna,
    stopped_here,
    trial,
)

pytestmark = quiet


BOUNDS = st.none() | st.sampled_from([-3.0, -1.0, 0.0])


@given(
    curves,
    goals,
    BOUNDS,
    st.none() | st.sampled_from([0.0, 1.0, 3.0]),
    st.integers(1, 4),
    st.integers(1, 4),
)
@settings(max_examples=150)
def test_threshold_decides_as_optunas(own, goal, lower, upper, min_iter, interval):
    if lower is None and upper is None:
        upper = 2.0
    rule = Threshold(lower=lower, upper=upper, min_iter=min_iter, interval=interval)
    theirs = optuna.pruners.ThresholdPruner(
        lower, upper, n_warmup_steps=min_iter - 1, interval_steps=interval
    )
    assert stopped_here(rule, goal, own, []) == stopped_by_optuna(theirs, goal, own, [])


def test_it_names_the_epoch_the_value_and_the_bound():
    rule = Threshold(upper=2)
    assert (
        rule.stop_reason(trial(0, curve(1.0, 7.0)), [], METRIC, "minimize")
        == "epoch 2: m 7 is above 2"
    )
    assert (
        rule.stop_reason(trial(0, curve(1.0, None)), [], METRIC, "minimize")
        == "epoch 2: m is not finite"
    )


def test_a_report_without_the_metric_decides_nothing():
    """Trainers that validate every few epochs report other metrics in between."""
    rule = Threshold(upper=0.0)
    complete = [trial(1, curve(*[0.1] * 4), State.COMPLETE)]
    own = trial(0, curve(0.5, 0.9))
    assert rule.stop_reason(own, complete, METRIC, "minimize") is not None
    own.reports.append(Report(2, {"train/loss": 1.0}, 1.0))
    assert rule.stop_reason(own, complete, METRIC, "minimize") is None


@pytest.mark.parametrize(
    "bounds, words",
    [
        ({}, "neither lower nor upper"),
        ({"lower": 3, "upper": 2}, "no value is above 3 and below 2"),
    ],
)
def test_a_range_that_is_none_is_refused(bounds, words):
    with pytest.raises(ValidationError, match=words):
        Threshold(**bounds)
