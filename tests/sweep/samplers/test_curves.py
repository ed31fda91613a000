"""Columns that are kept are what they would be if they were read anew, however the past
came to be what it is."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.domains import Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Observation, SearchSpace
from sweep.samplers.curves import Curves, curves, forget

SPACE = {"x": Parameter("x", Uniform(0.0, 1.0), "scientific")}
COLUMNS = ("ends", "last", "stopped", "failed")


def spec(goal="maximize", select="best"):
    return SearchSpace(SPACE, "m", goal, select)


def seen(state, value=None, **curve):
    return Observation(
        {"x": 0.5},
        state,
        value,
        {int(epoch[1:]): reached for epoch, reached in curve.items()},
    )


PAST = [
    seen(State.COMPLETE, 0.7, e0=0.5, e2=0.7, e4=0.6),
    seen(State.PRUNED, None, e1=0.3),
    seen(State.FAILED, None, e0=0.1),
    seen(State.RUNNING, None, e0=0.2),
    seen(State.PRUNED),
    seen(State.COMPLETE, 0.9),
]


@pytest.fixture(autouse=True)
def another_process():
    forget()


def test_a_row_says_how_it_ended_and_how_far_it_got():
    read = curves(spec(), PAST)
    assert read.ends.tolist() == pytest.approx([0.7, *[np.nan] * 4, 0.9], nan_ok=True)
    assert read.last.tolist() == [4, 1, 0, 0, -1, -1]
    assert read.stopped.tolist() == [False, True, False, False, False, False]
    assert read.failed.tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    "select, epoch, worth",
    [
        ("best", 4, 0.7),
        ("last", 4, 0.6),
        ("best", 3, 0.7),
        ("best", 1, 0.5),
        ("last", 9, 0.6),
    ],
)
def test_the_value_at_an_epoch_is_the_best_or_last_until_then(select, epoch, worth):
    assert curves(spec(select=select), PAST).at(epoch)[0] == worth


def test_before_its_first_report_a_trial_has_that_reports_value():
    at = curves(spec(), PAST).at(0)
    assert at[1] == 0.3
    assert np.isnan(at[[4, 5]]).all()


def test_larger_is_better_whatever_the_goal():
    read = curves(spec("minimize"), PAST)
    assert read.ends[0] == -0.7
    assert read.at(4)[0] == -0.5


def test_curves_of_another_metric_are_read_again():
    curves(spec(), PAST)
    assert curves(spec("minimize"), PAST).ends[5] == -0.9


def test_an_identical_observation_is_not_read_again(monkeypatch):
    curves(spec(), PAST)
    read, inner = [], Curves._row
    monkeypatch.setattr(
        Curves, "_row", lambda self, one: read.append(one) or inner(self, one)
    )
    ended = dataclasses.replace(PAST[3], state=State.COMPLETE, value=0.8)
    more = seen(State.RUNNING)
    curves(spec(), [*PAST[:3], ended, *PAST[4:], more])
    assert [one is ended or one is more for one in read] == [True, True]


states = st.sampled_from(list(State))
numbers = st.floats(-9, 9)
observations = st.builds(
    Observation,
    st.just({"x": 0.5}),
    states,
    st.none() | numbers,
    st.dictionaries(st.integers(0, 6), numbers),
)


@given(
    st.lists(
        st.tuples(st.lists(observations, max_size=6), st.integers(0, 6)), max_size=6
    )
)
def test_cached_columns_never_differ_from_fresh_ones(questions):
    forget()
    past = []
    for change, kept in questions:
        past = [*past[:kept], *change]
        read, anew = curves(spec(), past), Curves(1.0, "best")
        anew.follow(past)
        for name in COLUMNS:
            assert np.array_equal(
                getattr(read, name), getattr(anew, name), equal_nan=True
            )
        for epoch in (0, 3, 6):
            assert np.array_equal(read.at(epoch), anew.at(epoch), equal_nan=True)
