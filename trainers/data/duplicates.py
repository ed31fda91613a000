"""Finds exact copies of an image in two parts of a split: they would reward memorisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXAMPLES = 3  # pairs of copies that the message names

Contents = NDArray[np.int64]


def contents_of(images: Iterable[NDArray[Any]]) -> Contents:
    """Return a number for each image, (N,): images with equal pixels have equal numbers.

    The pixels are those that the model receives, so a copy in another file format is found as well.
    Python's hash of the bytes finds the candidates, at gigabytes a second. Images with equal hashes
    are then compared byte by byte.
    """
    candidates: dict[int, list[tuple[NDArray[Any], int]]] = {}
    numbers: list[int] = []
    distinct = 0
    for image in images:
        content = image.tobytes()
        same_hash = candidates.setdefault(hash(content), [])
        number = _number_of(content, same_hash)
        if number is None:
            number = distinct
            distinct += 1
            same_hash.append((image, number))
        numbers.append(number)
    return np.array(numbers, dtype=np.int64)


def _number_of(content: bytes, same_hash: list[tuple[NDArray[Any], int]]) -> int | None:
    """Return the number of the image with that content, or None if there is none."""
    for image, number in same_hash:
        if image.tobytes() == content:
            return number
    return None


def check_duplicates(
    contents: Contents,
    sides: Mapping[str, NDArray[np.int64]],
    names: Sequence[str] | None,
) -> None:
    """Raise if two parts of the split have exact copies of an image.

    Args:
        contents: (N,) from `contents_of`.
        sides: name of each part → indices of its images.
        names: (N,) file names for the message; None: the message has the images' indices.

    Raises:
        ValueError: two parts have copies; the message names the first ones and their number.
    """
    first_copy: dict[int, tuple[str, int]] = {}
    copies = []
    for side, members in sides.items():
        for image in members.tolist():
            first = first_copy.setdefault(int(contents[image]), (side, image))
            if first[0] != side:
                copies.append((first, (side, image)))
    if not copies:
        return
    pairs = [
        f"{_name(first, names)} = {_name(second, names)}"
        for first, second in copies[:EXAMPLES]
    ]
    more = f", and {len(copies) - EXAMPLES} more" if len(copies) > EXAMPLES else ""
    raise ValueError(
        f"{len(copies)} images have an exact copy in another part of the split: "
        f"{'; '.join(pairs)}{more}. Remove the copies, keep them together with the setting "
        "`groups`, or set `duplicate_images: allow`"
    )


def _name(side_and_image: tuple[str, int], names: Sequence[str] | None) -> str:
    """Return an image's name and part, for a message."""
    side, image = side_and_image
    name = names[image] if names is not None else f"image {image}"
    return f"{name} ({side})"
