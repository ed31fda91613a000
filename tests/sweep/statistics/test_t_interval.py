"""Student's interval and test: against SciPy, and where the spread is unknown."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sweep.errors import UsageError
from sweep.statistics.t_interval import (
    mean_t_interval,
    satterthwaite,
    t_interval,
    t_quantile,
)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_a_mean_has_scipys_interval_and_p(confidence):
    sample = np.random.default_rng(0).normal(0.3, 1, size=9)
    found = mean_t_interval(sample, confidence)
    expected = stats.ttest_1samp(sample, 0)
    interval = expected.confidence_interval(confidence)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_quantiles_far_out_are_exact():
    assert t_quantile(4, 1e-12) == pytest.approx(stats.t.isf(1e-12, 4))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_equal_values_have_no_interval(value):
    found = mean_t_interval([value] * 6)
    assert found.mean == pytest.approx(value)
    assert found.p is None
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@given(
    st.lists(
        st.tuples(st.just(0.0) | st.floats(1e-100, 1e3), st.integers(1, 30)),
        min_size=1,
        max_size=6,
    )
)
def test_satterthwaites_degrees_lie_between_the_smallest_and_the_sum(parts):
    variances, df = zip(*parts, strict=True)
    found = satterthwaite(variances, df)
    assert min(df) * (1 - 1e-9) <= found <= sum(df) * (1 + 1e-9)
    assert satterthwaite([1e-100 * v for v in variances], df) == pytest.approx(
        found, rel=0.01
    )


def test_bad_input_is_refused():
    with pytest.raises(UsageError, match="confidence is 95"):
        t_interval(0.0, 1.0, 3, 95)
    with pytest.raises(UsageError, match="has 1 values; at least 2"):
        mean_t_interval([1.0])
