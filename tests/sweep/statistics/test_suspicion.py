"""Seeds that agree and arms that coincide are seen; ordinary runs are not suspected."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.statistics.suspicion import Likeness, likeness, repeated_runs, seeds_agree


def curves(n, epochs=5, seed=0):
    """Rising curves that differ between seeds by about 0.02."""
    generator = np.random.default_rng(seed)
    return np.linspace(0.5, 0.8, epochs) + generator.normal(0, 0.02, (n, epochs))


class TestSeedsAgree:
    def test_a_trainer_that_never_reads_its_seed(self):
        assert seeds_agree(np.tile(np.linspace(0.5, 0.7, 3), (8, 1)))
        assert seeds_agree([0.7] * 8)

    def test_rounding_is_no_difference(self):
        assert seeds_agree([0.7, np.float32(0.7), 0.7 + 1e-12])

    def test_runs_that_end_alike_by_another_way_do_not_agree(self):
        """Every seed reaches an accuracy of 1; their curves differ."""
        assert seeds_agree([1.0, 1.0, 1.0])
        assert not seeds_agree([[0.8, 1.0], [0.7, 1.0], [0.9, 1.0]])

    def test_one_seed_that_differs_is_enough(self):
        assert not seeds_agree([0.7, 0.7, 0.7, 0.700001])

    def test_one_run_or_none_agrees_with_nobody(self):
        assert not seeds_agree([0.7])
        assert not seeds_agree([[math.nan], [math.nan]])

    def test_runs_of_different_length_differ(self):
        assert not seeds_agree([[0.5, 0.6], [0.5, math.nan]])


class TestLikeness:
    def test_a_parameter_that_is_never_read(self):
        assert likeness(curves(8), curves(8)) is Likeness.EXACT

    def test_one_seed_is_enough_for_exact(self):
        assert likeness(curves(1), curves(1)) is Likeness.EXACT

    def test_arms_that_an_optimiser_cannot_tell_apart(self):
        arm = curves(8)
        assert likeness(arm + 0.0005, arm) is Likeness.NEAR

    def test_an_ordinary_difference_is_not_suspected(self):
        assert likeness(curves(8), curves(8, seed=1)) is None
        assert likeness(curves(8) + 0.01, curves(8)) is None

    def test_one_seed_that_tells_them_apart_is_enough(self):
        arm = curves(8)
        other = arm.copy()
        other[3] += 0.01
        assert likeness(other, arm) is None

    def test_a_constant_difference_where_seeds_agree_is_not_near(self):
        assert likeness(np.full((8, 3), 0.71), np.full((8, 3), 0.7)) is None

    def test_results_alone_are_curves_of_one_epoch(self):
        assert likeness([0.7, 0.8, 0.6], [0.7, 0.8, 0.6]) is Likeness.EXACT

    def test_seeds_and_epochs_that_one_arm_lacks_do_not_count(self):
        arm, other = curves(6), curves(6)
        other[2] = np.nan
        assert likeness(arm, other) is Likeness.EXACT
        other[2] = arm[2]
        other[:, 3:] = np.nan
        assert likeness(arm, other) is None

    def test_arms_without_a_common_run(self):
        assert likeness([0.5, math.nan], [math.nan, 0.5]) is None

    @given(st.integers(0, 30), st.floats(1e-6, 1e6), st.floats(-5, 5))
    def test_unit_and_direction_do_not_matter(self, seed, size, shift):
        arm = curves(5, seed=seed)
        other = arm + 0.001 * shift
        found = likeness(arm, other)
        assert likeness(size * other, size * arm) == found
        assert likeness(-arm, -other) == found


def test_shapes_are_checked():
    with pytest.raises(UsageError, match="allowed: pairs"):
        likeness([0.1, 0.2], [0.1])
    with pytest.raises(UsageError, match="curves of shape"):
        seeds_agree([[math.inf], [0.0]])


def test_runs_that_are_the_same_are_grouped():
    curves = [[0.1, 0.2, 0.3], [0.1, 0.2, 0.4], [0.1, 0.2, 0.3]]
    assert repeated_runs(curves) == [[0, 2]]


def test_runs_of_a_coarse_metric_may_agree_by_chance():
    assert repeated_runs([[0.5, 0.5, 0.75], [0.5, 0.5, 0.75]]) == []
