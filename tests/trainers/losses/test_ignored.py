"""An ignored element may hold anything: neither the value nor the gradient of a loss knows it."""

import math

import pytest
import torch

from sweep_trainers.losses import (
    DiceVariant,
    binary_cross_entropy,
    cross_entropy,
    dice_loss,
    focal_loss,
    nll_loss,
    segmentation_terms,
    sigmoid_focal_loss,
)

IGNORED = -100
CLASSES = 4


def terms_of(loss_type, implementation):
    def total(logits, target):
        terms = segmentation_terms(
            logits,
            target,
            loss_type=loss_type,
            focal_gamma=0.5,
            implementation=implementation,
        )
        return terms["ce"] + terms["dice"]

    return total


CLASS_LOSSES = {
    "cross_entropy": cross_entropy,
    "nll": nll_loss,
    "focal": focal_loss,
    "focal, gamma below 1": lambda logits, target: focal_loss(
        logits, target, gamma=0.5
    ),
    "dice": dice_loss,
    "dice per image": lambda logits, target: dice_loss(
        logits,
        target,
        variant=DiceVariant(reduction="sample", absent="count", smooth=1.0),
    ),
    **{
        f"{loss_type}, {implementation}": terms_of(loss_type, implementation)
        for loss_type in ("ce", "focal")
        for implementation in ("tiled", "plain")
    },
}
LABEL_LOSSES = {
    "binary_cross_entropy": binary_cross_entropy,
    "sigmoid_focal": sigmoid_focal_loss,
}
anything = pytest.mark.parametrize("content", [math.nan, math.inf, -math.inf, 1e38])
dtypes = pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16]
)


def value_and_gradient(loss, logits, target):
    logits = logits.clone().requires_grad_()
    value = loss(logits, target)
    value.backward()
    return value.detach(), logits.grad


def check(loss, logits, target, ignored, content):
    """`ignored` broadcasts to the logits: the value and the other gradients stay, to the bit."""
    spoilt = torch.where(ignored, torch.tensor(content, dtype=logits.dtype), logits)
    value, gradient = value_and_gradient(loss, logits, target)
    spoilt_value, spoilt_gradient = value_and_gradient(loss, spoilt, target)
    assert torch.equal(spoilt_value, value)
    assert torch.equal(spoilt_gradient, gradient)
    assert not spoilt_gradient.masked_select(ignored).any()


@anything
@dtypes
@pytest.mark.parametrize("name", CLASS_LOSSES)
def test_ignored_pixels(name, content, dtype):
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(2, CLASSES, 5, 6, generator=generator).to(dtype)
    target = torch.randint(CLASSES, (2, 5, 6), generator=generator)
    target[torch.rand(2, 5, 6, generator=generator) < 0.4] = IGNORED
    check(CLASS_LOSSES[name], logits, target, (target == IGNORED).unsqueeze(1), content)


@anything
@pytest.mark.parametrize("name", LABEL_LOSSES)
def test_unknown_labels(name, content):
    generator = torch.Generator().manual_seed(2)
    logits = torch.randn(6, 3, generator=generator)
    target = torch.randint(2, (6, 3), generator=generator).float()
    target[::2, 1] = IGNORED
    check(LABEL_LOSSES[name], logits, target, target == IGNORED, content)


@pytest.mark.parametrize("name", CLASS_LOSSES)
def test_a_batch_that_is_all_ignored_is_0_with_zero_gradient_whatever_it_holds(name):
    logits = torch.full((2, CLASSES, 3, 3), math.nan)
    target = torch.full((2, 3, 3), IGNORED)
    value, gradient = value_and_gradient(CLASS_LOSSES[name], logits, target)
    assert value == 0
    assert not gradient.any()


@pytest.mark.parametrize("name", [name for name in CLASS_LOSSES if "nll" not in name])
def test_a_pixel_that_counts_and_is_nan_is_not_hidden(name):
    logits = torch.zeros(1, CLASSES, 2, 2)
    logits[0, 0, 0, 0] = math.nan
    value, _ = value_and_gradient(
        CLASS_LOSSES[name], logits, torch.zeros(1, 2, 2, dtype=int)
    )
    assert value.isnan()
