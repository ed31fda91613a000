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
# Losses and metrics ignore pixels with this value. It equals the losses' IGNORE_INDEX, which cannot
# be imported here without torch.
IGNORED = -100


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set.

    Attributes:
        images: float32 (N, channels, H, W), in the range of the data set; best with about zero
            mean and unit variance.
        masks: int64 (N, H, W), a class index or `IGNORED`.
        groups: int64 (N,); images that must stay in one part, such as neighbouring slices, have
            the same number.
        names: (N,) the files, for messages; None if there are none.
        contents: (N,) numbers; images with equal pixels have equal numbers, also in different
            parts. None: no two images are equal.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.int64]
    groups: NDArray[np.int64]
    names: NDArray[np.str_] | None = None
    contents: Contents | None = None

    def __len__(self) -> int:
        return len(self.images)

    def pixel_counts(self, classes: int) -> NDArray[np.int64]:
        """Return the pixels of each class, (C,); ignored pixels are not counted."""
        return pixel_counts(self.masks, classes)

    def take(self, indices: NDArray[np.int64]) -> Split:
        """Return the images at `indices`, in that order."""
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
        description: one line for tables and reports; it begins with SYNTHETIC if no camera or
            scanner made the images.
        classes: name of each class, by index; class 0 is the background if there is one.
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
        """Return the training pixels of each class, (C,); ignored pixels are not counted."""
        return self.train.pixel_counts(len(self.classes))


def pixel_counts(masks: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return the pixels of each class, (C,), in masks of any shape; `IGNORED` is not counted."""
    return np.bincount(masks[masks != IGNORED].ravel(), minlength=classes)[:classes]


def class_indices(masks: NDArray[Any]) -> NDArray[np.int64]:
    """Return the values of mask files as class indices; `VOID` becomes `IGNORED`."""
    return np.where(masks == VOID, IGNORED, masks.astype(np.int64))


def rarest(
    counts: NDArray[np.int64], classes: Sequence[str], share: float = 0.003
) -> tuple[str, ...]:
    """Return the classes that have pixels, but less than `share` of all; else the rarest class."""
    present = [index for index, count in enumerate(counts) if count > 0]
    most = share * counts.sum()
    small = [index for index in present if counts[index] < most]
    if not small:
        small = [min(present, key=lambda index: int(counts[index]))]
    return tuple(classes[index] for index in small)


def fold_of(
    data: SegmentationData, fold: int | None, folds: int | None, seed: int
) -> SegmentationData:
    """Return the data set with fold `fold` of `folds` as validation set; None: the fixed split.

    The folds divide training and validation images together, whole groups at a time, shuffled with
    `seed` (the data seed, so that every trial of a study has the same folds). The test set does
    not change.

    Raises:
        ValueError: fewer groups than folds, or a fold that is not below `folds`.
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
    train = pool.take(np.flatnonzero(~held_out))
    val = pool.take(np.flatnonzero(held_out))
    return replace(data, train=train, val=val)


def redrawn(data: SegmentationData, seed: int) -> SegmentationData:
    """Return the data set with three new random parts.

    Groups stay whole, and each part keeps its size approximately.
    """
    pool = joined(data.train, data.val, data.test)
    part = np.repeat(PARTS, [len(getattr(data, name)) for name in PARTS])
    no_classes = np.zeros(len(pool), dtype=np.int64)  # only pixels have classes
    new_part = redrawn_parts(no_classes, part, pool.groups, seed)
    train, val, test = (pool.take(np.flatnonzero(new_part == name)) for name in PARTS)
    return replace(data, train=train, val=val, test=test)


def joined(*parts: Split | StoredSplit) -> Split | StoredSplit:
    """Return several parts as one; groups of different parts stay different.

    Raises:
        ValueError: some are in memory and some on disk.
    """
    renumbered, offset = [], 0
    for part in parts:
        renumbered.append(part.groups + offset)
        offset += int(part.groups.max()) + 1
    groups = np.concatenate(renumbered)
    names = _concatenated([part.names for part in parts])
    contents = _concatenated([part.contents for part in parts])
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


def _concatenated(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    """Return the arrays one after the other, or None if one of them is None."""
    present = [array for array in arrays if array is not None]
    if len(present) < len(arrays):
        return None
    return np.concatenate(present)


def refuse_duplicates(data: SegmentationData) -> None:
    """Raise if two parts of the data set have exact copies of an image.

    Raises:
        ValueError: two parts have copies; the message names the first ones.
    """
    pool = joined(data.train, data.val, data.test)
    if pool.contents is None:
        return
    ends = np.cumsum([len(getattr(data, name)) for name in PARTS])
    sides = dict(zip(PARTS, np.split(np.arange(len(pool)), ends[:-1]), strict=True))
    names = None if pool.names is None else pool.names.tolist()
    check_duplicates(pool.contents, sides, names)
