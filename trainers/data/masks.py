"""Images with masks in folders, from the user's disk.

    <path>/train/images/001.jpg    <path>/train/masks/001.png       likewise val and test
or  <path>/images/001.jpg          <path>/masks/001.png             15 % val and 15 % test are drawn

A mask is a single-channel picture (grey or palette) of the size of its image. Its pixel values are
class indices; 255 is ignored. `<path>/classes.txt` may name the classes, one on each line; without
it they are class_0, class_1, …
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
# Lossless formats: JPEG changes pixel values, and with them classes.
MASK_SUFFIXES = (".png", ".bmp", ".tif", ".tiff")
SIDES = ("train", "val", "test")
LAYOUT = (
    "expected <path>/images/<name>.png or .jpg and <path>/masks/<name>.png (15 % val and 15 % test "
    "are then drawn), or the same two folders in each of <path>/train, <path>/val and <path>/test"
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
        root: the folder, with the layout of `LAYOUT`.
        image_size: side in pixels.
        seed: draws the split if the folders do not give one.
        groups: the setting for groups of images, see `sweep_trainers.data.groups`; the names are
            those of the images.
        store: where images and masks are kept, see `sweep_trainers.data.image_stores`.
        workers: number of threads that decode; with another store than memory, of processes.

    Raises:
        FileNotFoundError: a folder, all images, an image's mask, or the index of the groups is
            missing.
        ValueError: a file that cannot be decoded, an image and a mask of different sizes, a class
            without a name, an image without a group, a group in two of the given parts, or a
            store that cannot hold a mask's values.
    """
    pairs = find(root, seed, groups)
    group_numbers = grouped(root, pairs, groups)
    names = {}
    for side, files in pairs.items():
        names[side] = np.array(_names(root, [image for image, _ in files]))
    splits: Mapping[str, Split | StoredSplit]
    if store == "memory":
        splits, classes = _in_memory(
            root, pairs, group_numbers, names, image_size, workers
        )
    else:
        stored, rows = _stored(pairs, image_size, store, workers)
        classes = _stored_classes(root, pairs, stored, rows)
        splits = {
            side: StoredSplit(
                stored,
                rows[side],
                group_numbers[side],
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
    """Return the number of images in the folder, without reading them."""
    return sum(map(len, find(root, seed, groups).values()))


def _names(root: Path, files: Iterable[Path]) -> list[str]:
    """Return the paths of files relative to the data folder, for messages."""
    return [file.relative_to(root).as_posix() for file in files]


def _in_memory(
    root: Path,
    pairs: Mapping[str, Pairs],
    group_numbers: Mapping[str, NDArray[np.int64]],
    names: Mapping[str, NDArray[np.str_]],
    image_size: int,
    workers: int,
) -> tuple[Mapping[str, Split], tuple[str, ...]]:
    """Read the parts completely; return them and the names of the classes."""
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
            group_numbers[side],
            names[side],
            contents[start:end],
        )
        start = end
    return splits, classes


def _stored(
    pairs: Mapping[str, Pairs], image_size: int, store: str, workers: int
) -> tuple[StoredPairs, Mapping[str, NDArray[np.int64]]]:
    """Return the stored pairs of all parts, and the rows of each part.

    The order of the pairs does not depend on the split.
    """
    all_pairs: Pairs = []
    for files in pairs.values():
        all_pairs += files
    all_pairs.sort()
    row = {each: number for number, each in enumerate(all_pairs)}
    rows = {}
    for side, files in pairs.items():
        rows[side] = np.array([row[each] for each in files], dtype=np.int64)
    return store_pairs(all_pairs, image_size, store, workers), rows


def _stored_classes(
    root: Path,
    pairs: Mapping[str, Pairs],
    stored: StoredPairs,
    rows: Mapping[str, NDArray[np.int64]],
) -> tuple[str, ...]:
    """Return the names of the classes; raise a ValueError for a mask value that is no class."""
    present = np.flatnonzero(stored.counts.any(axis=0))
    classes = class_names(root, 1 + int(present[present != VOID].max(initial=0)))
    for side, files in pairs.items():
        unknown = stored.counts[rows[side], len(classes) : VOID] > 0
        if unknown.any():
            image, value = np.argwhere(unknown)[0]
            refuse_value(files[image][1], int(value) + len(classes), classes)
    return classes


def find(root: Path, seed: int, groups: str | None = None) -> Mapping[str, Pairs]:
    """Return the image and mask files of each part.

    The files are sorted by name before a draw. Groups stay whole.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"mask folder {root} does not exist; {LAYOUT}")
    if any((root / side).is_dir() for side in SIDES):
        pairs = {side: pair(root / side) for side in SIDES}
    else:
        all_pairs = pair(root)
        indices = _drawn_parts(root, all_pairs, seed, groups)
        pairs = {}
        for side in SIDES:
            pairs[side] = [all_pairs[index] for index in sorted(indices[side])]
    empty = [side for side in SIDES if not pairs[side]]
    if empty:
        raise FileNotFoundError(
            f"mask folder {root} has no image for {', '.join(empty)}; {LAYOUT}"
        )
    return pairs


def _drawn_parts(
    root: Path, pairs: Pairs, seed: int, groups: str | None
) -> Mapping[str, NDArray[np.int64]]:
    """Return the indices of the pairs in each part: 15 % val, 15 % test."""
    group_numbers = groups_of(root, [image for image, _ in pairs], groups)
    if group_numbers is not None:
        no_classes = np.zeros(len(pairs), dtype=np.int64)  # only masks have classes
        part = random_parts(no_classes, seed, val=0.15, test=0.15, groups=group_numbers)
        return {side: np.flatnonzero(part == side) for side in SIDES}
    order = np.random.default_rng(seed).permutation(len(pairs))
    n = max(1, round(0.15 * len(pairs)))
    return {"val": order[:n], "test": order[n : 2 * n], "train": order[2 * n :]}


def grouped(
    root: Path, pairs: Mapping[str, Pairs], groups: str | None
) -> Mapping[str, NDArray[np.int64]]:
    """Return the groups of the images of each part; without groups every image is its own.

    Raises:
        ValueError: a group in two parts.
    """
    images: list[Path] = []
    sides = {}
    for side, files in pairs.items():
        sides[side] = len(images) + np.arange(len(files))
        images += [image for image, _ in files]
    numbers = groups_of(root, images, groups)
    if numbers is None:
        return {side: np.arange(len(files)) for side, files in pairs.items()}
    check_groups(numbers, sides, _names(root, images))
    return {side: numbers[members] for side, members in sides.items()}


def pair(folder: Path) -> Pairs:
    """Return each image in `folder/images` with the mask of the same stem in `folder/masks`."""
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
    """Read images (N, 3, size, size), normalised, and masks (N, size, size) with `VOID`.

    `workers` threads decode.
    """

    def decoded(pair: tuple[Path, Path]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return decode_pair(*pair, size)

    images, masks = zip(*in_threads(decoded, pairs, workers), strict=True)
    return normalised(stacked(images)), np.stack(masks)


def class_names(root: Path, count: int) -> tuple[str, ...]:
    """Return the names in `classes.txt`; without that file class_0 to class_{count - 1}."""
    path = root / "classes.txt"
    if not path.is_file():
        return tuple(f"class_{index}" for index in range(count))
    lines = path.read_text(encoding="utf-8").splitlines()
    names = tuple(line.strip() for line in lines if line.strip())
    if len(set(names)) < len(names) or not names:
        raise ValueError(
            f"{path} must name each class once, one a line; found {len(names)} names"
        )
    return names


def check_classes(
    pairs: Pairs, masks: NDArray[np.int64], classes: tuple[str, ...]
) -> None:
    """Raise a ValueError for a mask value that is no class."""
    too_large = (masks >= len(classes)) & (masks != VOID)
    wrong = too_large | (masks < 0)
    if wrong.any():
        image = int(np.flatnonzero(wrong.any(axis=(1, 2)))[0])
        value = int(masks[image][wrong[image]][0])
        refuse_value(pairs[image][1], value, classes)


def refuse_value(mask: Path, value: int, classes: tuple[str, ...]) -> NoReturn:
    """Raise the ValueError of a mask value that is no class."""
    raise ValueError(
        f"mask {mask} has the value {value}; classes are 0 to {len(classes) - 1} "
        f"and {VOID} is ignored"
    )


def _pictures(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the folder's files with one of the suffixes, sorted; hidden files are left out."""
    pictures = []
    for path in folder.iterdir():
        is_picture = path.suffix.lower() in suffixes and path.is_file()
        if is_picture and not path.name.startswith("."):
            pictures.append(path)
    return sorted(pictures)
