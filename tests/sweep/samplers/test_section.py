"""The keys that every method has."""

import pytest
from pydantic import ValidationError

from sweep.samplers import Random, Tpe
from sweep.samplers.section import Search


def test_a_configuration_is_trained_with_every_seed_and_fold_seeds_in_the_outer_loop():
    assert Random(trials=4, seeds=(4, 2), folds=2).pairs == [
        (4, 0),
        (4, 1),
        (2, 0),
        (2, 1),
    ]
    assert Random(trials=4).pairs == [(0, None)]


@pytest.mark.parametrize(
    "key, value",
    [("folds", 1), ("seeds", ()), ("seeds", (-1,)), ("trials", 0), ("trials", "4")],
)
def test_numbers_are_strict_and_within_bounds(key, value):
    with pytest.raises(ValidationError) as caught:
        Random(**{"trials": 4, key: value})
    assert caught.value.errors()[0]["loc"][0] == key


def test_a_key_of_another_method_is_refused():
    with pytest.raises(ValidationError, match="n_startup_trials"):
        Random(trials=4, n_startup_trials=2)
    assert Tpe(trials=4, n_startup_trials=2).n_startup_trials == 2


def test_a_method_without_suggest_raises():
    with pytest.raises(NotImplementedError, match="mine has no method suggest"):
        Search(method="mine", trials=1).suggest(None, [], 0)
