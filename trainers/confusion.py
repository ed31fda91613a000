"""F-score and intersection over union from the confusion matrix of a whole set.

The counts are summed over the set before the division, so that a class's score is that of all its
pixels together, and an image with three pixels of a class counts as three pixels. Background is a
class like the others. A class without a true pixel in the set has no score and is left out of
means. A pixel predicted as that class still counts as an error of its true class.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor


def confusion_matrix(
    predicted: Tensor, target: Tensor, classes: int, ignore_index: int
) -> Tensor:
    """Return the number of pixels by true class (rows) and predicted class (columns), int64 (C,
    C).

    Args:
        predicted: class indices, any shape.
        target: class indices or `ignore_index`, the same shape.
        classes: C.
        ignore_index: true value of pixels that are not counted.
    """
    counted = target != ignore_index
    # Ignored pixels go to an extra cell after the matrix. Boolean indexing would have to wait for
    # the GPU.
    extra_cell = classes * classes
    cell = torch.where(counted, target * classes + predicted, extra_cell)
    counts = torch.bincount(cell.flatten(), minlength=extra_cell + 1)
    return counts[:extra_cell].view(classes, classes)


def segmentation_scores(
    confusion: Tensor, classes: Sequence[str], small: Collection[str]
) -> dict[str, float]:
    """Return `f_score`, `iou`, `small_f_score` and `f_score/<class>`.

    F = 2·TP / (true + predicted), the Dice score of the hard prediction, and
    IoU = TP / (true + predicted - TP).

    Args:
        confusion: (C, C), true classes in rows.
        classes: C names.
        small: names of the rare classes; `small_f_score` is left out when none of them is present.

    Raises:
        ValueError: no pixel was counted.
    """
    matrix = confusion.double().cpu()
    hit = matrix.diagonal()
    true, predicted = matrix.sum(dim=1), matrix.sum(dim=0)
    present = [index for index in range(len(classes)) if true[index] > 0]
    if not present:
        raise ValueError("no pixel has a class: every mask value is ignored")
    f_score = (2 * hit / (true + predicted).clamp_min(1)).tolist()
    iou = (hit / (true + predicted - hit).clamp_min(1)).tolist()
    scores = {
        "f_score": sum(f_score[i] for i in present) / len(present),
        "iou": sum(iou[i] for i in present) / len(present),
    }
    rare = [i for i in present if classes[i] in small]
    if rare:
        scores["small_f_score"] = sum(f_score[i] for i in rare) / len(rare)
    return scores | {f"f_score/{classes[i]}": f_score[i] for i in present}
