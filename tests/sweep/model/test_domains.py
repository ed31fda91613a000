"""A domain contains, counts, lists and rounds its values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model import domains
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Normal, Uniform


@pytest.mark.parametrize(
    "domain, inside, outside",
    [
        (Constant("a"), ["a"], ["b", None]),
        (Choice((1, "x", True)), [1, 1.0, "x", True], [2, "1", False]),
        (
            Uniform(0.5, 4.0),
            [0.5, 4, 4.0, 1],
            [0.49, 4.01, "1", True, None, math.nan, math.inf],
        ),
        (Uniform(0.1, 0.7, step=0.2), [0.1, 0.3, 0.1 + 0.2, 0.7], [0.2, 0.9]),
        (IntUniform(1, 9, step=2), [1, 3, 9], [2, 10, 3.0, True]),
        (Normal(0, 1), [-5, 5.5], ["0", math.inf]),
        (Normal(0, 1, log=True), [0.1], [0, -1]),
        (Beta(2, 5), [0, 0.5, 1], [-0.1, 1.1, "0.5", True]),
        (Beta(2, 5, step=0.25), [0.25, 1.0], [0.3, 1.25]),
    ],
)
def test_contains(domain, inside, outside):
    assert [v for v in inside if not domains.contains(domain, v)] == []
    assert [v for v in outside if domains.contains(domain, v)] == []


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(1, 7))
def test_integer_values_are_those_contained(low, span, step):
    domain = IntUniform(low, low + span, step=step)
    enumerated = list(domains.values(domain))
    assert enumerated == [
        v for v in range(low - 5, low + span + 5) if domains.contains(domain, v)
    ]
    assert domains.count(domain) == len(enumerated)


@given(
    st.integers(-20, 20), st.integers(0, 40), st.sampled_from([0.1, 0.25, 0.05, 3.0])
)
def test_stepped_values_are_contained_counted_and_readable(low, steps, step):
    domain = Uniform(
        float(f"{low * step:.12g}"), float(f"{(low + steps) * step:.12g}"), step=step
    )
    enumerated = list(domains.values(domain))
    assert len(enumerated) == steps + 1 == domains.count(domain)
    assert enumerated[0] == domain.low
    assert enumerated[-1] == domain.high
    assert all(domains.contains(domain, v) for v in enumerated)
    assert all(len(repr(v)) < 8 for v in enumerated), "no 0.30000000000000004"


@given(st.floats(-100, 100), st.integers(0, 30), st.sampled_from([0.1, 0.5, 2.0]))
def test_quantise_gives_the_nearest_value(value, steps, step):
    domain = Uniform(0.0, float(f"{steps * step:.12g}"), step=step)
    nearest = domains.quantise(domain, value)
    assert domains.contains(domain, nearest)
    assert (
        abs(nearest - value)
        <= min(abs(v - value) for v in domains.values(domain)) + 1e-9
    )


def test_quantise_keeps_a_stepped_log_normal_positive():
    assert domains.quantise(Normal(0, 1, log=True, step=0.5), 0.01) == 0.5
    assert domains.quantise(IntUniform(2, 9, step=3), 100) == 8
    assert domains.quantise(Uniform(0, 1), 0.123) == 0.123


@pytest.mark.parametrize(
    "domain, words",
    [
        (Constant(3), "exactly 3"),
        (Choice(("ce", "focal")), "one of: ce, focal"),
        (Uniform(0.5, 4.0), "a number from 0.5 to 4.0"),
        (Uniform(0.0, 1.0, step=0.1), "a number from 0.0 to 1.0 in steps of 0.1"),
        (IntUniform(1, 5), "an integer from 1 to 5"),
        (Normal(0, 1, log=True), "a positive number"),
    ],
)
def test_describe_is_what_a_message_says(domain, words):
    assert domains.describe(domain) == words
