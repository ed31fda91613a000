"""A segmentation data set: three parts of images and masks, and their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .duplicates import Contents, check_duplicates
from .folds import group_folds
from .pair_files import VOID
from .parts import redrawn_parts
from .stored_pairs import StoredSplit

PARTS = ("train", "val", "test")
IGNORED = (
    -100
)  # pixels that no loss and no metric counts: the losses' IGNORE_INDEX, torch-free


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set.

    Attributes:
        images: float32 (N, channels, H, W), each data set says its range; about zero mean and unit
            variance is best.
        masks: int64 (N, H, W), a class index or `IGNORED`.
        groups: int64 (N,): images that must stay in one part (neighbouring slices of a block)
            share a number.
        names: (N,) the files, for messages; None where there are none.
        contents: (N,) numbers that images of equal pixels share, also across the parts; None: no
            two are equal.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.int64]
    groups: NDArray[np.int64]
    names: NDArray[np.str_] | None = None
    contents: Contents | None = None

    def __len__(self) -> int:
        return len(self.images)

    def pixel_counts(self, classes: int) -> NDArray[np.int64]:
        """Pixels of each class, (C,); ignored pixels are not counted."""
        return pixel_counts(self.masks, classes)

    def take(self, indices: NDArray[np.int64]) -> Split:
        """The images at `indices`, in that order."""
        return Split(
            self.images[indices],
            self.masks[indices],
            self.groups[indices],
            None if self.names is None else self.names[indices],
            None if self.contents is None else self.contents[indices],
        )


@dataclass(frozen=True, eq=False)
class SegmentationData:
    """A data set ready for training.

    Attributes:
        name: as in the setting `data`.
        description: one line for tables and reports; begins with SYNTHETIC when no camera or
            scanner was involved.
        classes: name of each class, by index; class 0 is the background where there is one.
        small_classes: the rare classes whose mean F-score is `small_f_score`.
        train, val, test: the fixed split, all three in memory or all three on disk.
    """

    name: str
    description: str
    classes: tuple[str, ...]
    small_classes: tuple[str, ...]
    train: Split | StoredSplit
    val: Split | StoredSplit
    test: Split | StoredSplit

    def pixel_counts(self) -> NDArray[np.int64]:
        """Training pixels of each class, (C,); ignored pixels are not counted."""
        return self.train.pixel_counts(len(self.classes))


def pixel_counts(masks: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Pixels of each class, (C,), over masks of any shape; `IGNORED` is not counted."""
    return np.bincount(masks[masks != IGNORED].ravel(), minlength=classes)[:classes]


def class_indices(masks: NDArray[Any]) -> NDArray[np.int64]:
    """Values of mask files as class indices: `VOID` is `IGNORED`."""
    return np.where(masks == VOID, IGNORED, masks.astype(np.int64))


def rarest(
    counts: NDArray[np.int64], classes: Sequence[str], share: float = 0.003
) -> tuple[str, ...]:
    """Classes present with less than `share` of the counted pixels.

    If all classes are larger, the rarest one.
    """
    present = [i for i, count in enumerate(counts) if count > 0]
    small = [i for i in present if counts[i] < share * counts.sum()] or [
        min(present, key=lambda i: int(counts[i]))
    ]
    return tuple(classes[i] for i in small)


def fold_of(
    data: SegmentationData, fold: int | None, folds: int | None, seed: int
) -> SegmentationData:
    """The data set with fold `fold` of `folds` held out for validation; None: the fixed split.

    Folds are cut from training and validation images together, whole groups at a time, shuffled
    with `seed` (the data seed, so that every trial of a study sees the same folds). The test set
    stays what it is.

    Raises:
        ValueError: fewer groups than folds, or a fold number outside them.
    """
    if fold is None:
        return data
    if folds is None or not 0 <= fold < folds:
        raise ValueError(
            f"fold {fold} of {folds}: the fold must be at least 0 and below the number of folds"
        )
    pool = joined(data.train, data.val)
    groups = len(np.unique(pool.groups))
    if groups < folds:
        raise ValueError(
            f"data {data.name!r} has {groups} groups of images, too few for {folds} folds"
        )
    held_out = group_folds(pool.groups, folds, seed) == fold
    train, val = (
        pool.take(np.flatnonzero(~held_out)),
        pool.take(np.flatnonzero(held_out)),
    )
    return replace(data, train=train, val=val)


def redrawn(data: SegmentationData, seed: int) -> SegmentationData:
    """The data set with its three parts drawn anew.

    Groups stay whole, and each part keeps its size approximately.
    """
    pool = joined(data.train, data.val, data.test)
    part = np.repeat(PARTS, [len(getattr(data, name)) for name in PARTS])
    nothing = np.zeros(len(pool), dtype=np.int64)  # an image has no class of its own
    drawn = redrawn_parts(nothing, part, pool.groups, seed)
    train, val, test = (pool.take(np.flatnonzero(drawn == name)) for name in PARTS)
    return replace(data, train=train, val=val, test=test)


def joined(*parts: Split | StoredSplit) -> Split | StoredSplit:
    """Several parts as one; no group of one part is a group of another.

    Raises:
        ValueError: some are in memory and some on disk.
    """
    grouped, apart = [], 0
    for part in parts:
        grouped.append(part.groups + apart)
        apart += int(part.groups.max()) + 1
    groups = np.concatenate(grouped)
    named = [part.names for part in parts if part.names is not None]
    names = np.concatenate(named) if len(named) == len(parts) else None
    numbered = [part.contents for part in parts if part.contents is not None]
    contents = np.concatenate(numbered) if len(numbered) == len(parts) else None
    stored = [part for part in parts if isinstance(part, StoredSplit)]
    if len(stored) == len(parts):
        rows = np.concatenate([part.rows for part in stored])
        return StoredSplit(stored[0].pairs, rows, groups, names, contents)
    arrays = [part for part in parts if isinstance(part, Split)]
    if len(arrays) != len(parts):
        raise ValueError(
            f"{len(stored)} of {len(parts)} parts are on disk, the others in memory; "
            "expected one store for all"
        )
    images = np.concatenate([part.images for part in arrays])
    masks = np.concatenate([part.masks for part in arrays])
    return Split(images, masks, groups, names, contents)


def refuse_duplicates(data: SegmentationData) -> None:
    """Refuse a data set with exact copies of an image in two of its parts.

    Raises:
        ValueError: naming the first copies.
    """
    pool = joined(data.train, data.val, data.test)
    if pool.contents is None:
        return
    ends = np.cumsum([len(getattr(data, name)) for name in PARTS])
    sides = dict(zip(PARTS, np.split(np.arange(len(pool)), ends[:-1]), strict=True))
    check_duplicates(
        pool.contents, sides, None if pool.names is None else pool.names.tolist()
    )
