"""Scores from a confusion matrix: as scikit-learn computes them from all pixels, absent
classes left out."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix as reference_matrix
from sklearn.metrics import f1_score, jaccard_score

from sweep_trainers.confusion import confusion_matrix, segmentation_scores

NAMES = ("background", "eye", "nose", "hat")
IGNORE = -100

pixels = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, IGNORE])),
    min_size=1,
    max_size=60,
)


def both(pairs):
    predicted, target = torch.tensor(pairs).T
    return predicted, target, confusion_matrix(predicted, target, 4, IGNORE)


@given(pixels)
def test_the_matrix_is_scikit_learns_without_the_ignored_pixels(pairs):
    predicted, target, matrix = both(pairs)
    kept = target != IGNORE
    if not kept.any():
        assert matrix.sum() == 0
        return
    expected = reference_matrix(
        target[kept].numpy(), predicted[kept].numpy(), labels=range(4)
    )
    assert (matrix.numpy() == expected).all()


@settings(deadline=None)
@given(pixels)
def test_scores_are_scikit_learns_over_the_classes_present(pairs):
    predicted, target, matrix = both(pairs)
    kept = target != IGNORE
    if not kept.any():
        return
    true, guess = target[kept].numpy(), predicted[kept].numpy()
    present = np.unique(true).tolist()
    scores = segmentation_scores(matrix, NAMES, ("eye",))
    assert scores["f_score"] == pytest.approx(
        f1_score(true, guess, labels=present, average="macro")
    )
    assert scores["iou"] == pytest.approx(
        jaccard_score(true, guess, labels=present, average="macro")
    )
    each = f1_score(true, guess, labels=present, average=None)
    assert {
        k: v for k, v in scores.items() if k.startswith("f_score/")
    } == pytest.approx(
        {
            f"f_score/{NAMES[index]}": value
            for index, value in zip(present, each, strict=True)
        }
    )
    assert ("small_f_score" in scores) == (1 in present)


@given(pixels, pixels)
def test_matrices_of_two_batches_add_up_to_that_of_both(first, second):
    assert torch.equal(both(first)[2] + both(second)[2], both(first + second)[2])


def test_small_f_score_is_the_mean_over_the_small_classes_present():
    matrix = torch.tensor([[5, 0, 1, 0], [1, 1, 0, 0], [0, 0, 3, 0], [0, 0, 0, 0]])
    scores = segmentation_scores(matrix, NAMES, ("eye", "nose", "hat"))
    assert scores["small_f_score"] == pytest.approx(
        (scores["f_score/eye"] + scores["f_score/nose"]) / 2
    )


def test_predicting_an_absent_class_costs_the_class_that_was_there():
    right = segmentation_scores(
        torch.tensor([[4, 0], [0, 0]]), ("background", "hat"), ("hat",)
    )
    wrong = segmentation_scores(
        torch.tensor([[2, 2], [0, 0]]), ("background", "hat"), ("hat",)
    )
    assert right == {"f_score": 1.0, "iou": 1.0, "f_score/background": 1.0}
    assert wrong["f_score"] == pytest.approx(2 / 3)
    assert "f_score/hat" not in wrong


def test_nothing_to_score_is_refused():
    with pytest.raises(ValueError, match="every mask value is ignored"):
        segmentation_scores(torch.zeros(2, 2), ("a", "b"), ())
