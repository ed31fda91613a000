import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from sweep_trainers.label_metrics import label_metrics

CLASSES = ("a", "b", "c")


def multi_class(seed, n=40):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)), rng.integers(0, 3, n)


def multi_label(seed, n=40):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)), rng.integers(0, 2, (n, 3)).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_exclusive_classes_agree_with_scikit_learn_on_class_numbers(seed):
    scores, labels = multi_class(seed)
    found = label_metrics(scores, labels, CLASSES)
    predicted = scores.argmax(axis=1)
    assert (
        found["accuracy"]
        == found["micro_f1"]
        == pytest.approx(metrics.accuracy_score(labels, predicted))
    )
    for average in ("weighted", "macro"):
        assert found[f"{average}_f1"] == pytest.approx(
            metrics.f1_score(labels, predicted, average=average)
        )
    per_class = metrics.f1_score(labels, predicted, average=None)
    assert [found[f"f1/{name}"] for name in CLASSES] == pytest.approx(list(per_class))
    one_against_rest = metrics.average_precision_score(
        labels[:, None] == np.arange(3), scores, average="macro"
    )
    assert found["map"] == pytest.approx(one_against_rest)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_labels_agree_with_scikit_learn_on_indicator_matrices(seed):
    scores, labels = multi_label(seed)
    found = label_metrics(scores, labels, CLASSES)
    for average in ("weighted", "macro", "micro"):
        assert found[f"{average}_f1"] == pytest.approx(
            metrics.f1_score(labels, scores > 0, average=average)
        )
    assert found["accuracy"] == pytest.approx(
        metrics.accuracy_score(labels, scores > 0)
    )


@pytest.mark.parametrize("draw", [multi_class, multi_label])
def test_permuting_the_classes_permutes_their_scores_and_leaves_the_means(draw):
    scores, labels = draw(0)
    order = np.array([2, 0, 1])
    permuted = labels[:, order] if labels.ndim == 2 else np.argsort(order)[labels]
    before = label_metrics(scores, labels, CLASSES)
    after = label_metrics(scores[:, order], permuted, [CLASSES[i] for i in order])
    assert after == pytest.approx(before)


def test_a_class_that_does_not_occur_leaves_the_means():
    scores, labels = np.eye(3)[[0, 0, 1, 1]] * 5.0, np.array([0, 0, 1, 1])
    found = label_metrics(scores, labels, CLASSES)
    assert found["macro_f1"] == found["map"] == 1.0
    assert found["f1/c"] == 0.0


def test_samples_without_any_label_give_numbers():
    found = label_metrics(np.full((4, 3), -1.0), np.zeros((4, 3)), CLASSES)
    assert found["accuracy"] == 1.0
    assert found["macro_f1"] == found["map"] == 0.0
