"""Splits: disjoint, stratified, fixed by the data seed; the long tail; what is written
about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from sweep_trainers.data.labelled_images import PARTS, LabelledImages
from sweep_trainers.data.parts import random_parts
from sweep_trainers.data.splits import (
    FOLDS_FILE,
    Split,
    class_counts,
    long_tail,
    split,
    write_folds_info,
)

class_sizes = st.lists(st.integers(6, 30), min_size=2, max_size=5)


def distinct(count: int) -> np.ndarray:
    pixels = np.arange(4 * count, dtype=">u4").view(np.uint8)
    return pixels.reshape(count, 1, 4, 4)


def images_of(
    sizes: list[int], population: tuple[int, ...] | None = None
) -> LabelledImages:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    part = random_parts(labels, 0, val=0.2, test=0.2)
    names = tuple(f"class {c}" for c in range(len(sizes)))
    return LabelledImages(distinct(len(labels)), labels, names, part, population)


def as_sets(parts: Split) -> list[set[int]]:
    return [set(indices.tolist()) for indices in (parts.train, parts.val, parts.test)]


@given(class_sizes, st.integers(0, 99))
def test_random_parts_give_every_class_to_every_part(
    sizes: list[int], data_seed: int
) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    part = random_parts(labels, data_seed, val=0.15, test=0.15)
    for c in range(len(sizes)):
        assert set(part[labels == c]) == set(PARTS)
        assert abs((part[labels == c] == "test").sum() - max(1, 0.15 * sizes[c])) <= 0.5


@given(class_sizes, st.integers(2, 3), st.integers(0, 99))
def test_folds_validate_every_pooled_image_once_and_never_a_test_image(
    sizes: list[int], folds: int, data_seed: int
) -> None:
    data = images_of(sizes)
    drawn = [
        as_sets(split(data, fold=fold, folds=folds, data_seed=data_seed))
        for fold in range(folds)
    ]
    pool = set(np.flatnonzero(data.part != "test").tolist())
    for train, val, test in drawn:
        assert train | val == pool
        assert not train & val
        assert test == set(range(len(data.labels))) - pool
    assert sorted(index for _, val, _ in drawn for index in val) == sorted(pool)


def test_folds_are_those_of_scikit_learn_with_that_random_state() -> None:
    data = images_of([12, 20])
    pool = np.flatnonzero(data.part != "test")
    reference = list(
        StratifiedKFold(3, shuffle=True, random_state=7).split(pool, data.labels[pool])
    )
    assert (
        split(data, fold=1, folds=3, data_seed=7).val.tolist()
        == pool[reference[1][1]].tolist()
    )


def test_the_fixed_split_is_the_data_sets_own() -> None:
    data = images_of([10, 10])
    assert [data.part[i] for i in split(data).train] == ["train"] * 12
    assert {data.part[i] for i in split(data).val} == {"val"}


@given(st.lists(st.integers(20, 60), min_size=3, max_size=3), st.integers(0, 99))
def test_the_long_tail_keeps_all_of_the_largest_class_and_the_proportions_of_the_rest(
    sizes: list[int], data_seed: int
) -> None:
    population = (1000, 200, 4)
    labels = np.repeat(np.arange(3), sizes)
    kept = long_tail(np.arange(len(labels)), labels, population, data_seed)
    counts = np.bincount(labels[kept], minlength=3)
    assert counts[0] == sizes[0]
    assert counts[1] == min(sizes[1], round(0.2 * sizes[0]))
    assert counts[2] == 1  # a class is never lost
    assert len(set(kept.tolist())) == len(kept)


def test_folds_info_says_how_the_fold_was_drawn(tmp_path: Path) -> None:
    data = images_of([12, 20])
    parts = split(data, fold=2, folds=4, data_seed=5)
    write_folds_info(tmp_path, data, parts, fold=2, folds=4, data_seed=5)
    info = orjson.loads((tmp_path / FOLDS_FILE).read_bytes())
    assert (
        info["fold"],
        info["n_splits"],
        info["random_state"],
        info["stratified"],
    ) == (
        2,
        4,
        5,
        True,
    )
    assert info["indices"]["val"] == parts.val.tolist()
    assert info["counts"]["train"] == class_counts(data, parts.train).tolist()


@pytest.mark.parametrize(("fold", "folds"), [(5, 5), (-1, 5), (0, 1), (0, None)])
def test_a_fold_that_does_not_exist_is_refused(fold: int, folds: int | None) -> None:
    with pytest.raises(ValueError, match=f"fold {fold} of {folds}"):
        split(images_of([9, 9]), fold=fold, folds=folds)


def test_more_folds_than_images_of_a_class_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"too few: class 1 \(4\)"):
        split(images_of([30, 5]), fold=0, folds=5)


def test_a_part_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="no image in part val and test"):
        LabelledImages(
            np.zeros((3, 1, 2, 2), np.uint8),
            np.zeros(3, np.int64),
            ("a",),
            np.full(3, "train"),
        )
