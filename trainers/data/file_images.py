"""Image files that are decoded when needed, for data sets that do not fit in memory."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .duplicates import Contents

Pixels = NDArray[np.uint8]
Decode = Callable[[Path, int], Pixels]  # a file and a side → (side, side, channels)


class FileImages:
    """Images on disk that can be indexed like an array, (N, channels, size, size) uint8.

    Args:
        paths: N files.
        size: side in pixels to which an image is resized.
        read_file: decodes one file; None: `decode`, with three channels.
        channels: number of channels that `read_file` returns.
        beside: further files that `read_file` reads, such as masks.
    """

    ndim = 4
    dtype = np.dtype(np.uint8)

    def __init__(
        self,
        paths: Sequence[Path],
        size: int,
        read_file: Decode | None = None,
        channels: int = 3,
        beside: Sequence[Path] = (),
    ):
        self.paths = tuple(paths)
        self.size = size
        self.channels = channels
        self.beside = tuple(beside)
        self._read_file = read_file or decode
        self._hashes: tuple[bytes, ...] | None = None

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Return (N, channels, size, size)."""
        return len(self.paths), self.channels, self.size, self.size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, indices: NDArray[np.int64] | slice) -> Pixels:
        """Decode and return the images at `indices`."""
        numbers = np.arange(len(self))[indices]
        return stacked([self.decoded(number) for number in numbers])

    def decoded(self, index: int) -> Pixels:
        """Decode and return one image, (size, size, channels)."""
        return self._read_file(self.paths[index], self.size)

    def hashes(self) -> tuple[bytes, ...]:
        """Return the SHA-256 of each file; they are computed once."""
        if self._hashes is None:
            self._hashes = tuple(
                hashlib.sha256(path.read_bytes()).digest() for path in self.paths
            )
        return self._hashes

    def content_hash(self) -> str:
        """Return the SHA-256 of all files and their resized shape, in hexadecimal."""
        content = b"".join(self.hashes()) + str(self.shape).encode()
        return hashlib.sha256(content).hexdigest()

    def contents(self) -> Contents:
        """Return a number for each image, (N,): files with equal bytes have equal numbers."""
        hashes = np.array([digest.hex() for digest in self.hashes()])
        _, numbers = np.unique(hashes, return_inverse=True)
        return numbers.astype(np.int64)

    def read(
        self, batches: Iterable[NDArray[np.int64]], workers: int
    ) -> Iterator[Tensor]:
        """Yield the images of each batch, (B, channels, size, size) uint8, in the order given.

        Args:
            batches: indices of each batch.
            workers: number of processes that decode ahead; the result does not depend on it.
        """
        loader: DataLoader[Any] = DataLoader(
            _Decoded(self),
            batch_sampler=[batch.tolist() for batch in batches],
            num_workers=workers,
            collate_fn=_collated,
            multiprocessing_context="fork" if workers else None,
            # The default generator would change the trial's random state.
            generator=torch.Generator(),
        )
        yield from loader


class _Decoded(Dataset[Pixels]):
    """The images as a data set for a DataLoader."""

    def __init__(self, images: FileImages):
        self._images = images

    def __getitem__(self, index: int) -> Pixels:
        return self._images.decoded(index)


def _collated(images: list[Pixels]) -> Tensor:
    """Return images as one batch."""
    return torch.from_numpy(stacked(images))


def stacked(images: Sequence[Pixels]) -> Pixels:
    """Return images (H, W, C) as one array (N, C, H, W)."""
    return np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2))


def decode(path: Path, size: int) -> Pixels:
    """Return one file as RGB, resized bicubically: (size, size, 3).

    Raises:
        ValueError: the file cannot be decoded.
    """
    from PIL import Image

    # Pillow raises these for broken files.
    broken = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
    try:
        with Image.open(path) as image:
            colours = image.convert("RGB")
            return np.asarray(colours.resize((size, size), Image.Resampling.BICUBIC))
    except broken as error:
        raise ValueError(f"image {path} cannot be decoded: {error}") from error


def decode_into(array: Pixels, images: FileImages, workers: int) -> None:
    """Decode all files into an array that forked processes share.

    Args:
        array: a mapped file of the shape of `images`.
        images: the files to decode.
        workers: number of processes; 0: this process decodes.

    Raises:
        ValueError: a file cannot be decoded.
    """

    def decode_share(share: NDArray[np.int64]) -> None:
        for index in share:
            array[index] = images.decoded(index).transpose(2, 0, 1)

    in_processes(decode_share, len(images), workers)


def in_processes(
    work: Callable[[NDArray[np.int64]], None], count: int, workers: int
) -> None:
    """Divide 0 … `count` - 1 among forked processes, which write to shared memory.

    Args:
        work: called once in each process with its numbers.
        count: the number of numbers.
        workers: number of processes; below 2: this process does the work.

    Raises:
        Exception: the exception that `work` raises.
    """
    shares = np.array_split(np.arange(count), max(workers, 1))
    if workers < 2:
        work(shares[0])
        return
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=(share,)) for share in shares]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    for process, share in zip(processes, shares, strict=True):
        if process.exitcode:
            work(share)  # run again here, which raises the exception in this process
