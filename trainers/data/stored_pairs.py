"""Images with masks that stay on disk, and parts of a data set as rows of them.

All pairs are decoded once before training. A broken file is reported then, and the pixel counts and
hashes that a split needs are written to the cache that all trials share.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .duplicates import Contents
from .file_images import FileImages, in_processes
from .image_stores import cached_for, stored_images
from .pair_files import VOID, Pairs, pair_images

SURVEY = np.dtype([("counts", "<i4", (256,)), ("sha256", "u1", (32,))])


@dataclass(frozen=True, eq=False)
class StoredPairs:
    """All images of a data set with their masks.

    Attributes:
        pixels: (N, 4, H, W) uint8, red, green, blue and mask; a mapped array, or files.
        counts: (N, 256) pixels of each mask value.
        contents: (N,) numbers; images with equal pixels have equal numbers.
    """

    pixels: NDArray[np.uint8] | FileImages
    counts: NDArray[np.int32]
    contents: Contents


@dataclass(frozen=True, eq=False)
class StoredSplit:
    """One part of a data set that stays on disk; otherwise like `segmentation_data.Split`.

    Attributes:
        pairs: the pairs of the whole data set.
        rows: (N,) the rows of this part.
        groups, names, contents: (N,) as in `Split`.
    """

    pairs: StoredPairs
    rows: NDArray[np.int64]
    groups: NDArray[np.int64]
    names: NDArray[np.str_] | None = None
    contents: Contents | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: NDArray[np.int64]) -> StoredSplit:
        """Return the images at `indices`, in that order."""
        return StoredSplit(
            self.pairs,
            self.rows[indices],
            self.groups[indices],
            None if self.names is None else self.names[indices],
            None if self.contents is None else self.contents[indices],
        )

    def pixel_counts(self, classes: int) -> NDArray[np.int64]:
        """Return the pixels of each class, (C,); ignored pixels are not counted."""
        counts = self.pairs.counts[self.rows].sum(axis=0, dtype=np.int64)
        counts[VOID] = 0
        padded = np.zeros(max(classes, len(counts)), dtype=np.int64)
        padded[: len(counts)] = counts
        return padded[:classes]


def store_pairs(pairs: Pairs, size: int, store: str, workers: int) -> StoredPairs:
    """Store images and masks on disk and return them.

    Args:
        pairs: N images and masks.
        size: side in pixels to which both are resized.
        store: `mapped` or `files`.
        workers: number of processes that decode.

    Raises:
        ValueError: a file cannot be decoded, a mask does not fit its image, or the cache cannot be
            written.
    """
    files = pair_images(pairs, size)
    pixels = stored_images(files, store, workers)

    def fill(array: NDArray[Any]) -> None:
        def survey(share: NDArray[np.int64]) -> None:
            for index in share:
                pair = pixels[index : index + 1][0]
                array["counts"][index] = np.bincount(pair[3].ravel(), minlength=256)
                image = hashlib.sha256(pair[:3].tobytes()).digest()
                array["sha256"][index] = np.frombuffer(image, np.uint8)

        in_processes(survey, len(files), workers)

    kind = "pixel counts of the masks"
    surveyed = cached_for(files, kind, (len(files),), SURVEY, fill, otherwise="memory")
    _, contents = np.unique(surveyed["sha256"], axis=0, return_inverse=True)
    counts = np.array(surveyed["counts"])
    return StoredPairs(pixels, counts, contents.ravel().astype(np.int64))
