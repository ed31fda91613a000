import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep_trainers.data.feature_split import split_rows
from sweep_trainers.data.features import feature_set


def samples(n=60, classes=3, groups=None, split=None, multi_label=False):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (n, classes)) if multi_label else np.arange(n) % classes
    optional = {"groups": groups, "split": split}
    return feature_set(
        {"audio": rng.normal(size=(n, 2)), "labels": labels}
        | {k: v for k, v in optional.items() if v is not None}
    )


@settings(max_examples=30, deadline=None)
@given(
    grouped=st.booleans(),
    multi_label=st.booleans(),
    folds=st.none() | st.integers(2, 6),
    seed=st.integers(0, 1000),
)
def test_parts_are_disjoint_complete_and_keep_groups_together(
    grouped, multi_label, folds, seed
):
    data = samples(
        groups=np.arange(60) // 5 if grouped else None, multi_label=multi_label
    )
    split = split_rows(data, None if folds is None else folds - 1, folds, seed)
    together = np.concatenate([split.train, split.val, split.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(60))
    if grouped:
        groups = [
            set(data.groups[part].tolist())
            for part in (split.train, split.val, split.test)
        ]
        assert sum(map(len, groups)) == len(set.union(*groups)) == 12


@pytest.mark.parametrize("grouped", [False, True])
def test_the_folds_validate_every_sample_but_the_test_set_once_and_share_the_test_set(
    grouped,
):
    data = samples(groups=np.arange(60) // 5 if grouped else None)
    splits = [split_rows(data, fold, 4, seed=1) for fold in range(4)]
    for split in splits[1:]:
        np.testing.assert_array_equal(split.test, splits[0].test)
    validated = np.sort(np.concatenate([split.val for split in splits]))
    np.testing.assert_array_equal(
        validated, np.setdiff1d(np.arange(60), splits[0].test)
    )


def test_without_groups_every_part_has_the_classes_in_proportion():
    data = samples(n=60, classes=3)
    split = split_rows(data, None, None, seed=3)
    for part in (split.train, split.val, split.test):
        counts = np.bincount(data.labels[part], minlength=3)
        assert counts.max() - counts.min() <= 1


def test_the_draw_depends_on_its_seed_alone():
    data = samples()
    first, again, other = (split_rows(data, None, None, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.val, again.val)
    assert not np.array_equal(first.val, other.val)


def test_a_split_that_comes_with_the_data_is_taken_as_it_is():
    given_split = np.array(["train"] * 40 + ["val"] * 8 + ["test"] * 12)
    data = samples(split=given_split)
    split = split_rows(data, None, None, seed=9)
    np.testing.assert_array_equal(split.val, np.arange(40, 48))
    np.testing.assert_array_equal(split.test, np.arange(48, 60))
    fold = split_rows(data, 1, 3, seed=9)
    np.testing.assert_array_equal(fold.test, split.test)
    assert len(fold.val) == 16


def test_a_split_without_validation_rows_gets_some_from_its_training_rows():
    data = samples(split=np.array(["train"] * 48 + ["test"] * 12))
    split = split_rows(data, None, None, seed=0)
    assert len(split.val) == 12
    np.testing.assert_array_equal(split.test, np.arange(48, 60))


def test_a_given_split_that_leaks_a_group_is_refused():
    split = np.array(["train"] * 40 + ["val"] * 8 + ["test"] * 12)
    groups = np.arange(60)
    groups[59] = 0
    with pytest.raises(
        ValueError, match=r"1 group\(s\) into both train and test, e.g. number 0"
    ):
        split_rows(samples(split=split, groups=groups), None, None, seed=0)


def test_more_folds_than_groups_are_refused():
    split = np.array(["train"] * 48 + ["test"] * 12)
    data = samples(split=split, groups=np.arange(60) // 12)
    with pytest.raises(
        ValueError, match="cannot deal 4 groups into 5 folds; expected 2 to 4"
    ):
        split_rows(data, 0, 5, seed=0)


@pytest.mark.parametrize("fold, folds", [(3, 3), (-1, 3), (0, None)])
def test_a_fold_that_does_not_exist_is_refused(fold, folds):
    with pytest.raises(ValueError, match="expected 0 ≤ fold < folds"):
        split_rows(samples(), fold, folds, seed=0)


def test_a_given_split_without_training_rows_is_refused():
    data = samples(split=np.array(["val"] * 30 + ["test"] * 30))
    with pytest.raises(ValueError, match="the train set is empty"):
        split_rows(data, None, None, seed=0)
