"""Means, intervals and Holm's adjustment: against published tables, SciPy, and simulation."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sweep.errors import UsageError
from sweep.statistics.paired import hedges_correction, holm, mean_interval

differences = st.lists(
    st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=3, max_size=8
)


class TestPublishedExamples:
    def test_holms_adjustment(self):
        # R's p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm").
        assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx(
            [0.05, 0.08, 0.09, 0.09, 0.09]
        )

    def test_hedges_correction(self):
        # Hedges (1981), table of c(m): c(2) = 0.5642, c(3) = 0.7236, c(10) = 0.9228.
        for degrees, table in ((2, 0.5642), (3, 0.7236), (10, 0.9228)):
            assert hedges_correction(degrees) == pytest.approx(table, abs=1e-4)


class TestAgainstScipy:
    @given(differences)
    def test_interval_is_students(self, values):
        estimate = mean_interval(values, 0.9)
        if np.ptp(values) == 0:
            assert (estimate.sd, estimate.low, estimate.high) == (
                0.0,
                estimate.mean,
                estimate.mean,
            )
            return
        expected = stats.ttest_1samp(values, 0).confidence_interval(0.9)
        assert (estimate.low, estimate.high) == pytest.approx(
            (expected.low, expected.high)
        )
        assert estimate.sd == pytest.approx(np.std(values, ddof=1))

    @pytest.mark.parametrize(
        "raw", [[0.04], [0.01, 0.01, 0.3], [0.2, 0.001, 0.9, 0.03, 0.03, 0.5]]
    )
    def test_holm_agrees_with_statsmodels(self, raw):
        assert holm(raw) == pytest.approx(multipletests(raw, method="holm")[1])


class TestLaws:
    @given(st.lists(st.none() | st.floats(0, 1), max_size=8))
    def test_holm_never_lowers_a_p_value_keeps_the_order_and_leaves_gaps(self, raw):
        adjusted = holm(raw)
        assert [p is None for p in raw] == [p is None for p in adjusted]
        pairs = sorted(
            (a, b) for a, b in zip(raw, adjusted, strict=True) if a is not None
        )
        assert all(a <= b <= 1 for a, b in pairs)
        assert all(left[1] <= right[1] for left, right in itertools.pairwise(pairs))


class TestTooFew:
    def test_one_value_has_a_mean_and_no_spread(self):
        estimate = mean_interval([0.7])
        assert estimate.mean == 0.7
        assert math.isnan(estimate.sd)
        assert math.isnan(estimate.low)


class TestRefusals:
    @pytest.mark.parametrize("values", [[], [1.0, math.nan], [[1.0, 2.0]]])
    def test_no_sample(self, values):
        with pytest.raises(UsageError):
            mean_interval(values)

    def test_confidence_is_a_share(self):
        with pytest.raises(UsageError, match="between 0 and 1"):
            mean_interval([1, 2], confidence=95)


class TestCoverage:
    """Share of simulated studies whose interval holds the truth; the bounds are four
    standard errors of that share."""

    RUNS = 2_000
    BOUND = 4 * math.sqrt(0.95 * 0.05 / RUNS)

    def test_interval_over_five_seeds(self):
        samples = np.random.default_rng(0).normal(0.4, 2.0, size=(self.RUNS, 5))
        held = [e.low <= 0.4 <= e.high for e in map(mean_interval, samples)]
        assert np.mean(held) == pytest.approx(0.95, abs=self.BOUND)
