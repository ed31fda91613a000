"""The folds of scikit-learn, without importing it: a second that every trial's process would pay.

The tests hold both against scikit-learn's, so a fold is what its documentation says.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Fold = NDArray[np.int64]


def stratified_folds(labels: NDArray[np.int64], folds: int, seed: int) -> Fold:
    """Number of the fold that each sample validates, (N,): `StratifiedKFold(folds, shuffle=True,
    random_state=seed)`.

    Args:
        labels: (N,) class numbers; each class has at least `folds` samples.
        folds: how many.
        seed: of the shuffle, below 2^32.
    """
    rng = np.random.RandomState(seed)  # scikit-learn's generator
    first, number = np.unique(labels, return_index=True, return_inverse=True)[1:]
    appearance = np.argsort(np.argsort(first))[
        number
    ]  # classes in the order in which they appear
    in_order = np.sort(appearance)
    rounds = [in_order[fold::folds] for fold in range(folds)]  # dealt in turn
    dealt = [np.bincount(dealt_to, minlength=len(first)) for dealt_to in rounds]
    owner = np.empty(len(labels), dtype=np.int64)
    for c in range(len(first)):
        of_class = np.repeat(np.arange(folds), [counts[c] for counts in dealt])
        rng.shuffle(of_class)
        owner[appearance == c] = of_class
    return owner


def group_folds(groups: NDArray[np.int64], folds: int, seed: int) -> Fold:
    """The same for whole groups: `GroupKFold(folds, shuffle=True, random_state=seed)`.

    Args:
        groups: (N,) group of each sample; there are at least `folds`.
        folds: how many.
        seed: of the shuffle, below 2^32.
    """
    rng = np.random.RandomState(seed)  # scikit-learn's generator
    shuffled = rng.permutation(np.unique(groups))
    owner = np.empty(len(groups), dtype=np.int64)
    for fold, members in enumerate(np.array_split(shuffled, folds)):
        owner[np.isin(groups, members)] = fold
    return owner
