"""Factorial effects: against paired t-tests, textbook sums of squares and hand-made differences."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.factorial import factorial_effects


def design(*factors, blocks):
    """Levels of each factor and the block of every run of a full factorial design."""
    runs = list(itertools.product(*factors, range(blocks)))
    *levels, block = (list(column) for column in zip(*runs, strict=True))
    return {f"factor {i}": level for i, level in enumerate(levels)}, block


def test_one_factor_of_two_levels_is_a_paired_t_test():
    levels, block = design("ab", blocks=6)
    values = np.random.default_rng(0).normal(size=12)
    (effect,) = factorial_effects(levels, values, block)
    expected = stats.ttest_rel(values[6:], values[:6])
    assert effect.f == pytest.approx(expected.statistic**2)
    assert effect.p == pytest.approx(expected.pvalue)
    assert effect.estimate == pytest.approx((values[6:] - values[:6]).mean())
    interval = expected.confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high))


def test_sums_of_squares_of_a_two_by_three_design_in_blocks():
    levels, block = design("ab", "xyz", blocks=4)
    y = np.random.default_rng(3).normal(size=(2, 3, 4))
    grand = y.mean()
    ss_a = 12 * ((y.mean((1, 2)) - grand) ** 2).sum()
    ss_b = 8 * ((y.mean((0, 2)) - grand) ** 2).sum()
    ss_ab = 4 * ((y.mean(2) - grand) ** 2).sum() - ss_a - ss_b
    ss_block = 6 * ((y.mean((0, 1)) - grand) ** 2).sum()
    ss_error = ((y - grand) ** 2).sum() - ss_a - ss_b - ss_ab - ss_block
    found = {effect.factors: effect for effect in factorial_effects(levels, y.ravel(), block)}
    for factors, ss, df in (
        (("factor 0",), ss_a, 1),
        (("factor 1",), ss_b, 2),
        (("factor 0", "factor 1"), ss_ab, 2),
    ):
        effect = found[factors]
        assert (effect.df, effect.df_error) == (df, 15)
        assert effect.f == pytest.approx(ss / df / (ss_error / 15))
        assert effect.p == pytest.approx(stats.f.sf(effect.f, df, 15))
        assert effect.partial_eta_squared == pytest.approx(ss / (ss + ss_error))
    assert found["factor 1",].estimate is None


def test_an_interaction_is_the_difference_of_differences():
    levels, block = design([0, 1], [0.5, 1.0], blocks=3)
    cell = {(0, 0): 1.0, (0, 1): 1.5, (1, 0): 3.0, (1, 1): 6.0}
    noise = np.random.default_rng(0).normal(0, 1e-3, size=12)
    values = [
        cell[i, j] + 0.2 * b for i, j, b in itertools.product((0, 1), (0, 1), range(3))
    ] + noise
    first, second, both = factorial_effects(levels, values, block)
    assert first.estimate == pytest.approx((3.0 + 6.0) / 2 - (1.0 + 1.5) / 2, abs=0.01)
    assert second.estimate == pytest.approx((1.5 + 6.0) / 2 - (1.0 + 3.0) / 2, abs=0.01)
    assert both.estimate == pytest.approx((6.0 - 3.0) - (1.5 - 1.0), abs=0.01)
    assert both.low < both.estimate < both.high


def test_what_a_seed_shares_is_no_noise():
    levels, block = design("ab", blocks=5)
    noise = np.random.default_rng(0).normal(0, 0.1, size=10)
    quiet = factorial_effects(levels, noise, block)[0]
    shaken = factorial_effects(levels, noise + 100 * np.tile(np.arange(5), 2), block)[0]
    assert shaken.p == pytest.approx(quiet.p)


def test_a_design_without_noise_has_no_p_value():
    levels, block = design("ab", blocks=3)
    (effect,) = factorial_effects(levels, [0, 0, 0, 1, 1, 1], block)
    assert effect.estimate == pytest.approx(1.0)
    assert math.isnan(effect.p)


def test_names_and_levels_that_are_no_python_do_no_harm():
    levels, block = design("ab", blocks=3)
    hostile = {"C(x) + __import__('os')": [f"~{level}" for level in levels["factor 0"]]}
    (effect,) = factorial_effects(hostile, np.random.default_rng(0).normal(size=6), block)
    assert effect.factors == ("C(x) + __import__('os')",)


class TestRefusals:
    def test_one_seed(self):
        levels, block = design("ab", blocks=1)
        with pytest.raises(UsageError, match="at least two seeds"):
            factorial_effects(levels, [1.0, 2.0], block)

    def test_one_level(self):
        with pytest.raises(UsageError, match="one level"):
            factorial_effects({"f": ["a", "a"]}, [1.0, 2.0], [0, 1])

    def test_empty_cell(self):
        with pytest.raises(UsageError, match="3 of the 4 cells"):
            factorial_effects({"f": list("aab"), "g": list("xyx")}, [1.0, 2.0, 3.0], [0, 0, 0])

    def test_cells_that_share_no_seed(self):
        """Whether it is the arm or the seed that matters, such runs cannot say."""
        levels = {"loss": ["ce", "ce", "focal", "focal", "ce", "focal"]}
        with pytest.raises(
            UsageError, match="what an arm does cannot be told from what a seed does"
        ):
            factorial_effects(levels, [0.1, 0.2, 0.3, 0.4, 0.2, 0.3], [0, 1, 2, 3, 1, 2])

    def test_not_finite(self):
        with pytest.raises(UsageError, match="finite"):
            factorial_effects({"f": list("ab")}, [1.0, math.nan], [0, 0])
