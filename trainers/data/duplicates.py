"""Finds exact copies of an image in two parts of a split, which would reward memorisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXAMPLES = 3  # named in the message

Contents = NDArray[np.int64]


def contents_of(images: Iterable[NDArray[Any]]) -> Contents:
    """A number for each image, (N,): images of equal pixels have equal numbers.

    Pixels are compared as the model gets them, so a copy in another file format is found as well.
    Python's hash of the bytes finds the candidates, at gigabytes a second; equal hashes are then
    compared byte by byte, so no two images are ever taken for one.
    """
    candidates: dict[int, list[tuple[NDArray[Any], int]]] = {}
    numbers: list[int] = []
    distinct = 0
    for image in images:
        content = image.tobytes()
        same_hash = candidates.setdefault(hash(content), [])
        number = _number_of(content, same_hash)
        if number is None:
            number, distinct = distinct, distinct + 1
            same_hash.append((image, number))
        numbers.append(number)
    return np.array(numbers, dtype=np.int64)


def _number_of(content: bytes, same_hash: list[tuple[NDArray[Any], int]]) -> int | None:
    """The number of the image with that content, None if there is none."""
    for image, number in same_hash:
        if image.tobytes() == content:
            return number
    return None


def check_duplicates(
    contents: Contents,
    sides: Mapping[str, NDArray[np.int64]],
    names: Sequence[str] | None,
) -> None:
    """Refuse a split with exact copies of an image in two of its parts.

    Args:
        contents: (N,) from `contents_of`.
        sides: name of each part → indices of its images.
        names: (N,) file names for the message, or None: their numbers.

    Raises:
        ValueError: naming the first copies, and how many there are.
    """
    owner: dict[int, tuple[str, int]] = {}
    copies = []
    for side, members in sides.items():
        for image in members.tolist():
            known = owner.setdefault(int(contents[image]), (side, image))
            if known[0] != side:
                copies.append((known, (side, image)))
    if not copies:
        return
    pairs = [f"{_said(a, names)} = {_said(b, names)}" for a, b in copies[:EXAMPLES]]
    more = f", and {len(copies) - EXAMPLES} more" if len(copies) > EXAMPLES else ""
    raise ValueError(
        f"{len(copies)} images have an exact copy in another part of the split: "
        f"{'; '.join(pairs)}{more}. Remove the copies, keep them together with the setting "
        "`groups`, or set `duplicate_images: allow`"
    )


def _said(place: tuple[str, int], names: Sequence[str] | None) -> str:
    side, image = place
    name = names[image] if names is not None else f"image {image}"
    return f"{name} ({side})"
