"""PB2's bandit: values where improvements were large, others where little is known."""

import numpy as np
import pytest

from sweep.model.domains import IntUniform, Uniform, contains
from sweep.model.parameters import Parameter
from sweep.samplers.bandit import Improvement, chosen

SPACE = {
    "x": Parameter("x", Uniform(0.0, 1.0), "nuisance"),
    "n": Parameter("n", IntUniform(1, 8), "nuisance"),
}
X = {"x": SPACE["x"]}


def tried(best, intervals=4, members=6):
    """Improvements that are the larger, the nearer x was to the best one."""
    known = []
    for interval in range(intervals):
        for x in np.linspace(0.0, 1.0, members):
            gain = 1.0 - (x - best) ** 2 - 0.2 * interval
            known.append(Improvement(interval, {"x": float(x)}, gain))
    return known


@pytest.mark.parametrize("best", [0.1, 0.5, 0.9])
def test_suggested_values_are_near_large_improvements(best):
    values = [chosen(X, tried(best), [], {"x": 0.5}, 4, seed)["x"] for seed in range(3)]
    assert np.allclose(values, best, atol=0.15)


def test_members_that_choose_together_do_not_choose_the_same():
    known = tried(0.5, intervals=1, members=5)
    first = chosen(X, known, [], {"x": 0.5}, 1, 0)
    taken = [first] * 3
    second = chosen(X, known, taken, {"x": 0.5}, 1, 1)
    assert abs(second["x"] - first["x"]) > 1e-3


def test_too_few_improvements_give_no_suggestion():
    assert chosen(X, tried(0.5, intervals=1, members=3), [], {"x": 0.5}, 1, 0) is None
    alike = [Improvement(0, {"x": x / 9}, 1.0) for x in range(9)]
    assert chosen(X, alike, [], {"x": 0.5}, 1, 0) is None


def test_a_suggestion_is_in_the_domain_and_repeatable():
    known = [
        Improvement(i, {"x": x / 5, "n": 1 + x}, float(x % 3))
        for i in range(2)
        for x in range(6)
    ]
    answer = chosen(SPACE, known, [], {"x": 0.2, "n": 3}, 2, 7)
    assert answer == chosen(SPACE, known, [], {"x": 0.2, "n": 3}, 2, 7)
    assert all(contains(SPACE[name].domain, value) for name, value in answer.items())
