"""Every loss under `torch.func.vmap`: K trials at once, each with its own outputs, give
what each gives alone."""

import pytest
import torch

from sweep_trainers.losses import (
    binary_cross_entropy,
    clip_terms,
    cross_entropy,
    focal_loss,
    gate_regularization,
    global_reconstruction,
    info_nce,
    modality_reconstruction,
    segmentation_terms,
    sigmoid_focal_loss,
)

LABELS = torch.tensor([0, 2, 1, 2, -100])
KNOWN = torch.tensor([0, 2, 1, 2, 0])
WEIGHT = torch.tensor([0.5, 1.0, 1.5], dtype=torch.float64)
MULTI = torch.tensor([[1, 0, 1], [0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 0, -100]])
DIMENSIONS = {"audio": 1, "text": 2}


def two(x):
    """A second set of embeddings that depends on the first."""
    return x.roll(1, dims=-1) * torch.tensor([1.0, 2.0, -1.0], dtype=x.dtype)


def clip(loss_type, x, h, **options):
    terms = clip_terms(
        loss_type,
        x,
        two(x),
        labels=KNOWN,
        class_text=two(x)[:3],
        class_weight=WEIGHT,
        gamma=h,
        temperature=0.1 + h,
        **options,
    )
    return torch.stack(list(terms.values())).sum()


# (N, 3) outputs of a model and one hyperparameter → loss
LOSSES = {
    "cross_entropy": lambda x, h: cross_entropy(x, LABELS, class_weight=h * WEIGHT),
    "binary_cross_entropy": lambda x, h: binary_cross_entropy(
        x, MULTI, class_weight=h * WEIGHT
    ),
    "focal": lambda x, h: focal_loss(
        x, LABELS, gamma=h, alpha=h * WEIGHT, normalize="weight"
    ),
    "sigmoid focal": lambda x, h: sigmoid_focal_loss(x, MULTI, gamma=h, alpha=h),
    "clip standard": lambda x, h: clip("standard", x, h),
    "clip weighted": lambda x, h: clip("weighted", x, h),
    "clip focal": lambda x, h: clip("focal", x, h, multi_positive=True),
    "clip superclip": lambda x, h: clip("superclip", x, h, normalize="weight"),
    "segmentation": lambda x, h: sum(
        segmentation_terms(x, LABELS, loss_type="focal", focal_gamma=h).values()
    ),
    "info_nce": lambda x, h: info_nce(
        x, two(x), temperature=0.1 + h, same_view_negatives=True, symmetric=True
    ),
    "global": lambda x, h: global_reconstruction(
        x, two(x), DIMENSIONS, modality_weights={"audio": h, "text": 1.0}
    ),
    "inter": lambda x, h: modality_reconstruction(
        {"audio": x}, two(x), modality_weights={"audio": h}
    ),
    "gate": lambda x, h: h * gate_regularization([x.sigmoid()], kind="entropy"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients_are_those_of_each_trial_alone(name):
    outputs = torch.randn(
        4, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    hyperparameters = torch.tensor([0.0, 0.5, 1.0, 2.0], dtype=torch.float64)
    both = torch.func.grad_and_value(LOSSES[name])
    gradients, values = torch.func.vmap(both)(outputs, hyperparameters)
    for k in range(4):
        gradient, value = both(outputs[k], float(hyperparameters[k]))
        torch.testing.assert_close(values[k], value)
        torch.testing.assert_close(gradients[k], gradient)
