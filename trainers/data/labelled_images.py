"""The class of labelled image data sets, whatever file they are read from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .cached_arrays import content_hash
from .duplicates import Contents, contents_of
from .file_images import FileImages

PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class LabelledImages:
    """A classification data set with its fixed split.

    Attributes:
        images: (N, C, H, W) uint8, in memory, mapped, or decoded from files when needed.
        labels: (N,) int64, index into `classes`.
        classes: name of each class.
        part: (N,) strings, one of `PARTS`. Cross-validation divides train and val; it never
            touches test.
        population: number of samples of each class in the population to whose proportions
            `sweep_trainers.data.splits` cuts the training part; None: it is not cut.
        groups: (N,) int64; images of one group are never in two parts of a split. None: every image
            is its own group.
        names: (N,) the name of each image in a message, its file; None: messages have its number.
    """

    images: NDArray[np.uint8] | FileImages
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    part: NDArray[np.str_]
    population: tuple[int, ...] | None = None
    groups: NDArray[np.int64] | None = None
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != np.uint8:
            raise ValueError(
                f"images are {self.images.dtype} {self.images.shape}, expected uint8 (N, C, H, W)"
            )
        if not len(self.images) == len(self.labels) == len(self.part):
            raise ValueError(
                f"{len(self.images)} images, {len(self.labels)} labels, {len(self.part)} parts"
            )
        missing = [part for part in PARTS if not (self.part == part).any()]
        if missing:
            raise ValueError(f"no image in part {' and '.join(missing)}")

    @cached_property
    def contents(self) -> Contents:
        """Return a number for each image, (N,): equal images have equal numbers.

        Images that are decoded when needed are compared by the bytes of their files.
        """
        if isinstance(self.images, FileImages):
            return self.images.contents()
        return contents_of(self.images)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of all images, in hexadecimal."""
        if isinstance(self.images, FileImages):
            return self.images.content_hash()
        return content_hash(self.images)
