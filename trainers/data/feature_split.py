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

TEST_PARTS = 5  # without a split in the data: one fifth is the test set …
# … and a quarter of the rest the validation set, without cross-validation
VAL_PARTS = 4


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers, sorted; no row and no group is in two of them."""

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
    """Divide the rows of `data`.

    A split that comes with the data is used; otherwise one fifth is drawn as test set. With
    `fold`, the other rows are divided into `folds` parts, of which part `fold` is the validation
    set. Without, it is the data's own validation set, or one part of four. Parts keep groups
    together, and are stratified by class if the task is multi-class.

    Args:
        data: the samples.
        fold: 0-based, or None.
        folds: how many, with `fold`.
        seed: of the draw. Never the trial's seed: all trials of a study must be measured on the
            same rows, unless the study asks for splits that vary.
        redraw: draw everything with this seed instead, the split that comes with the data as well:
            its parts keep their sizes (see `sweep_trainers.data.parts.split_draw`).

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
    """The data with their own split, if they have one, drawn anew."""
    if data.split is None:
        return data
    labels = (
        np.zeros(len(data.labels), dtype=np.int64) if data.multi_label else data.labels
    )
    return replace(data, split=redrawn_parts(labels, data.split, data.groups, seed))


def _parts(data: FeatureSet, rows: Rows, n: int, seed: int, what: str) -> list[Rows]:
    """`rows` dealt into `n` disjoint parts."""
    from sklearn import (
        model_selection,
    )  # only here: it costs a worker two seconds of its start

    groups = None if data.groups is None else data.groups[rows]
    units, unit = (
        (len(rows), "samples") if groups is None else (len(np.unique(groups)), "groups")
    )
    if not 2 <= n <= units:
        raise ValueError(
            f"cannot deal {units} {unit} into {n} {what}; expected 2 to {units}"
        )
    stratified = (
        not data.multi_label
    )  # scikit-learn has no stratification of several labels at once
    kinds = {
        (True, True): model_selection.StratifiedGroupKFold,
        (True, False): model_selection.StratifiedKFold,
        (False, True): model_selection.GroupKFold,
        (False, False): model_selection.KFold,
    }
    splitter = kinds[stratified, groups is not None](n, shuffle=True, random_state=seed)
    return [
        np.sort(rows[part])
        for _, part in splitter.split(rows, data.labels[rows], groups)
    ]


def _check_groups(data: FeatureSet, split: Split) -> None:
    if data.groups is None:
        return
    seen = {name: set(data.groups[part].tolist()) for name, part in vars(split).items()}
    for a, b in (("train", "val"), ("train", "test"), ("val", "test")):
        if shared := seen[a] & seen[b]:
            raise ValueError(
                f"`split` puts {len(shared)} group(s) into both {a} and {b}, e.g. number "
                f"{min(shared)}"
            )
