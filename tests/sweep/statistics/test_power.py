"""What a number of seeds can find: against statsmodels, G*Power and simulation."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from sweep.errors import UsageError
from sweep.statistics.power import power_of_paired_t


@pytest.mark.parametrize("pairs", [3, 5, 10, 30])
@pytest.mark.parametrize("effect", [0.1, 0.5, 1.0])
def test_power_agrees_with_statsmodels(pairs, effect):
    expected = TTestPower().power(effect, pairs, 0.05)
    assert power_of_paired_t(effect, pairs) == pytest.approx(expected, abs=1e-6)


def test_power_of_the_gpower_example():
    # G*Power 3.1, matched pairs, d_z = 0.5, alpha = 0.05 two-sided: 34 pairs are the fewest for
    # power 0.80, 0.8078.
    assert power_of_paired_t(0.5, 34) == pytest.approx(0.8078, abs=1e-4)
    assert power_of_paired_t(0.5, 33) < 0.8


def test_power_agrees_with_simulation_where_statsmodels_gives_nan():
    rng, runs, level, effect = np.random.default_rng(0), 20_000, 0.05 / 5, 3.72
    found = (
        stats.ttest_1samp(rng.normal(effect, 1, size=(runs, 4)), 0, axis=1).pvalue
        <= level
    )
    error = math.sqrt(0.25 / runs)
    assert power_of_paired_t(effect, 4, level) == pytest.approx(
        found.mean(), abs=4 * error
    )


def test_no_effect_is_found_as_often_as_alpha_says():
    assert power_of_paired_t(0.0, 5, 0.05) == pytest.approx(0.05)


@pytest.mark.parametrize("wrong", [{"alpha": 0}, {"alpha": 1}, {"pairs": 1}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(UsageError):
        power_of_paired_t(**{"effect": 1.0, "pairs": 5, **wrong})
