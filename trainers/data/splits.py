"""Images for training, validation and test: the fixed split or one fold, and the long tail.

The data seed determines them. The trial's seed has no effect, so that all arms and seeds use the
same data. The exception is `redraw`: it draws new parts, which are the same for every arm with that
seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from ..settings.pictures import DuplicateImages
from .duplicates import check_duplicates
from .folds import stratified_folds
from .groups import check_groups
from .labelled_images import LabelledImages
from .parts import redrawn_parts

FOLDS_FILE = "folds_info.json"
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Disjoint indices into a `LabelledImages`, each ascending."""

    train: Indices
    val: Indices
    test: Indices


def split(
    data: LabelledImages,
    *,
    fold: int | None = None,
    folds: int | None = None,
    data_seed: int = 0,
    redraw: int | None = None,
    duplicate_images: DuplicateImages = "refuse",
) -> Split:
    """Return the fixed split (`fold` None), or one fold of a stratified cross-validation.

    Cross-validation is over train and val together, shuffled with `random_state=data_seed`; the
    test part stays as it is. The training indices are cut to `data.population` when the data set
    has one. Groups stay whole.

    Args:
        data: the images.
        fold: 0-based, or None.
        folds: the number of folds, with `fold`.
        data_seed: draws folds and long tail.
        redraw: a seed that draws new parts, folds and the long tail (see
            `sweep_trainers.data.parts.split_draw`); None: the data set's parts.
        duplicate_images: `refuse` images with an exact copy in another part, or `allow` them.

    Raises:
        ValueError: `fold` is not below `folds`, a class has fewer images than there are folds, or
            two parts have images of one group or exact copies of an image.
    """
    part, seed = data.part, data_seed
    if redraw is not None:
        part = redrawn_parts(data.labels, data.part, data.groups, redraw)
        seed = redraw
    test = np.flatnonzero(part == "test")
    if fold is None:
        train = np.flatnonzero(part == "train")
        val = np.flatnonzero(part == "val")
    else:
        train, val = _fold(data, np.flatnonzero(part != "test"), fold, folds, seed)
    if data.population is not None:
        train = long_tail(train, data.labels, data.population, seed)
    sides = {"train": train, "val": val, "test": test}
    check_groups(data.groups, sides, data.names)
    if duplicate_images == "refuse":
        check_duplicates(data.contents, sides, data.names)
    return Split(train, val, test)


def _fold(
    data: LabelledImages, pool: Indices, fold: int, folds: int | None, seed: int
) -> tuple[Indices, Indices]:
    """Return training and validation indices of fold `fold`, out of `pool`."""
    if folds is None or not 0 <= fold < folds or folds < 2:
        raise ValueError(
            f"fold {fold} of {folds}: folds are numbered from 0, and there are at least 2"
        )
    sizes = np.bincount(data.labels[pool], minlength=len(data.classes))
    small = [f"{data.classes[c]} ({n})" for c, n in enumerate(sizes) if 0 < n < folds]
    if small:
        raise ValueError(
            f"{folds} folds need {folds} images of a class outside the test part; too few: "
            f"{', '.join(small)}"
        )
    if data.groups is None:
        held_out = stratified_folds(data.labels[pool], folds, seed) == fold
        return pool[~held_out], pool[held_out]
    return _grouped_fold(data.labels, data.groups, pool, fold, folds, seed)


def _grouped_fold(
    labels: NDArray[np.int64],
    groups: NDArray[np.int64],
    pool: Indices,
    fold: int,
    folds: int,
    seed: int,
) -> tuple[Indices, Indices]:
    """Return training and validation indices of a fold made of whole groups."""
    # Not at the top: the import takes a second.
    from sklearn.model_selection import StratifiedGroupKFold

    group_count = len(np.unique(groups[pool]))
    if group_count < folds:
        raise ValueError(
            f"{group_count} groups of images are too few for {folds} folds"
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    train, val = list(splitter.split(pool, labels[pool], groups[pool]))[fold]
    return pool[train], pool[val]


def long_tail(
    indices: Indices,
    labels: NDArray[np.int64],
    population: Sequence[int],
    data_seed: int,
) -> Indices:
    """Return `indices`, cut to the proportions of `population`, at least 1 of each class.

    All images of the population's largest class are kept. `data_seed` draws the images that stay.
    """
    rng = np.random.default_rng([data_seed, 1])
    label_of_index = labels[indices]
    shuffled = [
        rng.permutation(indices[label_of_index == label])
        for label in range(len(population))
    ]
    largest = int(np.argmax(population))
    scale = len(shuffled[largest]) / population[largest]
    remaining = []
    for members, share in zip(shuffled, population, strict=True):
        count = max(1, round(scale * share))
        remaining.append(members[:count])
    return np.sort(np.concatenate(remaining))


def write_folds_info(
    folder: Path,
    data: LabelledImages,
    parts: Split,
    *,
    fold: int,
    folds: int,
    data_seed: int,
) -> None:
    """Write `folds_info.json`: the fold, how it was drawn, each part's indices and counts."""
    indices = vars(parts)
    info = {
        "fold": fold,
        "n_splits": folds,
        "stratified": True,
        "shuffle": True,
        "random_state": data_seed,
        "classes": data.classes,
        "counts": {
            name: class_counts(data, members).tolist()
            for name, members in indices.items()
        },
        "indices": {name: members.tolist() for name, members in indices.items()},
    }
    (folder / FOLDS_FILE).write_bytes(orjson.dumps(info, option=orjson.OPT_INDENT_2))


def class_counts(data: LabelledImages, indices: Indices) -> NDArray[np.int64]:
    """Return the number of images of each class, (C,)."""
    return np.bincount(data.labels[indices], minlength=len(data.classes))
