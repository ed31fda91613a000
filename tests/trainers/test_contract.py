"""Seeds by name and the preload of a trainer: what a run may offer and what a trainer may have."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sweep_trainers.contract import Seeds, preload_of, seeds_of, with_preload


def run(**attributes: Any) -> Any:
    return SimpleNamespace(**attributes)


def test_without_seeds_by_name_every_source_has_the_runs_seed() -> None:
    assert seeds_of(run(seed=4)) == Seeds(split=4, init=4, order=4)
    assert seeds_of(run(seed=4, seeds=None)) == Seeds(split=4, init=4, order=4)


def test_a_name_that_is_missing_falls_back_to_the_runs_seed() -> None:
    assert seeds_of(run(seed=4, seeds={"init": 7})) == Seeds(split=4, init=7, order=4)


def test_all_names_may_be_given() -> None:
    seeds = {"split": 1, "init": 2, "order": 3}
    assert seeds_of(run(seed=4, seeds=seeds)) == Seeds(split=1, init=2, order=3)


@pytest.mark.parametrize(
    ("seeds", "complaint"),
    [
        ({"initial": 1}, "run.seeds has initial; it may have: split, init, order"),
        ({"init": -1}, "init is -1, expected an integer of at least 0"),
        ({"order": 1.5}, "order is 1.5"),
        ({"split": True}, "split is True"),
    ],
)
def test_seeds_that_mean_nothing_are_refused(
    seeds: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        seeds_of(run(seed=0, seeds=seeds))


def test_a_preload_is_an_attribute_of_the_trainer() -> None:
    read = []

    @with_preload(read.append)
    def train(config: Any, run: Any) -> None:
        """Train."""

    preload = preload_of(train)
    assert preload is not None
    preload({"data": "x"})
    assert read == [{"data": "x"}]
    assert train.__name__ == "train"


def test_a_trainer_need_not_have_one() -> None:
    assert preload_of(lambda config, run: None) is None


def test_a_preload_that_is_no_function_is_refused() -> None:
    def train(config: Any, run: Any) -> None:
        """Train."""

    train.preload = "data"  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="expected a function of a configuration"):
        preload_of(train)
