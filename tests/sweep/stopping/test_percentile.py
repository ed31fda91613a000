"""`percentile`: against Optuna's pruner, what it says, and when it looks."""

import optuna
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.trial import Report, State
from sweep.stopping import Percentile
from tests.sweep.stopping.beside_optuna import (
    METRIC,
    PERCENTILES,
    curve,
    curves,
    goals,
    quiet,
    rivals,
    stopped_by_optuna,
    stopped_here,
    trial,
)

pytestmark = quiet


@given(
    curves,
    rivals,
    goals,
    PERCENTILES,
    st.integers(0, 4),
    st.integers(1, 4),
    st.integers(1, 4),
)
@settings(max_examples=150)
def test_percentile_decides_as_optunas(
    own, others, goal, share, startup, min_iter, interval
):
    rule = Percentile(
        percentile=share,
        n_startup_trials=startup,
        min_iter=min_iter,
        interval=interval,
    )
    theirs = optuna.pruners.PercentilePruner(
        share, startup, n_warmup_steps=min_iter - 1, interval_steps=interval
    )
    assert stopped_here(rule, goal, own, others) == stopped_by_optuna(
        theirs, goal, own, others
    )


def test_it_names_the_epoch_the_value_and_the_percentile():
    complete = [
        trial(n, curve(0.5, value), State.COMPLETE)
        for n, value in enumerate([0.6, 0.7, 0.8, 0.9], 1)
    ]
    rule = Percentile(percentile=25, n_startup_trials=2)
    assert rule.stop_reason(
        trial(0, curve(0.4, 0.5)), complete, METRIC, "maximize"
    ) == ("epoch 2: best m 0.5 is behind 0.825, which the best 25 % of 4 trials reach")


def test_a_report_without_the_metric_decides_nothing():
    """Trainers that validate every few epochs report other metrics in between."""
    rule = Percentile(percentile=50, n_startup_trials=1)
    complete = [trial(1, curve(*[0.1] * 4), State.COMPLETE)]
    own = trial(0, curve(0.5, 0.9))
    assert rule.stop_reason(own, complete, METRIC, "minimize") is not None
    own.reports.append(Report(2, {"train/loss": 1.0}, 1.0))
    assert rule.stop_reason(own, complete, METRIC, "minimize") is None


def test_a_figure_draws_its_first_look_and_says_how_often_it_looks():
    looks = Percentile(percentile=50, min_iter=3, interval=2).looks(9)
    assert looks.epochs == (3,)
    assert looks.caption == "the percentile rule looks at every 2 epochs from 3 on"
