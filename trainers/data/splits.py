"""Which images train, which validate, which test: the fixed split or one fold, and the cut to a long tail.

All of it is fixed by the data seed. A trial's own seed changes nothing here, so that arms and seeds meet the same data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from trainers.data.labelled_images import LabelledImages

FOLDS_FILE = "folds_info.json"
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Disjoint indices into a `LabelledImages`, each ascending."""

    train: Indices
    val: Indices
    test: Indices


def split(data: LabelledImages, *, fold: int | None = None, folds: int | None = None, data_seed: int = 0) -> Split:
    """Return the fixed split (`fold` None), or fold `fold` of a stratified `folds`-fold cross-validation.

    Cross-validation is over train and val together, shuffled with `random_state=data_seed`; the test part stays as it
    is. The training indices are cut to `data.population` when the data set has one.

    Raises:
        ValueError: `fold` is not below `folds`, or a class has fewer images than there are folds.
    """
    test = np.flatnonzero(data.part == "test")
    if fold is None:
        train, val = np.flatnonzero(data.part == "train"), np.flatnonzero(data.part == "val")
    else:
        train, val = _fold(data, fold, folds, data_seed)
    if data.population is not None:
        train = long_tail(train, data.labels, data.population, data_seed)
    return Split(train, val, test)


def _fold(data: LabelledImages, fold: int, folds: int | None, data_seed: int) -> tuple[Indices, Indices]:
    from sklearn.model_selection import StratifiedKFold

    if folds is None or not 0 <= fold < folds or folds < 2:
        raise ValueError(f"fold {fold} of {folds}: folds are numbered from 0, and there are at least 2")
    pool = np.flatnonzero(data.part != "test")
    sizes = np.bincount(data.labels[pool], minlength=len(data.classes))
    small = [f"{data.classes[c]} ({n})" for c, n in enumerate(sizes) if 0 < n < folds]
    if small:
        raise ValueError(
            f"{folds} folds need {folds} images of a class outside the test part; too few: {', '.join(small)}"
        )
    parts = list(StratifiedKFold(folds, shuffle=True, random_state=data_seed).split(pool, data.labels[pool]))
    train, val = parts[fold]
    return pool[train], pool[val]


def long_tail(indices: Indices, labels: NDArray[np.int64], population: Sequence[int], data_seed: int) -> Indices:
    """Cut `indices` to the proportions of `population`: as many as possible of its largest class, at least 1 of each.

    Which images stay is drawn with `data_seed`.
    """
    rng = np.random.default_rng([data_seed, 1])
    shuffled = [rng.permutation(indices[labels[indices] == c]) for c in range(len(population))]
    largest = int(np.argmax(population))
    scale = len(shuffled[largest]) / population[largest]
    kept = [members[: max(1, round(scale * share))] for members, share in zip(shuffled, population, strict=True)]
    return np.sort(np.concatenate(kept))


def write_folds_info(
    folder: Path, data: LabelledImages, parts: Split, *, fold: int, folds: int, data_seed: int
) -> None:
    """Write `folds_info.json`: which fold this is, how it was drawn, every part's indices and class counts."""
    info = {
        "fold": fold,
        "n_splits": folds,
        "stratified": True,
        "shuffle": True,
        "random_state": data_seed,
        "classes": data.classes,
        "counts": {name: class_counts(data, getattr(parts, name)).tolist() for name in ("train", "val", "test")},
        "indices": {name: getattr(parts, name).tolist() for name in ("train", "val", "test")},
    }
    (folder / FOLDS_FILE).write_bytes(orjson.dumps(info, option=orjson.OPT_INDENT_2))


def class_counts(data: LabelledImages, indices: Indices) -> NDArray[np.int64]:
    """Count the images of each class, (C,)."""
    return np.bincount(data.labels[indices], minlength=len(data.classes))


def random_parts(labels: NDArray[np.int64], data_seed: int, *, val: float, test: float = 0.0) -> NDArray[np.str_]:
    """Draw parts for a data set that does not come split: of each class the given shares, rounded, and the rest trains.

    A class of three or more images has at least one in each part that is asked for.
    """
    rng = np.random.default_rng([data_seed, 2])
    part = np.full(len(labels), "train", dtype="<U5")
    for c in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == c))
        least = 1 if len(members) >= 3 else 0
        n_test = max(least, round(test * len(members))) if test else 0
        n_val = max(least, round(val * len(members)))
        part[members[:n_test]] = "test"
        part[members[n_test : n_test + n_val]] = "val"
    return part
