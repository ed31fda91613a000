"""The parameter language."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.domains import Choice, Constant, IntUniform, Normal, Uniform, contains
from sweep.spec.entries import Entry, parameter

pytestmark = pytest.mark.usefixtures("toy")


@pytest.mark.parametrize(
    "entry, domain",
    [
        ("3", Constant(3)),
        ("no", Constant("no")),
        ("{value: [1, 2]}", Constant([1, 2])),
        ("{value: null}", Constant(None)),
        (
            "{values: [a, b], probabilities: [0.25, 0.75]}",
            Choice(("a", "b"), (0.25, 0.75)),
        ),
        ("{min: 1, max: 4}", IntUniform(1, 4)),
        ("{min: 1, max: 4.0}", Uniform(1.0, 4.0)),
        ("{distribution: uniform, min: 1, max: 4}", Uniform(1.0, 4.0)),
        ("{distribution: int_uniform, min: 1, max: 4}", IntUniform(1, 4)),
        (
            "{distribution: q_uniform, min: 0, max: 1, q: 0.25}",
            Uniform(0.0, 1.0, step=0.25),
        ),
        ("{min: 0.1, max: 0.9, q: 0.25}", Uniform(0.25, 0.75, step=0.25)),
        ("{distribution: q_uniform, min: 3, max: 20, q: 5}", IntUniform(5, 20, step=5)),
        (
            "{distribution: log_uniform_values, min: 1, max: 8}",
            Uniform(1.0, 8.0, log=True),
        ),
        (
            "{distribution: q_log_uniform_values, min: 8, max: 64, q: 8}",
            IntUniform(8, 64, log=True, step=8),
        ),
        (
            "{distribution: inv_log_uniform_values, min: 1, max: 8}",
            Uniform(1.0, 8.0, log=True),
        ),
        (
            "{distribution: log_uniform, min: -2, max: 0}",
            Uniform(math.exp(-2), 1.0, log=True),
        ),
        (
            "{distribution: inv_log_uniform, min: 0, max: 2}",
            Uniform(math.exp(-2), 1.0, log=True),
        ),
        ("{distribution: normal, mu: 1, sigma: 0.5}", Normal(1.0, 0.5)),
        ("{distribution: q_log_normal}", Normal(0.0, 1.0, log=True, step=1)),
    ],
)
def test_the_parameter_language_of_wandb(load, entry, domain):
    head = (
        "trainer: own:train\nmetric: {name: m, goal: minimize}\nsearch: {trials: 1}\n"
    )
    study = load(f"{head}parameters:\n  b: {{values: [1, 2]}}\n  x: {entry}\n")
    assert study.parameters["x"].domain == domain


@given(st.integers(-30, 30), st.integers(0, 40), st.sampled_from([0.1, 0.25, 2, 5]))
def test_quantised_bounds_are_multiples_of_q_inside_the_bounds(low, span, q):
    entry = Entry.model_validate(
        {"distribution": "q_uniform", "min": low, "max": low + span, "q": q}
    )
    violations = []
    read = parameter("x", entry, lambda *c: violations.append(c))
    if read is None:
        assert violations
        return
    for edge in (read.domain.low, read.domain.high):
        assert low <= edge <= low + span
        assert math.isclose(edge / q, round(edge / q), abs_tol=1e-9)
        assert contains(read.domain, edge)
