"""Random draws are distributed as the study file says."""

import math
import random
from collections import Counter

import pytest
from scipy import stats

from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    IntUniform,
    Normal,
    Uniform,
    contains,
)
from sweep.samplers.drawing import draw, point


def drawn(domain, number=2000):
    return [draw(domain, random.Random(seed)) for seed in range(number)]


@pytest.mark.parametrize(
    "domain, law",
    [
        (Uniform(2.0, 5.0), stats.uniform(2, 3)),
        (Uniform(1e-5, 1e-1, log=True), stats.loguniform(1e-5, 1e-1)),
        (Normal(1.0, 2.0), stats.norm(1, 2)),
        (Beta(2.0, 5.0), stats.beta(2, 5)),
        (Normal(1.0, 0.5, log=True), stats.lognorm(0.5, scale=math.e)),
    ],
)
def test_random_draws_follow_their_distribution(domain, law):
    assert stats.kstest(drawn(domain), law.cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    "domain, shares",
    [
        (Choice(("a", "b", "c", "d")), dict.fromkeys("abcd", 0.25)),
        (Choice(("a", "b"), (0.9, 0.1)), {"a": 0.9, "b": 0.1}),
        (IntUniform(1, 4), dict.fromkeys((1, 2, 3, 4), 0.25)),
        (IntUniform(10, 20, step=5), dict.fromkeys((10, 15, 20), 1 / 3)),
        (
            IntUniform(1, 3, log=True),
            {n: math.log((n + 0.5) / (n - 0.5)) / math.log(7) for n in (1, 2, 3)},
        ),
    ],
)
def test_random_choices_and_integers_have_their_probabilities(domain, shares):
    counts = Counter(drawn(domain))
    assert set(counts) == set(shares)
    expected = [2000 * share for share in shares.values()]
    assert stats.chisquare([counts[k] for k in shares], expected).pvalue > 1e-4


def test_a_stepped_range_reaches_both_its_ends():
    found = Counter(drawn(Uniform(0.0, 0.3, step=0.1)))
    assert set(found) == {0.0, 0.1, 0.2, 0.3}


@pytest.mark.parametrize(
    "domain",
    [
        Constant("a"),
        Choice(("a", "b", "c"), (0.0, 1.0, 0.0)),
        Uniform(-1.0, 2.0),
        Uniform(1e-5, 1e-1, log=True),
        Uniform(0.0, 0.3, step=0.1),
        IntUniform(10, 20, step=5),
        IntUniform(1, 1000, log=True),
        Normal(0.0, 1.0),
        Normal(0.0, 1.0, log=True, step=0.5),
        Beta(0.4, 0.4, step=0.125),
    ],
)
def test_every_share_from_0_to_1_is_a_value_of_the_domain(domain):
    values = [point(domain, share / 8) for share in range(9)]
    assert all(contains(domain, value) for value in values)
    if not isinstance(domain, Choice | Constant):
        assert values == sorted(values)
