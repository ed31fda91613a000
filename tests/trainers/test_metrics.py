"""Classification metrics: every value is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from sweep_trainers.metrics import (
    average_precision,
    classification_metrics,
    small_classes,
)


def predictions(
    seed: int, samples: int, classes: int, levels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with ties, and labels."""
    rng = np.random.default_rng(seed)
    raw = rng.integers(1, levels + 1, (samples, classes)).astype(float)
    return raw / raw.sum(axis=1, keepdims=True), rng.integers(0, classes, samples)


@given(st.integers(0, 10_000), st.integers(5, 60), st.integers(2, 6), st.integers(2, 9))
def test_every_metric_is_scikit_learns(
    seed: int, samples: int, classes: int, levels: int
) -> None:
    probabilities, labels = predictions(seed, samples, classes, levels)
    predicted = probabilities.argmax(axis=1)
    present = np.unique(labels)
    found = classification_metrics(
        probabilities,
        labels,
        [str(c) for c in range(classes)],
        np.arange(1, classes + 1),
    )
    assert found["accuracy"] == pytest.approx(
        reference.accuracy_score(labels, predicted)
    )
    recall = reference.recall_score(
        labels, predicted, labels=present, average="macro", zero_division=0
    )
    assert found["balanced_accuracy"] == pytest.approx(recall)
    f1 = reference.f1_score(
        labels, predicted, labels=np.arange(classes), average=None, zero_division=0
    )
    assert [found[f"f1/{c}"] for c in range(classes)] == pytest.approx(f1)
    assert found["macro_f1"] == pytest.approx(f1[present].mean())
    precision = [
        reference.average_precision_score(labels == c, probabilities[:, c])
        for c in present
    ]
    assert found["map"] == pytest.approx(np.mean(precision))


@given(st.integers(0, 10_000), st.integers(10, 60))
def test_natural_accuracy_is_the_accuracy_weighted_to_the_training_sets_shares(
    seed: int, samples: int
) -> None:
    probabilities, labels = predictions(seed, samples, 3, 5)
    labels[:3] = [0, 1, 2]
    train_counts = np.array([100, 10, 1])
    weight = train_counts[labels] / np.bincount(labels)[labels]
    expected = reference.accuracy_score(
        labels, probabilities.argmax(axis=1), sample_weight=weight
    )
    found = classification_metrics(probabilities, labels, "abc", train_counts)
    assert found["natural_accuracy"] == pytest.approx(expected)


def test_small_class_f1_is_the_mean_over_the_two_rarest_training_classes() -> None:
    probabilities, labels = predictions(1, 80, 4, 6)
    found = classification_metrics(
        probabilities, labels, "abcd", np.array([3, 50, 2, 40])
    )
    assert found["small_class_f1"] == pytest.approx((found["f1/a"] + found["f1/c"]) / 2)


@pytest.mark.parametrize(
    ("counts", "rarest"),
    [([116, 19, 2, 2], [3, 2]), ([5, 1, 9], [1, 0]), ([4, 0, 7], [0, 2]), ([3], [0])],
)
def test_the_rarest_classes_have_training_samples_and_of_equals_the_later_comes_first(
    counts: list[int], rarest: list[int]
) -> None:
    assert small_classes(np.array(counts)) == rarest


def test_average_precision_does_not_depend_on_the_order_of_equal_scores() -> None:
    score = np.array([0.5, 0.5, 0.5, 0.1])
    for positive in ([True, False, False, True], [False, False, True, True]):
        assert average_precision(np.array(positive), score) == pytest.approx(
            1 / 3 * 1 / 2 + 2 / 4 * 1 / 2
        )
