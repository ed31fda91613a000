"""What a segmentation data set is, whatever it was read from: three splits of images and masks, and their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

IGNORED = -100  # mask value of pixels that no loss and no metric counts: `trainers.losses.IGNORE_INDEX`, torch-free


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set.

    Attributes:
        images: float32 (N, channels, H, W), each data set says its range; about zero mean and unit variance is best.
        masks: int64 (N, H, W), a class index or `IGNORED`.
        groups: int64 (N,): images that must not be torn apart (neighbouring slices of a block) share a number.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.int64]
    groups: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: NDArray[np.int64]) -> Split:
        """The images at `indices`, in that order."""
        return Split(self.images[indices], self.masks[indices], self.groups[indices])


@dataclass(frozen=True, eq=False)
class SegmentationData:
    """A data set ready for training.

    Attributes:
        name: as in the setting `data`.
        description: one line for tables and reports; begins with SYNTHETIC when no camera or scanner was involved.
        classes: name of each class, by index; class 0 is the background where there is one.
        small_classes: the rare classes whose mean F-score is `small_f_score`.
        train, val, test: the fixed split.
    """

    name: str
    description: str
    classes: tuple[str, ...]
    small_classes: tuple[str, ...]
    train: Split
    val: Split
    test: Split

    def pixel_counts(self) -> NDArray[np.int64]:
        """Training pixels of each class, (C,); ignored pixels are not counted."""
        return pixel_counts(self.train.masks, len(self.classes))


def pixel_counts(masks: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Pixels of each class, (C,), over masks of any shape; `IGNORED` is not counted."""
    return np.bincount(masks[masks != IGNORED].ravel(), minlength=classes)[:classes]


def rarest(counts: NDArray[np.int64], classes: Sequence[str], share: float = 0.003) -> tuple[str, ...]:
    """Classes with less than `share` of the counted pixels but at least one; the rarest one when all are larger."""
    present = [i for i, count in enumerate(counts) if count > 0]
    small = [i for i in present if counts[i] < share * counts.sum()] or [min(present, key=lambda i: int(counts[i]))]
    return tuple(classes[i] for i in small)


def fold_of(data: SegmentationData, fold: int | None, folds: int | None, seed: int) -> SegmentationData:
    """The data set with fold `fold` of `folds` held out for validation; the fixed split when `fold` is None.

    Folds are cut from training and validation images together, whole groups at a time, shuffled with `seed` (the data
    seed, so that every trial of a study sees the same folds). The test set stays what it is.

    Raises:
        ValueError: fewer groups than folds, or a fold number outside them.
    """
    if fold is None:
        return data
    if folds is None or not 0 <= fold < folds:
        raise ValueError(f"fold {fold} of {folds}: the fold must be at least 0 and below the number of folds")
    train, val = data.train, data.val
    apart = train.groups.max() + 1  # groups are numbered within each split
    pool = Split(
        np.concatenate([train.images, val.images]),
        np.concatenate([train.masks, val.masks]),
        np.concatenate([train.groups, val.groups + apart]),
    )
    groups = len(np.unique(pool.groups))
    if groups < folds:
        raise ValueError(f"data {data.name!r} has {groups} groups of images, too few for {folds} folds")
    from sklearn.model_selection import (
        GroupKFold,  # only here: it costs a worker two seconds of its start
    )

    splits = GroupKFold(n_splits=folds, shuffle=True, random_state=seed).split(pool.groups, groups=pool.groups)
    kept, held_out = list(splits)[fold]
    return replace(data, train=pool.take(kept), val=pool.take(held_out))
