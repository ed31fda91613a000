"""Expected improvement, and the point that promises most of it."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from sweep.model.domains import Choice, Uniform
from sweep.model.parameters import Parameter
from sweep.samplers.flat import FlatSpace
from sweep.samplers.gp_regression import fitted
from sweep.samplers.improvement import NEAR, expected, most_promising, neighbours

NUMBERS = np.zeros(2, dtype=bool)
PLACES = np.random.default_rng(0).random((30, 2))
VALUES = np.sin(6 * PLACES[:, 0]) + 0.1 * np.random.default_rng(1).standard_normal(30)


def test_the_expected_improvement_is_that_of_the_normal_distribution_and_finite_far_away():
    process = fitted(PLACES, VALUES, NUMBERS)
    mean, sd = process.predict(PLACES)
    level = float(mean.max())
    near = (mean - level) / sd > -4
    u = ((mean - level) / sd)[near]
    assert near.any()
    usual = np.log(sd[near] * (stats.norm.pdf(u) + u * stats.norm.cdf(u)))
    assert expected(process, PLACES, level)[near] == pytest.approx(usual, rel=1e-6)
    assert np.isfinite(expected(process, PLACES, 1e4)).all()


@pytest.mark.parametrize(
    ("u", "logarithm", "tolerance"),
    [
        # log(φ(u) + u Φ(u)) with 60 digits of mpmath
        (-4.0, -11.8490615775506311, 1e-6),
        (-6.0, -22.5788793921697974, 0.08),
        (-10.0, -55.5531220361223560, 0.03),
        (-30.0, -457.7246537605980, 0.004),
    ],
)
def test_the_far_tail_is_that_of_the_normal_distribution(u, logarithm, tolerance):
    process = SimpleNamespace(
        predict=lambda points: (np.full(len(points), u), np.ones(len(points)))
    )
    found = expected(process, np.zeros((1, 2)), 0.0)
    assert found[0] == pytest.approx(logarithm, abs=tolerance)


def test_the_most_promising_point_is_new_and_near_the_maximum():
    flat = FlatSpace({n: Parameter(n, Uniform(0.0, 1.0), "scientific") for n in "ab"})
    known = np.random.default_rng(3).random((40, 2))
    values = -((known - 0.7) ** 2).sum(axis=1)
    process = fitted(known, (values - values.mean()) / values.std(), NUMBERS)
    place = most_promising(flat, process, known, np.random.default_rng(0))
    assert not (known == place).all(axis=1).any()
    assert np.abs(place - 0.7).max() < 0.15


def test_neighbours_are_points_of_the_space_that_differ_in_some_coordinates():
    space = {
        "x": Parameter("x", Uniform(0.0, 1.0), "scientific"),
        "kind": Parameter("kind", Choice(("a", "b", "c")), "scientific"),
    }
    flat = FlatSpace(space)
    place = flat.encode({"x": 0.5, "kind": "a"})
    near = neighbours(flat, place, 0.2, np.random.default_rng(0))
    assert near.shape == (NEAR, 2)
    numbers, kinds = (near[:, flat.names.index(name)] for name in ("x", "kind"))
    assert ((numbers >= 0) & (numbers <= 1)).all()
    assert set(kinds) <= {0.0, 1.0, 2.0}
    assert (near != place).any(axis=1).sum() > NEAR / 2
