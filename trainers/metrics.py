"""Metrics of a classifier over C exclusive classes, by scikit-learn, under the names trainers report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def classification_metrics(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    train_counts: NDArray[np.int64],
) -> dict[str, float]:
    """Compute every metric of one evaluation set.

    Args:
        probabilities: (N, C).
        labels: (N,).
        classes: C names.
        train_counts: (C,) training samples of each class: say which classes are small, and what is natural.

    Returns:
        `accuracy`; `balanced_accuracy`: mean recall; `natural_accuracy`: recalls averaged with the training set's class
        shares, what the accuracy would be on a set with its proportions; `macro_f1`; `small_class_f1`: mean F1 of the
        two classes with the fewest training samples (of equals, the later ones); `map`: mean over the classes of the
        average precision of p(class), one against the rest; `f1/<class>` of every class.
        Means are over the classes that occur in `labels`; F1 of a class that neither occurs nor is predicted is 0.
    """
    from sklearn.metrics import average_precision_score, precision_recall_fscore_support

    every = np.arange(len(classes))
    predicted = probabilities.argmax(axis=1)
    _, recall, f1, support = precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0.0)
    present = support > 0
    precision = [average_precision_score(labels == c, probabilities[:, c]) for c in every[present]]
    natural = train_counts * present
    small = [c for c in small_classes(train_counts) if present[c]]
    return {
        "accuracy": float((predicted == labels).mean()),
        "balanced_accuracy": float(recall[present].mean()),
        "natural_accuracy": float(recall @ natural / max(natural.sum(), 1)),
        "macro_f1": float(f1[present].mean()),
        "small_class_f1": float(f1[small].mean()) if small else 0.0,
        "map": float(np.mean(precision)),
        **{f"f1/{name}": float(value) for name, value in zip(classes, f1, strict=True)},
    }


def small_classes(train_counts: NDArray[np.int64], count: int = 2) -> list[int]:
    """Return the `count` classes with the fewest training samples, rarest first; of equals, the later one."""
    present = np.flatnonzero(train_counts > 0)
    return sorted(present.tolist(), key=lambda c: (train_counts[c], -c))[:count]
