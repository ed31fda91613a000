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

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..settings.segmentation import DATA
from .duplicates import contents_of
from .groups import check_groups, groups_of
from .parts import random_parts
from .segmentation_data import IGNORED, SegmentationData, Split, rarest

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
MASK_SUFFIXES = (
    ".png",
    ".bmp",
    ".tif",
    ".tiff",
)  # lossless: a JPEG's masks have classes nobody drew
VOID = 255
SIDES = ("train", "val", "test")
LAYOUT = (
    "expected <path>/images/<name>.png or .jpg and <path>/masks/<name>.png (15 % val and 15 % test "
    "are then drawn), or "
    "the same two folders in each of <path>/train, <path>/val and <path>/test"
)
Pairs = list[tuple[Path, Path]]


def load(
    root: Path, *, image_size: int, seed: int, groups: str | None = None
) -> SegmentationData:
    """Read all images (N, 3, H, W) and masks (N, H, W), resized to squares.

    Images are resized bicubically, masks by nearest neighbour.

    Args:
        root: the folder; `LAYOUT` says what is in it.
        image_size: side in pixels.
        seed: draws the split when the folders do not give one.
        groups: which images belong together, see `sweep_trainers.data.groups`; the names are those
            of the images.

    Raises:
        FileNotFoundError: a folder, all images, an image's mask, or the index of the groups is
            missing.
        ValueError: a file that cannot be decoded, an image and a mask of different sizes, a class
            without a name, an image without a group, or a group in two of the given parts.
    """
    pairs = find(root, seed, groups)
    together = grouped(root, pairs, groups)
    parts = {side: read(files, image_size) for side, files in pairs.items()}
    found = np.concatenate([np.unique(masks) for _, masks in parts.values()])
    classes = class_names(root, 1 + int(found[found != VOID].max(initial=0)))
    for side, (_, masks) in parts.items():
        check_classes(pairs[side], masks, classes)
    contents = contents_of(image for images, _ in parts.values() for image in images)
    splits, start = {}, 0
    for side, (images, masks) in parts.items():
        end = start + len(images)
        splits[side] = Split(
            images,
            np.where(masks == VOID, IGNORED, masks),
            together[side],
            np.array([image.relative_to(root).as_posix() for image, _ in pairs[side]]),
            contents[start:end],
        )
        start = end
    counts = np.bincount(
        splits["train"].masks[splits["train"].masks != IGNORED], minlength=len(classes)
    )
    if np.count_nonzero(counts) < 2:
        raise ValueError(
            f"masks in {root}: the training masks hold fewer than two classes, nothing to tell "
            "apart"
        )
    small = rarest(counts, classes)
    return SegmentationData(
        f"masks:{root}", f"{DATA['masks']}: {root}", classes, small, **splits
    )


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


def read(pairs: Pairs, size: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images about zero mean and unit variance (N, 3, size, size) and masks, `VOID` included, (N,
    size, size).
    """
    images, masks = [], []
    for image_path, mask_path in pairs:
        image, mask = decode(image_path), decode(mask_path)
        if mask.mode not in ("1", "L", "P", "I", "I;16"):
            raise ValueError(
                f"mask {mask_path} is a {mask.mode} picture; a mask has one channel whose values "
                "are class indices"
            )
        if mask.size != image.size:
            raise ValueError(
                f"mask {mask_path} is {mask.size} pixels, its image {image.size}: they must be "
                "equal"
            )
        small = image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
        images.append(np.asarray(small, np.float32).transpose(2, 0, 1) / 255)
        masks.append(
            np.asarray(mask.resize((size, size), Image.Resampling.NEAREST), np.int64)
        )
    return ((np.stack(images) - 0.45) / 0.25).astype(np.float32), np.stack(masks)


def decode(path: Path) -> Image.Image:
    """The picture, read to the end."""
    try:
        with Image.open(path) as image:
            image.load()
            return image.copy()
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
    ) as error:  # what Pillow raises on bad files
        raise ValueError(f"picture {path} cannot be decoded: {error}") from error


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
        raise ValueError(
            f"mask {pairs[image][1]} has the value {value}; classes are 0 to {len(classes) - 1} "
            f"and {VOID} is ignored"
        )


def _pictures(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    found = (
        path
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes and path.is_file()
    )
    return sorted(path for path in found if not path.name.startswith("."))
