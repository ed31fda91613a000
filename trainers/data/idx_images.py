"""IDX files, plain or gzipped: the format of MNIST and Fashion-MNIST (LeCun et al. 1998)."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .labelled_images import LabelledImages
from .parts import random_parts

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
LAYOUT = f"expected a folder with {', '.join(FILES)}, each plain or with .gz"


def load(root: Path, data_seed: int = 0) -> LabelledImages:
    """Read the four files and return the images (N, 1, H, W).

    The files t10k are the test part. A stratified 15 % of the files train are for validation.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file is truncated or of another type, or the files differ in shape.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"IDX folder {root} does not exist; {LAYOUT}")
    train_images, train_labels, test_images, test_labels = (
        _read(root, name) for name in FILES
    )
    _check_count(root, "train", train_images, train_labels)
    _check_count(root, "t10k", test_images, test_labels)
    if train_images.shape[1:] != test_images.shape[1:]:
        raise ValueError(
            f"{root}: train images are {train_images.shape[1:]}, t10k images "
            f"{test_images.shape[1:]}"
        )
    target = np.concatenate([train_labels, test_labels]).astype(np.int64)
    drawn = random_parts(train_labels.astype(np.int64), data_seed, val=0.15)
    return LabelledImages(
        images=np.concatenate([train_images, test_images])[:, None],
        labels=target,
        classes=tuple(str(c) for c in range(int(target.max()) + 1)),
        part=np.concatenate([drawn, np.full(len(test_labels), "test", dtype="<U5")]),
    )


def _check_count(
    root: Path, name: str, images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> None:
    """Raise a ValueError unless there are images and as many labels."""
    if len(images) != len(labels) or not len(images):
        raise ValueError(
            f"{root}: {len(images)} {name} images but {len(labels)} labels"
        )


def _read(root: Path, name: str) -> NDArray[np.uint8]:
    """Read one IDX file.

    It has two zero bytes, the type 8 (unsigned byte), the number of dimensions, their sizes as
    big-endian integers, and the data.
    """
    path = root / name
    if not path.is_file():
        path = root / f"{name}.gz"
    if not path.is_file():
        raise FileNotFoundError(
            f"{root / name} does not exist, neither plain nor as .gz; {LAYOUT}"
        )
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is not a sound gzip file: {error}") from error
    ndim = 3 if "idx3" in name else 1
    header = 4 + 4 * ndim
    if len(raw) < header or raw[:4] != bytes([0, 0, 8, ndim]):
        raise ValueError(
            f"{path} starts with {raw[:4].hex()}, an IDX file of {ndim}-d bytes with "
            f"000008{ndim:02x}"
        )
    sizes = struct.unpack(f">{ndim}I", raw[4:header])
    expected = int(np.prod(sizes, dtype=np.int64))
    if len(raw) - header != expected:
        raise ValueError(
            f"{path} holds {len(raw) - header} bytes of data, its header promises {expected} "
            f"{sizes}"
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(sizes)
