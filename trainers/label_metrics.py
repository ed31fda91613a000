"""Metrics of a classifier over C exclusive classes or C independent labels.

They are computed here for speed, as in `sweep_trainers.metrics`; the tests compare every value with
scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .metrics import average_precision


def label_metrics(
    scores: NDArray[np.floating],
    targets: NDArray[np.integer | np.floating],
    classes: Sequence[str],
) -> dict[str, float]:
    """Return every metric of one evaluation set.

    Exclusive classes are treated as labels of which each sample has exactly one, so that both kinds
    of task share the metrics' names.

    Args:
        scores: (N, C) logits. Multi-class: the highest one is predicted; multi-label: a label is
            predicted above 0 (p > ½).
        targets: (N,) class indices, or (N, C) of 0 and 1.
        classes: C names.

    Returns:
        `accuracy`: share of samples with every label right; `macro_f1`: mean F1 of the classes;
        `weighted_f1`: the same weighted by their samples; `micro_f1`: F1 over all decisions
        (multi-class: equal to the accuracy); `map`: mean over the classes of the average precision
        of their scores, one against the rest; `f1/<class>` of every class. Means are over the
        classes that occur in `targets` (0 when none does); F1 of a class that neither occurs nor is
        predicted is 0.
    """
    if targets.ndim == 2:
        actual, predicted = targets > 0.5, scores > 0
    else:
        indices = np.arange(len(classes))
        actual = targets[:, None] == indices
        predicted = scores.argmax(axis=1)[:, None] == indices
    hits = (actual & predicted).sum(axis=0)
    actual_count, predicted_count = actual.sum(axis=0), predicted.sum(axis=0)
    both_counts = actual_count + predicted_count
    f1 = _f1(hits, both_counts)
    present = np.flatnonzero(actual_count)
    precision = [average_precision(actual[:, c], scores[:, c]) for c in present]
    metrics = {
        "accuracy": float((actual == predicted).all(axis=1).mean()),
        "weighted_f1": float(f1 @ actual_count / max(actual_count.sum(), 1)),
        "macro_f1": float(f1[present].sum() / max(len(present), 1)),
        "micro_f1": float(_f1(hits.sum(), both_counts.sum())),
        "map": float(np.sum(precision) / max(len(present), 1)),
    }
    for name, value in zip(classes, f1, strict=True):
        metrics[f"f1/{name}"] = float(value)
    return metrics


def _f1(hits: NDArray[np.int64], both_counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 2·hits / (actual + predicted), 0 for a class without either."""
    f1: NDArray[np.float64] = 2 * hits / np.maximum(both_counts, 1)
    return f1
