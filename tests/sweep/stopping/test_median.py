"""`median`: against its definition, and whom it compares with."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from sweep.model.trial import State
from sweep.stopping import Median, Patient
from tests.sweep.stopping.races import CASES, METRIC, curves, goals, trial


def median_by_definition(own, rivals, min_iter, goal):
    """Golovin et al.

    2017: the trial's best against the median of completed rivals' means up to the same epoch.
    """
    if len(own) < min_iter or len(rivals) < 4:
        return False
    sign = 1 if goal == "maximize" else -1
    best = max(sign * value for value in own)
    return best < statistics.median(
        sign * statistics.fmean(rival[: len(own)]) for rival in rivals
    )


@given(curves, st.integers(1, 9), st.integers(1, 4), goals)
def test_median_stops_what_the_definition_stops(drawn, length, min_iter, goal):
    own, *rivals = drawn
    rule = Median(min_iter=min_iter)
    complete = [trial(n + 1, curve, State.COMPLETE) for n, curve in enumerate(rivals)]
    stopped = (
        rule.stop_reason(trial(0, own[:length]), complete, METRIC, goal) is not None
    )
    assert stopped == median_by_definition(own[:length], rivals, min_iter, goal)


def test_median_asks_completed_rivals_only():
    rivals = [trial(n, [1.0] * 3, State.COMPLETE) for n in range(3)]
    others = [
        trial(n, [1.0] * 3, state)
        for n, state in enumerate([State.PRUNED, State.FAILED, State.RUNNING], 3)
    ]
    assert (
        CASES["median"].stop_reason(
            trial(9, [0.0]), rivals + others, METRIC, "maximize"
        )
        is None
    )
    fourth = trial(7, [1.0] * 3, State.COMPLETE)
    assert (
        CASES["median"].stop_reason(
            trial(9, [0.0]), [*rivals, *others, fourth], METRIC, "maximize"
        )
        is not None
    )


def test_a_figure_draws_its_first_look():
    looks = Median(min_iter=3).looks(9)
    assert (looks.epochs, looks.caption) == (
        (3,),
        "the median rule looks at every epoch from 3 on",
    )
    assert Median(min_iter=10).looks(9).epochs == ()


def test_by_default_it_looks_at_the_first_epoch_already():
    rivals = [trial(n, [1.0] * 3, State.COMPLETE) for n in range(4)]
    assert Median().stop_reason(trial(9, [0.0]), rivals, METRIC, "maximize") is not None


def test_patience_may_ask_it():
    rule = Patient(patience=1, rule=Median(min_iter=2))
    assert list(rule.faults({}, 1, ("early_terminate",))) == []
