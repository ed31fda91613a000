"""Metrics of decisions over C classes, exclusive or not, under the names trainers report.

Computed here for speed, as in `sweep_trainers.metrics`; the tests compare every value with
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
    """Compute every metric of one evaluation set.

    Exclusive classes are read as labels of which each sample has one, so that both kinds of task
    share their names.

    Args:
        scores: (N, C) logits. Multi-class: the highest decides; multi-label: a label is predicted
            above 0 (p > ½).
        targets: (N,) class numbers, or (N, C) of 0 and 1.
        classes: C names.

    Returns:
        `accuracy`: share of samples with every label right; `macro_f1`: mean F1 of the classes;
        `weighted_f1`: the same weighed by their samples; `micro_f1`: F1 over all decisions
        (multi-class: equal to the accuracy); `map`: mean over the classes of the average precision
        of their scores, one against the rest; `f1/<class>` of every class. Means are over the
        classes that occur in `targets` (0 when none does); F1 of a class that neither occurs nor is
        predicted is 0.
    """
    if targets.ndim == 2:
        actual, predicted = targets > 0.5, scores > 0
    else:
        every = np.arange(len(classes))
        actual, predicted = (
            targets[:, None] == every,
            scores.argmax(axis=1)[:, None] == every,
        )
    hits, support, claimed = (
        (actual & predicted).sum(axis=0),
        actual.sum(axis=0),
        predicted.sum(axis=0),
    )
    f1 = _f1(hits, support + claimed)
    present = np.flatnonzero(support)
    precision = [average_precision(actual[:, c], scores[:, c]) for c in present]
    return {
        "accuracy": float((actual == predicted).all(axis=1).mean()),
        "weighted_f1": float(f1 @ support / max(support.sum(), 1)),
        "macro_f1": float(f1[present].sum() / max(len(present), 1)),
        "micro_f1": float(_f1(hits.sum(), (support + claimed).sum())),
        "map": float(np.sum(precision) / max(len(present), 1)),
        **{f"f1/{name}": float(value) for name, value in zip(classes, f1, strict=True)},
    }


def _f1(
    hits: NDArray[np.int64], support_and_claimed: NDArray[np.int64]
) -> NDArray[np.float64]:
    f1: NDArray[np.float64] = 2 * hits / np.maximum(support_and_claimed, 1)
    return f1
