"""`oscillation`: a share of the size of a curve, found in the first window that has it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.stopping.oscillation import oscillation
from tests.sweep.stopping.unhealthy import found

finite = st.floats(-1e3, 1e3)


@given(st.lists(finite, min_size=2, max_size=20))
def test_a_monotone_curve_does_not_oscillate(values):
    assert math.isclose(oscillation(sorted(values)), 0, abs_tol=1e-9)
    assert math.isclose(oscillation(sorted(values, reverse=True)), 0, abs_tol=1e-9)


@given(st.lists(finite, min_size=2, max_size=20), st.floats(1e-3, 1e3))
def test_oscillation_is_a_share_it_does_not_know_the_curves_scale(values, scale):
    once, scaled = oscillation(values), oscillation([v * scale for v in values])
    assert math.isclose(once, scaled, rel_tol=1e-6, abs_tol=1e-9)


def test_a_curve_that_jumps_by_a_tenth_either_way_oscillates_by_two_tenths():
    assert oscillation([1.1, 0.9, 1.1, 0.9, 1.1]) == pytest.approx(0.2, rel=0.03)
    assert oscillation([0.0, 0.0, 0.0]) == 0


def test_oscillation_is_found_in_the_first_window_that_has_it():
    rules = {"oscillation": {"metric": "train/loss", "window": 3, "above": 0.2}}
    (swing,) = found(rules, train_loss=[1.0, 0.9, 0.8, 1.4, 0.7, 1.4])
    assert swing.epoch == 4
    assert "lower the learning rate" in swing.advice
    assert found(rules, train_loss=[1.0, 0.5]) == [], "fewer reports than the window"


@given(
    st.lists(st.floats(0.1, 10), min_size=3, max_size=12),
    st.integers(3, 6),
    st.floats(0.01, 2),
)
def test_the_rule_finds_the_first_window_whose_oscillation_is_above_the_bound(
    values, window, above
):
    rules = {"oscillation": {"metric": "train/loss", "window": window, "above": above}}
    sizes = {
        end: oscillation(values[end - window : end])
        for end in range(window, len(values) + 1)
    }
    if any(math.isclose(size, above) for size in sizes.values()):
        return
    first = next((end - 1 for end, size in sizes.items() if size > above), None)
    assert [f.epoch for f in found(rules, train_loss=values)] == (
        [] if first is None else [first]
    )
