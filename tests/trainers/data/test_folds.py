"""Folds are scikit-learn's, fold by fold, and scikit-learn is not imported for them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, StratifiedKFold

from sweep_trainers.data.folds import group_folds, stratified_folds

seeds = st.integers(0, 2**32 - 1)


@given(
    st.lists(st.integers(5, 20), min_size=1, max_size=4),
    st.integers(2, 5),
    seeds,
    seeds,
)
def test_stratified_folds(sizes: list[int], folds: int, seed: int, order: int) -> None:
    labels = np.repeat(np.arange(len(sizes)) * 2, sizes)  # some numbers name no class
    labels = np.random.default_rng(order).permutation(labels)
    owner = stratified_folds(labels, folds, seed)
    theirs = StratifiedKFold(folds, shuffle=True, random_state=seed).split(
        labels, labels
    )
    for fold, (_, val) in enumerate(theirs):
        assert np.flatnonzero(owner == fold).tolist() == val.tolist()


@given(st.lists(st.integers(0, 30), min_size=20, max_size=60), st.integers(2, 5), seeds)
def test_group_folds(members: list[int], folds: int, seed: int) -> None:
    groups = np.array([*members, *range(5)])
    owner = group_folds(groups, folds, seed)
    theirs = GroupKFold(folds, shuffle=True, random_state=seed).split(
        groups, groups=groups
    )
    for fold, (_, val) in enumerate(theirs):
        assert np.flatnonzero(owner == fold).tolist() == val.tolist()


IMAGES = """
from sweep_trainers.data.images import load_images
from sweep_trainers.data.splits import split
split(load_images("digits"), fold=1, folds=5, redraw=3)
"""
MASKS = """
from sweep_trainers.data import faces
from sweep_trainers.data.segmentation_data import fold_of, redrawn
data = faces.load(image_size=32, train=4, val=2, test=2, seed=0)
fold_of(redrawn(data, 1), 1, 2, 0)
"""


@pytest.mark.parametrize("code", [IMAGES, MASKS])
def test_a_fold_is_drawn_without_scikit_learn(code: str) -> None:
    code = f"import sys\n{code}\nsys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
