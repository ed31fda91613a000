"""The folds of scikit-learn without importing it, which takes a second in every trial's process.

The tests compare both functions with scikit-learn's, so that a fold is the one it documents.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Fold = NDArray[np.int64]


def stratified_folds(labels: NDArray[np.int64], folds: int, seed: int) -> Fold:
    """Return the fold in which each sample is held out, (N,).

    This is `StratifiedKFold(folds, shuffle=True, random_state=seed)`.

    Args:
        labels: (N,) class indices; each class has at least `folds` samples.
        folds: the number of folds.
        seed: of the shuffle, below 2^32.
    """
    rng = np.random.RandomState(seed)  # scikit-learn's generator
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order_of_appearance = np.argsort(np.argsort(first))
    classes = order_of_appearance[inverse]  # numbered as they appear in the data
    by_class = np.sort(classes)
    # Sample i of the sorted ones goes to fold i mod folds; `counts` is (folds, classes).
    counts = np.stack(
        [
            np.bincount(by_class[fold::folds], minlength=len(first))
            for fold in range(folds)
        ]
    )
    fold_of_sample = np.empty(len(labels), dtype=np.int64)
    for index in range(len(first)):
        folds_of_class = np.repeat(np.arange(folds), counts[:, index])
        rng.shuffle(folds_of_class)
        fold_of_sample[classes == index] = folds_of_class
    return fold_of_sample


def group_folds(groups: NDArray[np.int64], folds: int, seed: int) -> Fold:
    """Return the fold in which each sample is held out, (N,); groups stay whole.

    This is `GroupKFold(folds, shuffle=True, random_state=seed)`.

    Args:
        groups: (N,) group of each sample; there are at least `folds` groups.
        folds: the number of folds.
        seed: of the shuffle, below 2^32.
    """
    rng = np.random.RandomState(seed)  # scikit-learn's generator
    shuffled = rng.permutation(np.unique(groups))
    fold_of_sample = np.empty(len(groups), dtype=np.int64)
    for fold, members in enumerate(np.array_split(shuffled, folds)):
        fold_of_sample[np.isin(groups, members)] = fold
    return fold_of_sample
