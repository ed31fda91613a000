"""Shapley values against their definition, their axioms, and intervals over seeds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.statistics.shapley import (
    interaction_weights,
    members,
    shapley_interactions,
    shapley_values,
    shapley_weights,
)
from sweep.statistics.t_interval import mean_t_interval
from tests.simulation import shapley as simulation

COMPONENTS = st.integers(1, 6)
SEEDS = st.integers(0, 10_000)


def drawn(components, seeds=4, seed=0):
    return np.random.default_rng(seed).normal(size=(seeds, 2**components))


def by_definition(value, components):
    """Mean contribution over every order of the components."""
    contributions = np.zeros(components)
    orders = list(itertools.permutations(range(components)))
    for order in orders:
        subset = 0
        for component in order:
            contributions[component] += value[subset | 1 << component] - value[subset]
            subset |= 1 << component
    return contributions / len(orders)


def interaction_by_definition(value, components, first, second):
    """Mean over every order in which the others and the pair, as one, are added."""
    others = [c for c in range(components) if c not in (first, second)]
    one, other = 1 << first, 1 << second
    found = []
    for order in itertools.permutations([*others, "pair"]):
        before = sum(1 << c for c in order[: order.index("pair")])
        together = value[before | one | other] - value[before]
        apart = value[before | one] + value[before | other] - 2 * value[before]
        found.append(together - apart)
    return np.mean(found)


@pytest.mark.parametrize("components", range(1, 7))
def test_values_are_the_mean_over_all_orders(components):
    value = drawn(components)[0]
    assert shapley_weights(components) @ value == pytest.approx(
        by_definition(value, components)
    )


@pytest.mark.parametrize("components", range(2, 6))
def test_interactions_are_the_mean_over_all_orders_of_the_pair_as_one(components):
    value = drawn(components, seed=1)[0]
    pairs, weights = interaction_weights(components)
    for pair, found in zip(pairs, weights @ value, strict=True):
        assert found == pytest.approx(
            interaction_by_definition(value, components, *pair)
        )


@given(COMPONENTS, SEEDS)
def test_values_add_up_to_full_minus_baseline_with_every_seed(components, seed):
    table = drawn(components, seed=seed)
    shares = shapley_values(table)
    total = np.sum([share.per_seed for share in shares], axis=0)
    assert total == pytest.approx(table[:, -1] - table[:, 0])
    means = sum(share.interval.mean for share in shares)
    assert means == pytest.approx(np.mean(table[:, -1] - table[:, 0]))


@given(st.integers(2, 6), SEEDS)
def test_a_component_that_does_nothing_gets_nothing(components, seed):
    table = drawn(components, seed=seed)
    for subset in range(2**components):
        if subset & 1:
            table[:, subset] = table[:, subset ^ 1]
    shares = shapley_values(table)
    assert shares[0].per_seed == pytest.approx([0.0] * 4, abs=1e-12)
    assert shares[0].interval.p is None  # no spread, nothing to test
    for interaction in shapley_interactions(table):
        if 0 in interaction.components:
            assert interaction.interval.mean == pytest.approx(0, abs=1e-12)


@given(st.integers(2, 5), SEEDS)
def test_equal_components_get_equal_shares(components, seed):
    """Where a subset's value depends on its size alone."""
    rng = np.random.default_rng(seed)
    by_size = rng.normal(size=(3, components + 1))
    sizes = [subset.bit_count() for subset in range(2**components)]
    shares = shapley_values(by_size[:, sizes])
    for share in shares[1:]:
        assert share.per_seed == pytest.approx(shares[0].per_seed)


@given(st.integers(2, 6), SEEDS)
def test_effects_that_add_are_given_back_without_interaction(components, seed):
    rng = np.random.default_rng(seed)
    effects = rng.normal(size=components)
    on = np.array(
        [[s >> c & 1 for c in range(components)] for s in range(2**components)]
    )
    table = rng.normal(size=(3, 1)) + on @ effects
    means = [share.interval.mean for share in shapley_values(table)]
    assert means == pytest.approx(effects)
    for share in shapley_interactions(table):
        assert share.interval.mean == pytest.approx(0, abs=1e-9)


def test_an_interaction_is_shared_equally():
    table = np.tile([0.0, 0.0, 0.0, 1.0], (3, 1)) + drawn(2, 3) * 1e-3
    first, second = shapley_values(table)
    assert first.interval.mean == pytest.approx(0.5, abs=0.01)
    assert second.interval.mean == pytest.approx(0.5, abs=0.01)
    (together,) = shapley_interactions(table)
    assert together.components == (0, 1)
    assert together.interval.mean == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    "components, expected", [(2, 1.0), (3, 0.745), (4, 0.577), (5, 0.462), (6, 0.380)]
)
def test_the_spread_of_one_seeds_value_is_the_published_one(components, expected):
    spread = np.sqrt(np.sum(shapley_weights(components) ** 2, axis=1))
    assert spread == pytest.approx([expected] * components, abs=6e-4)


def test_intervals_are_bonferronis_t_over_seeds():
    table = drawn(3, 6)
    for share in shapley_values(table):
        single = mean_t_interval(share.per_seed, 1 - 0.05 / 3)
        assert share.interval.low == pytest.approx(single.low)
        assert share.interval.high == pytest.approx(single.high)
        assert share.interval.p == pytest.approx(min(1, 3 * single.p))
        assert share.interval.confidence == 0.95
        assert share.sampling_error == 0


def test_joint_coverage_where_pooled_residuals_fail():
    """Of a nominal .95; Monte-Carlo error .01 with 400 studies."""
    rng = np.random.default_rng(0)
    over_seeds, pooled = simulation.exact_coverage(5, 5, 1.5, 400, rng)
    assert over_seeds == pytest.approx(0.955, abs=0.035)
    assert pooled < 0.8


def test_subsets_are_numbered_by_bits():
    assert members(0) == ()
    assert members(5) == (0, 2)
    assert members(32) == (5,)


@pytest.mark.parametrize(
    "table, problem",
    [
        (np.zeros((3, 6)), "values of 6 subsets"),
        (np.zeros((3, 1)), "values of 1 subsets"),
        (np.zeros((3, 128)), "7 components; 1 to 6"),
        (np.zeros((2, 4)), "finished every subset is 2; at least 3"),
        (np.zeros(4), r"shape \(4,\)"),
        (np.full((3, 4), math.nan), "not finite"),
    ],
)
def test_incomplete_designs_are_refused(table, problem):
    with pytest.raises(UsageError, match=problem):
        shapley_values(table)


def test_one_component_has_no_interaction():
    with pytest.raises(UsageError, match="1 components; 2 to 6"):
        shapley_interactions(drawn(1))
    with pytest.raises(UsageError, match="alpha is 2"):
        shapley_values(drawn(1), alpha=2)
