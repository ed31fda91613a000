"""Draws the part of each sample, `train`, `val` or `test`; draws are stratified by class.

Groups of samples stay whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Groups = NDArray[np.int64]
Parts = NDArray[np.str_]

NAMES = ("train", "val", "test")


def split_draw(split_seed: int, data_seed: int) -> int:
    """Return the seed of a split that is drawn for a run (`split: by_seed`), below 2^32."""
    sequence = np.random.SeedSequence([data_seed, split_seed])
    return int(sequence.generate_state(1)[0])


def random_parts(
    labels: Labels,
    data_seed: int,
    *,
    val: float,
    test: float = 0.0,
    groups: Groups | None = None,
) -> Parts:
    """Return drawn parts for a data set without a split, (N,).

    Validation and test get their shares of each class, rounded; the rest is for training. A class
    of three or more images (with groups: in three or more groups) has at least one in each
    requested part. With groups the shares are met as closely as whole groups allow.

    Args:
        labels: (N,) class indices.
        data_seed: of the draw.
        val: share of the validation part.
        test: share of the test part; 0: there is none.
        groups: (N,) group of each sample, or None.
    """
    rng = np.random.default_rng([data_seed, 2])
    if groups is not None:
        shares = {"train": 1.0 - val - test, "val": val}
        if test:
            shares["test"] = test
        sizes = np.bincount(labels).astype(np.float64)
        wanted = {name: share * sizes for name, share in shares.items()}
        return _whole_groups(labels, groups, wanted, rng)
    part = np.full(len(labels), "train", dtype="<U5")
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        least = 1 if len(members) >= 3 else 0
        n_test = max(least, round(test * len(members))) if test else 0
        n_val = max(least, round(val * len(members)))
        part[members[:n_test]] = "test"
        part[members[n_test : n_test + n_val]] = "val"
    return part


def redrawn_parts(
    labels: Labels, part: Parts, groups: Groups | None, seed: int
) -> Parts:
    """Return new random parts of all samples, (N,); each part keeps its size.

    Without groups every part keeps its number of samples of each class exactly, with groups as
    closely as whole groups allow.

    Args:
        labels: (N,) class indices; all 0 if classes do not matter.
        part: (N,) the present parts.
        groups: (N,) or None.
        seed: of the draw, see `split_draw`.
    """
    rng = np.random.default_rng([seed, 3])
    names = [name for name in NAMES if (part == name).any()]
    classes = int(labels.max()) + 1
    if groups is not None:
        wanted = {}
        for name in names:
            counts = np.bincount(labels[part == name], minlength=classes)
            wanted[name] = counts.astype(np.float64)
        return _whole_groups(labels, groups, wanted, rng)
    redrawn = part.copy()
    for label in range(classes):
        members = np.flatnonzero(labels == label)
        redrawn[members] = part[rng.permutation(members)]
    return redrawn


def _whole_groups(
    labels: Labels,
    groups: Groups,
    wanted: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> Parts:
    """Return parts made of whole groups, (N,).

    The groups are assigned in random order, each to the part whose classes need it most.

    Args:
        labels: (N,).
        groups: (N,).
        wanted: part → number of samples of each class that it should have, (C,).
        rng: draws the order.
    """
    names = list(wanted)
    targets = np.stack([wanted[name] for name in names])
    group_number = np.unique(groups, return_inverse=True)[1]
    counts = np.zeros((group_number.max() + 1, targets.shape[1]))
    np.add.at(counts, (group_number, labels), 1)
    total = np.maximum(counts.sum(axis=0), 1)
    targets = _at_least_a_group(targets, counts)
    assigned = np.zeros_like(targets)
    part_of_group = np.zeros(len(counts), dtype=np.int64)
    for group in rng.permutation(len(counts)):
        missing = targets - assigned
        # The decrease of a part's squared relative error if it gets the group.
        gain = counts[group] * (2 * missing - counts[group]) / total**2
        part = np.argmax(gain.sum(axis=1))
        part_of_group[group] = part
        assigned[part] += counts[group]
    _fill_empty_parts(part_of_group, counts.sum(axis=1), len(names))
    return np.array(names, dtype="<U5")[part_of_group[group_number]]


def _at_least_a_group(
    target: NDArray[np.float64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the targets (P, C), at least a mean group's size for each class with enough groups."""
    group_count = (counts > 0).sum(axis=0)
    mean_size = counts.sum(axis=0) / np.maximum(group_count, 1)
    least = np.where(group_count >= len(target), mean_size, 0.0)
    return np.maximum(target, least)


def _fill_empty_parts(
    part_of_group: NDArray[np.int64], sizes: NDArray[np.float64], parts: int
) -> None:
    """Move the smallest group of the part with the most groups to each empty part, in place."""
    for part in range(parts):
        group_counts = np.bincount(part_of_group, minlength=parts)
        if group_counts[part] == 0 and group_counts.max() > 1:
            candidates = np.flatnonzero(part_of_group == group_counts.argmax())
            smallest = candidates[sizes[candidates].argmin()]
            part_of_group[smallest] = part
