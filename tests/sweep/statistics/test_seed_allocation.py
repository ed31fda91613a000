"""Splits and seeds for a budget: the formula against simulation, and what is best."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.statistics.seed_allocation import allocations, standard_error_of_mean
from sweep.statistics.variance_components import REST

VARIANCES = {"split": 1.0, "initialisation": 0.5, "order": 0.3, REST: 0.4}
POSITIVE = st.floats(0.0, 10)


@pytest.mark.parametrize("same_seeds", [True, False])
def test_the_standard_error_is_that_of_simulated_means(same_seeds):
    """Monte-Carlo error 1.1 % with 4 000 means."""
    rng = np.random.default_rng(0)
    splits, seeds, repeats = 4, 3, 4_000
    split = rng.normal(0, 1, (repeats, splits, 1))
    shape = (repeats, 1, seeds) if same_seeds else (repeats, splits, seeds)
    of_seeds = rng.normal(0, np.sqrt(0.8), shape)
    rest = rng.normal(0, np.sqrt(0.4), (repeats, splits, seeds))
    means = (split + of_seeds + rest).mean(axis=(1, 2))
    found = standard_error_of_mean(
        VARIANCES, "split", splits, seeds, same_seeds=same_seeds
    )
    assert found == pytest.approx(means.std(), rel=0.045)


@given(POSITIVE, POSITIVE, POSITIVE, st.integers(1, 40), st.booleans())
def test_no_other_allocation_within_the_budget_is_better(
    split, seed, rest, budget, same_seeds
):
    variances = {"split": split, "seed": seed, REST: rest}
    best = allocations(variances, "split", budget, same_seeds=same_seeds)[0]
    for splits in range(1, budget + 1):
        for seeds in range(1, budget // splits + 1):
            error = standard_error_of_mean(
                variances, "split", splits, seeds, same_seeds=same_seeds
            )
            assert best.standard_error <= error + 1e-12


@given(st.integers(1, 60), st.floats(0, 5))
def test_allocations_keep_to_the_budget(budget, cost_of_split):
    try:
        options = allocations(VARIANCES, "split", budget, cost_of_split=cost_of_split)
    except UsageError:
        assert budget < 1 + cost_of_split
        return
    for option in options:
        assert option.seeds >= 1
        assert option.cost <= budget + 1e-6
    errors = [option.standard_error for option in options]
    assert errors == sorted(errors)


def test_with_new_seeds_on_every_split_as_many_splits_as_possible_are_best():
    best = allocations(VARIANCES, "split", 12, same_seeds=False)[0]
    assert (best.splits, best.seeds) == (12, 1)
    best = allocations(VARIANCES, "split", 12, same_seeds=False, most_splits=5)[0]
    assert (best.splits, best.seeds) == (5, 2)


def test_dear_splits_are_fewer():
    cheap = allocations(VARIANCES, "split", 60)[0]
    dear = allocations(VARIANCES, "split", 60, cost_of_split=10)[0]
    assert dear.splits < cheap.splits


@pytest.mark.parametrize(
    "arguments, problem",
    [
        ({"budget": 0}, "budget is 0"),
        ({"budget": float("inf")}, "budget is inf"),
        ({"budget": 2, "cost_of_split": 3}, "one split with one seed costs 4"),
        ({"budget": 9, "cost_of_split": -1}, "cost of a split is -1"),
        ({"budget": 9, "most_splits": 0}, "largest number of splits is 0"),
        ({"budget": 9, "split": "fold"}, "no variance of 'fold'"),
        ({"budget": 9, "variances": {"split": 1.0}}, "no variance of 'rest'"),
        ({"budget": 9, "variances": {"split": -1.0, REST: 1.0}}, "must be at least 0"),
    ],
)
def test_bad_input_is_refused(arguments, problem):
    with pytest.raises(UsageError, match=problem):
        allocations(**{"variances": VARIANCES, "split": "split", **arguments})
