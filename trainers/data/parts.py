"""Draws the part of each sample: `train`, `val` or `test`.

Every draw is stratified by class and keeps groups together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Groups = NDArray[np.int64]
Parts = NDArray[np.str_]

NAMES = ("train", "val", "test")


def split_draw(split_seed: int, data_seed: int) -> int:
    """The seed of a split that is drawn for a run, below 2^32: `split: by_seed`."""
    return int(np.random.SeedSequence([data_seed, split_seed]).generate_state(1)[0])


def random_parts(
    labels: Labels,
    data_seed: int,
    *,
    val: float,
    test: float = 0.0,
    groups: Groups | None = None,
) -> Parts:
    """Draw parts for a data set without a split of its own.

    Validation and test get their shares of each class, rounded; the rest is for training. A class
    of three or more images (with groups: in three or more groups) has at least one in each
    requested part. With groups the shares are met as nearly as whole groups allow.

    Args:
        labels: (N,) class numbers.
        data_seed: of the draw.
        val: share of the validation part.
        test: share of the test part, 0: there is none.
        groups: (N,) group of each sample, or None.
    """
    if groups is not None:
        sizes = np.bincount(labels).astype(np.float64)
        shares = {"train": 1.0 - val - test, "val": val} | (
            {"test": test} if test else {}
        )
        wanted = {name: share * sizes for name, share in shares.items()}
        return _whole_groups(
            labels, groups, wanted, np.random.default_rng([data_seed, 2])
        )
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


def redrawn_parts(
    labels: Labels, part: Parts, groups: Groups | None, seed: int
) -> Parts:
    """Draw the parts of all samples anew; each part keeps its size.

    Without groups every part keeps its number of samples of each class exactly; with groups as
    nearly as whole groups allow.

    Args:
        labels: (N,) class numbers; all 0 where classes do not matter.
        part: (N,) the parts as they are.
        groups: (N,) or None.
        seed: of the draw, see `split_draw`.
    """
    rng = np.random.default_rng([seed, 3])
    names = [name for name in NAMES if (part == name).any()]
    classes = int(labels.max()) + 1
    if groups is not None:
        wanted = {}
        for name in names:
            wanted[name] = np.bincount(labels[part == name], minlength=classes).astype(
                np.float64
            )
        return _whole_groups(labels, groups, wanted, rng)
    drawn = part.copy()
    for c in range(classes):
        members = np.flatnonzero(labels == c)
        drawn[members] = part[rng.permutation(members)]
    return drawn


def _whole_groups(
    labels: Labels,
    groups: Groups,
    wanted: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> Parts:
    """Assign whole groups, in random order, each to the part whose classes need it most.

    Args:
        labels: (N,).
        groups: (N,).
        wanted: part → samples of each class that it should have, (C,).
        rng: of the order.
    """
    names, classes = list(wanted), len(next(iter(wanted.values())))
    number = np.unique(groups, return_inverse=True)[1]
    counts = np.zeros((number.max() + 1, classes))
    np.add.at(counts, (number, labels), 1)
    total = np.maximum(counts.sum(axis=0), 1)
    target = _at_least_a_group(np.stack([wanted[name] for name in names]), counts)
    filled = np.zeros_like(target)
    owner = np.zeros(len(counts), dtype=np.int64)
    for group in rng.permutation(len(counts)):
        missing = target - filled
        # By how much the squared relative error of a part falls if it is given the group.
        gain = counts[group] * (2 * missing - counts[group]) / total**2
        owner[group] = np.argmax(gain.sum(axis=1))
        filled[owner[group]] += counts[group]
    _fill_empty_parts(owner, counts.sum(axis=1), len(names))
    return np.array(names, dtype="<U5")[owner[number]]


def _at_least_a_group(
    target: NDArray[np.float64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Targets (P, C), raised to a group's size for each class with enough groups."""
    in_groups = (counts > 0).sum(axis=0)
    usual = counts.sum(axis=0) / np.maximum(in_groups, 1)
    least = np.where(in_groups >= len(target), usual, 0.0)
    return np.maximum(target, least)


def _fill_empty_parts(
    owner: NDArray[np.int64], sizes: NDArray[np.float64], parts: int
) -> None:
    """Move to each empty part the smallest group of the part with the most groups."""
    for part in range(parts):
        held = np.bincount(owner, minlength=parts)
        if held[part] == 0 and held.max() > 1:
            donors = np.flatnonzero(owner == held.argmax())
            owner[donors[sizes[donors].argmin()]] = part
