"""Images with masks in folders, from the user's disk.

    <path>/train/images/001.jpg    <path>/train/masks/001.png       likewise val and test
or  <path>/images/001.jpg          <path>/masks/001.png             15 % val and 15 % test are drawn

A mask is a single-channel picture (grey or palette) as large as its image whose pixel values are
class indices; 255 is ignored. `<path>/classes.txt`, if there is one, names the classes, one a line;
without it they are class_0, class_1, …
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ..settings.segmentation import DATA
from .duplicates import contents_of
from .file_images import stacked
from .groups import check_groups, groups_of
from .image_stores import in_threads
from .pair_files import VOID, Pairs, decode_pair, normalised
from .parts import random_parts
from .segmentation_data import SegmentationData, Split, class_indices, rarest
from .stored_pairs import StoredPairs, StoredSplit, store_pairs

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
MASK_SUFFIXES = (
    ".png",
    ".bmp",
    ".tif",
    ".tiff",
)  # lossless: a JPEG's masks have classes nobody drew
SIDES = ("train", "val", "test")
LAYOUT = (
    "expected <path>/images/<name>.png or .jpg and <path>/masks/<name>.png (15 % val and 15 % test "
    "are then drawn), or "
    "the same two folders in each of <path>/train, <path>/val and <path>/test"
)


def load(
    root: Path,
    *,
    image_size: int,
    seed: int,
    groups: str | None = None,
    store: str = "memory",
    workers: int = 0,
) -> SegmentationData:
    """Read all images (N, 3, H, W) and masks (N, H, W), resized to squares.

    Images are resized bicubically, masks by nearest neighbour.

    Args:
        root: the folder; `LAYOUT` says what is in it.
        image_size: side in pixels.
        seed: draws the split when the folders do not give one.
        groups: which images belong together, see `sweep_trainers.data.groups`; the names are those
            of the images.
        store: where images and masks are, see `sweep_trainers.data.image_stores`.
        workers: threads that decode; processes with another store than memory.

    Raises:
        FileNotFoundError: a folder, all images, an image's mask, or the index of the groups is
            missing.
        ValueError: a file that cannot be decoded, an image and a mask of different sizes, a class
            without a name, an image without a group, a group in two of the given parts, or a
            store that cannot hold a mask's values.
    """
    pairs = find(root, seed, groups)
    together = grouped(root, pairs, groups)
    names = {
        side: np.array([image.relative_to(root).as_posix() for image, _ in files])
        for side, files in pairs.items()
    }
    splits: Mapping[str, Split | StoredSplit]
    if store == "memory":
        splits, classes = _in_memory(root, pairs, together, names, image_size, workers)
    else:
        stored, rows = _stored(pairs, image_size, store, workers)
        classes = _stored_classes(root, pairs, stored, rows)
        splits = {
            side: StoredSplit(
                stored,
                rows[side],
                together[side],
                names[side],
                stored.contents[rows[side]],
            )
            for side in pairs
        }
    counts = splits["train"].pixel_counts(len(classes))
    if np.count_nonzero(counts) < 2:
        raise ValueError(
            f"masks in {root}: the training masks hold fewer than two classes, nothing to tell "
            "apart"
        )
    small = rarest(counts, classes)
    return SegmentationData(
        f"masks:{root}", f"{DATA['masks']}: {root}", classes, small, **splits
    )


def count(root: Path, seed: int, groups: str | None = None) -> int:
    """How many images the folder holds, without reading them."""
    return sum(map(len, find(root, seed, groups).values()))


def _in_memory(
    root: Path,
    pairs: Mapping[str, Pairs],
    together: Mapping[str, NDArray[np.int64]],
    names: Mapping[str, NDArray[np.str_]],
    image_size: int,
    workers: int,
) -> tuple[Mapping[str, Split], tuple[str, ...]]:
    """The parts, read completely, and the names of the classes."""
    parts = {side: read(files, image_size, workers) for side, files in pairs.items()}
    values = np.concatenate([np.unique(masks) for _, masks in parts.values()])
    classes = class_names(root, 1 + int(values[values != VOID].max(initial=0)))
    for side, (_, masks) in parts.items():
        check_classes(pairs[side], masks, classes)
    contents = contents_of(image for images, _ in parts.values() for image in images)
    splits, start = {}, 0
    for side, (images, masks) in parts.items():
        end = start + len(images)
        splits[side] = Split(
            images,
            class_indices(masks),
            together[side],
            names[side],
            contents[start:end],
        )
        start = end
    return splits, classes


def _stored(
    pairs: Mapping[str, Pairs], image_size: int, store: str, workers: int
) -> tuple[StoredPairs, Mapping[str, NDArray[np.int64]]]:
    """All pairs on disk in one order, whatever the split, and the rows of each part."""
    everything = sorted(each for files in pairs.values() for each in files)
    row = {each: number for number, each in enumerate(everything)}
    rows = {
        side: np.array([row[each] for each in files], dtype=np.int64)
        for side, files in pairs.items()
    }
    return store_pairs(everything, image_size, store, workers), rows


def _stored_classes(
    root: Path,
    pairs: Mapping[str, Pairs],
    stored: StoredPairs,
    rows: Mapping[str, NDArray[np.int64]],
) -> tuple[str, ...]:
    """The names of the classes; a mask value that is no class is refused."""
    present = np.flatnonzero(stored.counts.any(axis=0))
    classes = class_names(root, 1 + int(present[present != VOID].max(initial=0)))
    for side, files in pairs.items():
        unknown = stored.counts[rows[side], len(classes) : VOID] > 0
        if unknown.any():
            image, value = np.argwhere(unknown)[0]
            refuse_value(files[image][1], int(value) + len(classes), classes)
    return classes


def find(root: Path, seed: int, groups: str | None = None) -> Mapping[str, Pairs]:
    """Image and mask files of each set, sorted by name before any draw; whole groups at a time."""
    if not root.is_dir():
        raise FileNotFoundError(f"mask folder {root} does not exist; {LAYOUT}")
    if any((root / side).is_dir() for side in SIDES):
        pairs = {side: pair(root / side) for side in SIDES}
    else:
        everything = pair(root)
        cuts = _cut(root, everything, seed, groups)
        pairs = {side: [everything[i] for i in sorted(cuts[side])] for side in SIDES}
    empty = [side for side in SIDES if not pairs[side]]
    if empty:
        raise FileNotFoundError(
            f"mask folder {root} has no image for {', '.join(empty)}; {LAYOUT}"
        )
    return pairs


def _cut(
    root: Path, everything: Pairs, seed: int, groups: str | None
) -> Mapping[str, NDArray[np.int64]]:
    """Which of the pairs are in which part: 15 % val, 15 % test."""
    together = groups_of(root, [image for image, _ in everything], groups)
    if together is not None:
        nothing = np.zeros(
            len(everything), dtype=np.int64
        )  # an image has no class of its own
        part = random_parts(nothing, seed, val=0.15, test=0.15, groups=together)
        return {side: np.flatnonzero(part == side) for side in SIDES}
    order = np.random.default_rng(seed).permutation(len(everything))
    n = max(1, round(0.15 * len(everything)))
    return {"val": order[:n], "test": order[n : 2 * n], "train": order[2 * n :]}


def grouped(
    root: Path, pairs: Mapping[str, Pairs], groups: str | None
) -> Mapping[str, NDArray[np.int64]]:
    """The group of each image by part; without groups every image is its own group.

    Raises:
        ValueError: a group in two parts.
    """
    images = [image for files in pairs.values() for image, _ in files]
    together = groups_of(root, images, groups)
    if together is None:
        return {side: np.arange(len(files)) for side, files in pairs.items()}
    ends = np.cumsum([len(files) for files in pairs.values()])
    sides = dict(zip(pairs, np.split(np.arange(len(images)), ends[:-1]), strict=True))
    check_groups(
        together, sides, [image.relative_to(root).as_posix() for image in images]
    )
    return {side: together[members] for side, members in sides.items()}


def pair(folder: Path) -> Pairs:
    """Each image in `folder/images` with the mask of the same stem in `folder/masks`."""
    for part in ("images", "masks"):
        if not (folder / part).is_dir():
            raise FileNotFoundError(f"folder {folder / part} does not exist; {LAYOUT}")
    masks = {path.stem: path for path in _pictures(folder / "masks", MASK_SUFFIXES)}
    images = _pictures(folder / "images", IMAGE_SUFFIXES)
    orphans = [path.name for path in images if path.stem not in masks]
    if orphans:
        more = f" and {len(orphans) - 1} more" if len(orphans) > 1 else ""
        raise FileNotFoundError(
            f"image {orphans[0]}{more} in {folder / 'images'} has no mask in {folder / 'masks'} "
            f"(same name, {', '.join(MASK_SUFFIXES)})"
        )
    return [(path, masks[path.stem]) for path in images]


def read(
    pairs: Pairs, size: int, workers: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images about zero mean and unit variance (N, 3, size, size) and masks, `VOID` included, (N,
    size, size); `workers` threads decode.
    """

    def decoded(pair: tuple[Path, Path]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return decode_pair(*pair, size)

    images, masks = zip(*in_threads(decoded, pairs, workers), strict=True)
    return normalised(stacked(images)), np.stack(masks)


def class_names(root: Path, found: int) -> tuple[str, ...]:
    """Names from `classes.txt`, else class_0 to class_{found - 1}."""
    path = root / "classes.txt"
    if not path.is_file():
        return tuple(f"class_{index}" for index in range(found))
    names = tuple(
        line.strip()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    )
    if len(set(names)) < len(names) or not names:
        raise ValueError(
            f"{path} must name each class once, one a line; found {len(names)} names"
        )
    return names


def check_classes(
    pairs: Pairs, masks: NDArray[np.int64], classes: tuple[str, ...]
) -> None:
    """Refuse a mask value that is no class."""
    wrong = (masks >= len(classes)) & (masks != VOID) | (masks < 0)
    if wrong.any():
        image = int(np.flatnonzero(wrong.any(axis=(1, 2)))[0])
        value = int(masks[image][wrong[image]][0])
        refuse_value(pairs[image][1], value, classes)


def refuse_value(mask: Path, value: int, classes: tuple[str, ...]) -> NoReturn:
    """Refuse a mask for a value that is no class."""
    raise ValueError(
        f"mask {mask} has the value {value}; classes are 0 to {len(classes) - 1} "
        f"and {VOID} is ignored"
    )


def _pictures(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    found = (
        path
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes and path.is_file()
    )
    return sorted(path for path in found if not path.name.startswith("."))
