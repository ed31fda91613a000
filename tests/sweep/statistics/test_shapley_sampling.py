"""Sampled permutations: they add up, agree with the exact values, and their error is counted."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.statistics.shapley import shapley_values
from sweep.statistics.shapley_sampling import (
    sampled_permutations,
    sampled_shapley_values,
    subsets_of,
)
from tests.simulation import shapley as simulation


def drawn(permutations, seeds=4, seed=0):
    rng = np.random.default_rng(seed)
    return {subset: rng.normal(size=seeds) for subset in subsets_of(permutations)}


@settings(max_examples=30)
@given(st.integers(7, 10), st.integers(3, 8), st.integers(0, 1_000))
def test_values_add_up_to_full_minus_baseline_with_every_seed(components, pairs, seed):
    permutations = sampled_permutations(components, 2 * pairs, seed)
    table = drawn(permutations, seed=seed)
    shares = sampled_shapley_values(table, permutations)
    total = np.sum([share.per_seed for share in shares], axis=0)
    assert total == pytest.approx(table[2**components - 1] - table[0])
    assert [share.components for share in shares] == [(c,) for c in range(components)]


def test_all_permutations_give_the_exact_values():
    orders = list(itertools.permutations(range(4)))
    half = [order for order in orders if order < order[::-1]]
    permutations = [p for order in half for p in (order, order[::-1])]
    table = drawn(permutations, seeds=5)
    exact = shapley_values(np.column_stack([table[subset] for subset in range(16)]))
    sampled = sampled_shapley_values(table, permutations)
    for one, other in zip(sampled, exact, strict=True):
        assert one.per_seed == pytest.approx(other.per_seed)
        assert one.interval.standard_error > other.interval.standard_error


def test_effects_that_add_leave_no_sampling_error():
    permutations = sampled_permutations(8, 6)
    effects = np.arange(8.0)
    table = {}
    noise = np.random.default_rng(0).normal(size=(5, 8))
    for subset in subsets_of(permutations):
        on = np.array([subset >> c & 1 for c in range(8)])
        table[subset] = (effects + noise) @ on
    for share in sampled_shapley_values(table, permutations):
        assert share.sampling_error == pytest.approx(0, abs=1e-12)
        assert share.interval.df == pytest.approx(4)
        expected = effects + noise.mean(axis=0)
        assert share.interval.mean == pytest.approx(expected[share.components[0]])


def test_an_interaction_is_exact_in_each_pair_of_reverses():
    """Of two components, one comes first in an order and last in its reverse."""
    permutations = sampled_permutations(7, 6, seed=3)
    base = np.array([0.0, 0.1, -0.1])
    table = {}
    for subset in subsets_of(permutations):
        table[subset] = base + 2.0 * (subset & 0b11 == 0b11)
    shares = sampled_shapley_values(table, permutations)
    assert [share.interval.mean for share in shares] == pytest.approx(
        [1, 1, 0, 0, 0, 0, 0]
    )


def test_more_permutations_begin_with_the_fewer():
    few, many = sampled_permutations(9, 6, seed=4), sampled_permutations(9, 20, seed=4)
    assert many[:6] == few
    assert set(subsets_of(few)) <= set(subsets_of(many))
    for order, reverse in zip(many[0::2], many[1::2], strict=True):
        assert reverse == order[::-1]
        assert sorted(order) == list(range(9))


def test_intervals_cover_with_few_permutations():
    """Nominal .95; Monte-Carlo error .02 with 150 studies."""
    rng = np.random.default_rng(0)
    assert simulation.sampled_coverage(7, 5, 8, 0.5, 150, rng) > 0.9


def test_bad_input_is_refused():
    permutations = sampled_permutations(7, 6)
    table = drawn(permutations)
    with pytest.raises(UsageError, match="5 permutations; allowed: an even number"):
        sampled_permutations(7, 5)
    with pytest.raises(UsageError, match="4 permutations; allowed"):
        sampled_permutations(7, 4)
    with pytest.raises(UsageError, match="1 components"):
        sampled_permutations(1, 6)
    with pytest.raises(UsageError, match="not pairs"):
        sampled_shapley_values(table, [permutations[0]] * 6)
    lacking = {subset: values for subset, values in table.items() if subset}
    with pytest.raises(UsageError, match=r"1 of \d+ subsets .* first \(\)"):
        sampled_shapley_values(lacking, permutations)
    with pytest.raises(UsageError, match=r"subsets have \[3, 4\] seeds"):
        sampled_shapley_values({**table, 0: [1.0, 2.0, 3.0]}, permutations)
    with pytest.raises(UsageError, match="is 2; at least 3"):
        sampled_shapley_values({s: v[:2] for s, v in table.items()}, permutations)
