"""Image files decoded as they are needed, for data sets that do not fit in memory."""

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
        size: side in pixels that an image is resized to.
        read_file: decodes one file; None: `decode`, three channels.
        channels: of what `read_file` returns.
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
        """(N, channels, size, size)."""
        return len(self.paths), self.channels, self.size, self.size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, indices: NDArray[np.int64] | slice) -> Pixels:
        """The images at `indices`, decoded now."""
        chosen = np.arange(len(self))[indices]
        return stacked([self.decoded(i) for i in chosen])

    def decoded(self, index: int) -> Pixels:
        """One image, decoded now: (size, size, channels)."""
        return self._read_file(self.paths[index], self.size)

    def hashes(self) -> tuple[bytes, ...]:
        """SHA-256 of each file, computed once."""
        if self._hashes is None:
            self._hashes = tuple(
                hashlib.sha256(p.read_bytes()).digest() for p in self.paths
            )
        return self._hashes

    def content_hash(self) -> str:
        """SHA-256 of all files and the size that they are resized to, in hexadecimal."""
        return hashlib.sha256(
            b"".join(self.hashes()) + str(self.shape).encode()
        ).hexdigest()

    def contents(self) -> Contents:
        """A number for each image, (N,): files of equal bytes have equal numbers."""
        _, numbers = np.unique(
            np.array([each.hex() for each in self.hashes()]), return_inverse=True
        )
        return numbers.astype(np.int64)

    def read(
        self, batches: Iterable[NDArray[np.int64]], workers: int
    ) -> Iterator[Tensor]:
        """Decode batch after batch, each (B, channels, size, size) uint8, in the order given.

        Args:
            batches: indices of each batch.
            workers: processes that decode ahead; the result does not depend on how many.
        """
        chosen = [batch.tolist() for batch in batches]
        loader: DataLoader[Any] = DataLoader(
            _Decoded(self),
            batch_sampler=chosen,
            num_workers=workers,
            collate_fn=_together,
            multiprocessing_context="fork" if workers else None,
            generator=torch.Generator(),  # else it would draw from the trial's random state
        )
        yield from loader


class _Decoded(Dataset[Pixels]):
    """One image at a time, as a DataLoader wants it."""

    def __init__(self, images: FileImages):
        self._images = images

    def __getitem__(self, index: int) -> Pixels:
        return self._images.decoded(index)


def _together(images: list[Pixels]) -> Tensor:
    return torch.from_numpy(stacked(images))


def stacked(images: Sequence[Pixels]) -> Pixels:
    """Images (H, W, C) as one array (N, C, H, W)."""
    return np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2))


def decode(path: Path, size: int) -> Pixels:
    """One file as RGB, resized bicubically: (size, size, 3).

    Raises:
        ValueError: it cannot be decoded.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(
                image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
            )
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
    ) as error:  # what Pillow raises on bad files
        raise ValueError(f"image {path} cannot be decoded: {error}") from error


def decode_into(array: Pixels, images: FileImages, workers: int) -> None:
    """Decode all files into an array that forked processes share.

    Args:
        array: a mapped file, as large as `images`.
        images: what is decoded.
        workers: processes; 0: this one alone.

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
    """Divide 0 … `count` - 1 among forked processes, which write to memory that they share.

    Args:
        work: is called once a process with its numbers.
        count: of all numbers.
        workers: processes; below 2: this one alone.

    Raises:
        Exception: what `work` raises, raised again here.
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
        if process.exitcode:  # once more here, so that the reason is raised here
            work(share)
