"""A value that changes while a trial trains: how a configuration holds it, and what holds when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.by_epoch import (
    change_epochs,
    changing,
    config_after,
    described,
    is_by_epoch,
    points_of,
    value_by_epoch,
)
from sweep.model.trial import configuration_key

points = st.dictionaries(st.integers(1, 50), st.floats(0, 1), max_size=6).map(
    lambda later: {0: 0.5, **later}
)


@given(points, st.integers(0, 60))
def test_the_latest_change_holds(changes, epochs):
    config = {"rate": value_by_epoch(changes), "depth": 2}
    latest = max(at for at in changes if at <= epochs)
    assert config_after(config, epochs) == {"rate": changes[latest], "depth": 2}


@given(points)
def test_what_never_changes_is_the_value_alone(changes):
    value = value_by_epoch(changes)
    assert is_by_epoch(value) == (len(set(changes.values())) > 1)
    assert points_of(value)[0] == 0.5


def test_a_point_that_changes_nothing_is_left_out():
    value = value_by_epoch({0: 1.0, 2: 1.0, 4: 2.0})
    assert points_of(value) == {0: 1.0, 4: 2.0}
    assert change_epochs({"x": value, "y": 3}) == [4]


def test_changes_of_several_parameters_are_put_together():
    config = {
        "x": value_by_epoch({0: 1, 4: 2}),
        "y": value_by_epoch({0: 1, 2: 2, 4: 3}),
        "z": {"a": 1},
    }
    assert changing(config) == ["x", "y"]
    assert change_epochs(config) == [2, 4]
    assert config_after(config, 3) == {"x": 1, "y": 2, "z": {"a": 1}}


def test_a_configuration_with_a_value_by_epoch_is_another_one():
    constant, changed = {"x": 1.0}, {"x": value_by_epoch({0: 1.0, 3: 2.0})}
    assert configuration_key(constant) != configuration_key(changed)


@pytest.mark.parametrize(
    "value, words",
    [
        (0.1, "0.1"),
        ("ce", "ce"),
        (value_by_epoch({0: 0.1, 5: 0.08}), "0.1, from epoch 6 0.08"),
    ],
)
def test_in_words_epochs_are_counted_from_1(value, words):
    assert described(value) == words
