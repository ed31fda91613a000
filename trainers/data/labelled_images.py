"""What a labelled image data set is, whatever it was read from."""

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
        images: (N, C, H, W) uint8, in memory, mapped, or decoded from files as they are needed.
        labels: (N,) int64, index into `classes`.
        classes: name of each class.
        part: (N,) strings, one of `PARTS`. Train and val are the pool of cross-validation; test is
            never touched by it.
        population: how many samples each class has in the population whose proportions the training
            part is cut to, by `sweep_trainers.data.splits`; None: the training part is used whole.
        groups: (N,) int64, images of one group are never on two sides of a split; None: each stands
            alone.
        names: (N,) what each image is called in a message, its file; None: its number.
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
        """A number for each image, (N,): equal images have equal numbers.

        Images that are decoded as they are needed are compared by the bytes of their files.
        """
        if isinstance(self.images, FileImages):
            return self.images.contents()
        return contents_of(self.images)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of all images, in hexadecimal."""
        if isinstance(self.images, FileImages):
            return self.images.content_hash()
        return content_hash(self.images)
