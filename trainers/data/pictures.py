"""Batches of the model's input from one part of a data set, for each kind of storage.

    for images in pictures.drawn(batches): ...     # float32 (B, C, H, W) in [0, 1], on the device

`InMemory` keeps bytes on the training device, `OnDisk` reads a mapped array or decodes files, and
`FeatureRows` keeps the images' features from a frozen encoder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .file_images import FileImages

Stored = NDArray[np.uint8] | FileImages


class Pictures(Protocol):
    """The images of one part of a data set, or their features."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (N, C, H, W), or (N, F) of features."""

    def drawn(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the model's input for each batch of indices, float32 on the device."""

    def in_order(self, size: int) -> Iterator[Tensor]:
        """Yield the model's input for all images, `size` at a time."""

    def sample(self, every: int) -> Tensor:
        """Return every `every`-th image, float32 on the CPU."""


def pixels(images: Tensor) -> Tensor:
    """Return bytes as float32 in [0, 1]."""
    return images.float() / 255


@dataclass(frozen=True, eq=False)
class InMemory:
    """Images (N, C, H, W) uint8 on the training device."""

    images: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (N, C, H, W)."""
        return tuple(self.images.shape)

    def drawn(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """See `Pictures.drawn`."""
        for batch in batches:
            yield pixels(self.images[batch.to(self.images.device)])

    def in_order(self, size: int) -> Iterator[Tensor]:
        """See `Pictures.in_order`."""
        yield from map(pixels, torch.split(self.images, size))

    def sample(self, every: int) -> Tensor:
        """See `Pictures.sample`."""
        return pixels(self.images[::every].cpu())


@dataclass(frozen=True, eq=False)
class OnDisk:
    """Images that do not fit in memory.

    Attributes:
        stored: the images of the whole data set.
        indices: the indices of this part's images, (N,).
        device: the device of the batches.
        workers: number of processes that decode files ahead.
    """

    stored: Stored
    indices: NDArray[np.int64]
    device: torch.device
    workers: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (N, C, H, W)."""
        return (len(self.indices), *self.stored.shape[1:])

    def drawn(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """See `Pictures.drawn`."""
        indices = [self.indices[batch.cpu().numpy()] for batch in batches]
        for images in read(self.stored, indices, self.workers):
            yield pixels(images.to(self.device))

    def in_order(self, size: int) -> Iterator[Tensor]:
        """See `Pictures.in_order`."""
        yield from self.drawn(torch.split(torch.arange(len(self.indices)), size))

    def sample(self, every: int) -> Tensor:
        """See `Pictures.sample`."""
        return pixels(torch.from_numpy(np.array(self.stored[self.indices[::every]])))


@dataclass(frozen=True, eq=False)
class FeatureRows:
    """Features (N, F) float32 of a frozen encoder, on the training device."""

    features: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (N, F)."""
        return tuple(self.features.shape)

    def drawn(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """See `Pictures.drawn`."""
        for batch in batches:
            yield self.features[batch.to(self.features.device)]

    def in_order(self, size: int) -> Iterator[Tensor]:
        """See `Pictures.in_order`."""
        yield from torch.split(self.features, size)

    def sample(self, every: int) -> Tensor:
        """See `Pictures.sample`."""
        return self.features[::every].cpu()


def read(
    stored: Stored, batches: Iterable[NDArray[np.int64]], workers: int = 0
) -> Iterator[Tensor]:
    """Yield the images of each batch, (B, C, H, W) uint8."""
    if isinstance(stored, FileImages):
        yield from stored.read(batches, workers)
        return
    for batch in batches:
        yield torch.from_numpy(np.array(stored[batch]))
