"""Train, validation and test rows of a feature set, with each group in one part.

The test rows are the same for every fold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .features import FeatureSet
from .parts import redrawn_parts

Rows = NDArray[np.int64]

# If the data have no split, one fifth is the test set. Without cross-validation a quarter of the
# rest is the validation set.
TEST_PARTS = 5
VAL_PARTS = 4


@dataclass(frozen=True, eq=False)
class Split:
    """Sorted row numbers of each part; no row and no group is in two parts."""

    train: Rows
    val: Rows
    test: Rows


def split_rows(
    data: FeatureSet,
    fold: int | None,
    folds: int | None,
    seed: int,
    redraw: int | None = None,
) -> Split:
    """Return the train, validation and test rows of `data`.

    If the data have a split, it is used; otherwise one fifth is drawn as the test set. With
    `fold`, the other rows are divided into `folds` parts, and part `fold` is the validation set.
    Without, the validation set is that of the data's split, or one part of four. Parts keep groups
    together and are stratified by class if the task is multi-class.

    Args:
        data: the samples.
        fold: 0-based, or None.
        folds: the number of folds, with `fold`.
        seed: of the draw. It is never the trial's seed: all trials of a study must be measured on
            the same rows, unless the study asks for splits that vary.
        redraw: draw everything with this seed instead. A split of the data is drawn as well; its
            parts keep their sizes (see `sweep_trainers.data.parts.split_draw`).

    Raises:
        ValueError: a part would be empty, or there are fewer groups (or samples) than parts.
    """
    if redraw is not None:
        return split_rows(_redrawn(data, redraw), fold, folds, redraw)
    rows = np.arange(len(data.labels))
    if data.split is not None:
        test = rows[data.split == "test"]
    else:
        test = _parts(data, rows, TEST_PARTS, seed, "test parts")[0]
    pool = np.setdiff1d(rows, test)
    if fold is not None:
        if folds is None or not 0 <= fold < folds:
            raise ValueError(f"fold {fold} of {folds}: expected 0 ≤ fold < folds")
        val = _parts(data, pool, folds, seed, "folds")[fold]
    elif data.split is not None and (data.split == "val").any():
        val = rows[data.split == "val"]
    else:
        val = _parts(data, pool, VAL_PARTS, seed, "validation parts")[0]
    split = Split(train=np.setdiff1d(pool, val), val=val, test=test)
    for name, part in vars(split).items():
        if not len(part):
            raise ValueError(
                f"the {name} set is empty: the data has {len(rows)} samples; check its `split`"
            )
    _check_groups(data, split)
    return split


def _redrawn(data: FeatureSet, seed: int) -> FeatureSet:
    """Return the data with a new random split, if they have a split."""
    if data.split is None:
        return data
    labels = data.labels
    if data.multi_label:  # a draw that ignores the labels
        labels = np.zeros(len(data.labels), dtype=np.int64)
    split = redrawn_parts(labels, data.split, data.groups, seed)
    return replace(data, split=split)


def _parts(data: FeatureSet, rows: Rows, n: int, seed: int, what: str) -> list[Rows]:
    """Return `rows`, divided into `n` disjoint parts."""
    # Not at the top: the import takes two seconds of a worker's start.
    from sklearn import model_selection

    if data.groups is None:
        groups, units, unit = None, len(rows), "samples"
    else:
        groups = data.groups[rows]
        units, unit = len(np.unique(groups)), "groups"
    if not 2 <= n <= units:
        raise ValueError(
            f"cannot deal {units} {unit} into {n} {what}; expected 2 to {units}"
        )
    splitters = {
        (True, True): model_selection.StratifiedGroupKFold,
        (True, False): model_selection.StratifiedKFold,
        (False, True): model_selection.GroupKFold,
        (False, False): model_selection.KFold,
    }
    stratified = not data.multi_label  # scikit-learn stratifies by one label only
    splitter = splitters[stratified, groups is not None](
        n, shuffle=True, random_state=seed
    )
    folds = splitter.split(rows, data.labels[rows], groups)
    return [np.sort(rows[part]) for _, part in folds]


def _check_groups(data: FeatureSet, split: Split) -> None:
    """Raise a ValueError if a group is in two parts."""
    if data.groups is None:
        return
    groups = {
        name: set(data.groups[part].tolist()) for name, part in vars(split).items()
    }
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        shared = groups[first] & groups[second]
        if shared:
            raise ValueError(
                f"`split` puts {len(shared)} group(s) into both {first} and {second}, e.g. number "
                f"{min(shared)}"
            )
