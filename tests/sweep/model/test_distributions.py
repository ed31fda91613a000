"""Quantiles of a domain are those of its distribution."""

import math

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from sweep.model import distributions
from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    Domain,
    IntUniform,
    Normal,
    Uniform,
)


@given(st.floats(0.001, 0.999), st.floats(-3, 3), st.floats(0.1, 2))
def test_normal_quantiles_are_scipys(probability, mean, sd):
    expected = scipy.stats.norm.ppf(probability, mean, sd)
    assert distributions.quantile(Normal(mean, sd), probability) == pytest.approx(
        expected, abs=1e-9
    )
    log = distributions.quantile(Normal(mean, sd, log=True), probability)
    assert log == pytest.approx(
        scipy.stats.lognorm.ppf(probability, sd, scale=math.exp(mean))
    )


@given(st.floats(0.001, 0.999), st.floats(0.5, 5), st.floats(0.5, 5))
def test_beta_quantiles_are_scipys(probability, a, b):
    expected = scipy.stats.beta.ppf(probability, a, b)
    assert distributions.quantile(Beta(a, b), probability) == pytest.approx(expected)


@given(st.floats(0.001, 0.999))
@pytest.mark.parametrize(
    "domain", [Normal(1, 2), Normal(-1, 0.5, log=True), Beta(2, 5)], ids=str
)
def test_a_probability_is_the_inverse_of_a_quantile(domain, probability):
    value = distributions.quantile(domain, probability)
    assert distributions.probability(domain, value) == pytest.approx(probability)


@pytest.mark.parametrize(
    "domain, typical",
    [
        (Constant(3), 3),
        (Choice(("ce", "focal")), "ce"),
        (Uniform(0.0, 4.0), 2.0),
        (Uniform(1e-4, 1e-2, log=True), 1e-3),
        (IntUniform(1, 5), 3),
        (Normal(2, 1), 2.0),
        (Beta(2, 2), 0.5),
    ],
    ids=str,
)
def test_the_typical_value_is_the_first_choice_or_the_middle(domain: Domain, typical):
    assert distributions.typical(domain) == pytest.approx(typical)
