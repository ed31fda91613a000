"""Folds keep groups together, ignored pixels are not counted, rare classes are named."""

import numpy as np
import pytest

from sweep_trainers.data.segmentation_data import (
    IGNORED,
    SegmentationData,
    Split,
    fold_of,
    pixel_counts,
    rarest,
)
from sweep_trainers.losses import IGNORE_INDEX


def split(groups, first):
    """Images that carry a number of their own, from `first` on."""
    n = len(groups)
    images = np.arange(first, first + n, dtype=np.float32).reshape(n, 1, 1, 1)
    return Split(images, np.zeros((n, 1, 1), np.int64), np.array(groups))


@pytest.fixture
def data():
    train, val, test = (
        split([0, 0, 1, 2, 2, 3], 0),
        split([0, 1, 1], 10),
        split([0, 1], 20),
    )
    return SegmentationData("some", "some data", ("a",), ("a",), train, val, test)


def numbers(part):
    return part.images.ravel().astype(int).tolist()


def test_ignored_pixels_are_those_the_losses_ignore():
    assert IGNORED == IGNORE_INDEX


def test_without_a_fold_the_split_stays(data):
    assert fold_of(data, None, None, seed=0) is data


def test_each_image_is_held_out_once_and_the_test_set_is_never_touched(data):
    folds = [fold_of(data, fold, 3, seed=0) for fold in range(3)]
    assert sorted(n for fold in folds for n in numbers(fold.val)) == [
        0,
        1,
        2,
        3,
        4,
        5,
        10,
        11,
        12,
    ]
    for fold in folds:
        assert sorted(numbers(fold.train) + numbers(fold.val)) == [
            0,
            1,
            2,
            3,
            4,
            5,
            10,
            11,
            12,
        ]
        assert numbers(fold.test) == [20, 21]


def test_a_group_is_never_torn_apart(data):
    together = [{0, 1}, {3, 4}, {11, 12}]
    for fold in range(3):
        held_out = set(numbers(fold_of(data, fold, 3, seed=0).val))
        assert all(group <= held_out or not group & held_out for group in together)


def test_the_seed_fixes_the_folds(data):
    assert numbers(fold_of(data, 1, 3, seed=5).val) == numbers(
        fold_of(data, 1, 3, seed=5).val
    )
    assert any(
        numbers(fold_of(data, 0, 3, seed=0).val)
        != numbers(fold_of(data, 0, 3, seed=s).val)
        for s in range(9)
    )


@pytest.mark.parametrize(("fold", "folds"), [(3, 3), (-1, 3), (0, None)])
def test_a_fold_outside_the_folds_is_refused(data, fold, folds):
    with pytest.raises(ValueError, match=f"fold {fold} of {folds}"):
        fold_of(data, fold, folds, seed=0)


def test_more_folds_than_groups_are_refused(data):
    with pytest.raises(ValueError, match="6 groups of images, too few for 7 folds"):
        fold_of(data, 0, 7, seed=0)


def test_ignored_pixels_are_not_counted():
    assert pixel_counts(np.array([[0, 2, 2, IGNORED]]), 4).tolist() == [1, 0, 2, 0]


def test_rare_classes_are_those_below_the_share_but_present():
    assert rarest(np.array([9970, 28, 2, 0]), "abcd") == ("b", "c")


def test_there_is_always_a_rarest_class():
    assert rarest(np.array([500, 300, 200, 0]), "abcd") == ("c",)
