"""Parts that are drawn: stratified, of the sizes asked for, and whole groups at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sweep_trainers.data.parts import NAMES, random_parts, redrawn_parts, split_draw

seeds = st.integers(0, 2**40)
samples = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=12, max_size=120
)  # class, group


def arrays(drawn: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    labels, groups = np.array(drawn, dtype=np.int64).T
    return labels, groups


def owners(groups: np.ndarray, part: np.ndarray) -> list[set[str]]:
    return [set(part[groups == g].tolist()) for g in np.unique(groups)]


@given(samples, st.integers(0, 99))
def test_a_drawn_group_is_in_one_part_and_no_part_is_empty(
    drawn: list[tuple[int, int]], seed: int
) -> None:
    labels, groups = arrays(drawn)
    part = random_parts(labels, seed, val=0.15, test=0.15, groups=groups)
    assert all(len(owner) == 1 for owner in owners(groups, part))
    if len(np.unique(groups)) >= 3:
        assert set(part.tolist()) == set(NAMES)


@given(samples, st.integers(0, 99), seeds)
def test_a_redrawn_group_is_in_one_part_and_no_part_is_empty(
    drawn: list[tuple[int, int]], seed: int, redraw: int
) -> None:
    labels, groups = arrays(drawn)
    part = random_parts(labels, seed, val=0.2, test=0.2, groups=groups)
    again = redrawn_parts(labels, part, groups, redraw)
    assert all(len(owner) == 1 for owner in owners(groups, again))
    assert set(again.tolist()) == set(part.tolist())


@given(samples, seeds)
def test_without_groups_every_part_keeps_its_number_of_every_class(
    drawn: list[tuple[int, int]], redraw: int
) -> None:
    labels, _ = arrays(drawn)
    part = random_parts(labels, 0, val=0.2, test=0.2)
    again = redrawn_parts(labels, part, None, redraw)
    for name in NAMES:
        before, after = (
            np.bincount(labels[p == name], minlength=4) for p in (part, again)
        )
        assert np.array_equal(before, after)


def test_groups_of_equal_size_meet_the_shares() -> None:
    groups = np.repeat(np.arange(100), 4)
    labels = np.repeat(np.arange(100) % 2, 4)
    part = random_parts(labels, 0, val=0.15, test=0.15, groups=groups)
    for name, share in (("val", 60), ("test", 60)):
        assert abs((part == name).sum() - share) <= 8
        assert abs(labels[part == name].mean() - 0.5) <= 0.1


def test_every_sample_is_tested_in_its_share_of_the_draws() -> None:
    labels = np.zeros(40, dtype=np.int64)
    groups = np.arange(40) // 2
    part = random_parts(labels, 0, val=0.2, test=0.2, groups=groups)
    tested = np.zeros(40)
    for seed in range(400):
        tested += redrawn_parts(labels, part, groups, seed) == "test"
    share = (part == "test").mean()
    assert np.abs(tested / 400 - share).max() < 0.1  # standard error 0.02


def test_another_seed_draws_another_split() -> None:
    labels = np.zeros(50, dtype=np.int64)
    part = random_parts(labels, 0, val=0.2, test=0.2)
    first, again, other = (
        redrawn_parts(labels, part, None, seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@given(seeds, st.integers(0, 5))
def test_a_draw_is_a_seed_that_scikit_learn_takes(
    split_seed: int, data_seed: int
) -> None:
    assert 0 <= split_draw(split_seed, data_seed) < 2**32
    assert split_draw(split_seed, data_seed) != split_draw(split_seed + 1, data_seed)
