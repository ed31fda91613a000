"""Cross-entropy and negative log-likelihood: PyTorch's values, and PyTorch's gradients."""

import pytest
import torch
from torch.nn import functional as F

from sweep_trainers.losses import cross_entropy, nll_loss

SHAPES = pytest.mark.parametrize("shape", [(6, 4), (3, 5, 2, 3)])


def batch(shape, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(shape, generator=generator, dtype=dtype)
    target = torch.randint(shape[1], (shape[0], *shape[2:]), generator=generator)
    target.view(-1)[0] = -100
    return logits, target


def value_and_gradient(loss, x):
    x = x.clone().requires_grad_()
    value = loss(x)
    value.backward()
    return value.detach(), x.grad


@SHAPES
@pytest.mark.parametrize(
    "ours, theirs",
    [(cross_entropy, F.cross_entropy), (nll_loss, F.nll_loss)],
    ids=["cross_entropy", "nll_loss"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_value_and_gradient_are_pytorchs(shape, ours, theirs, weighted):
    x, target = batch(shape)
    if ours is nll_loss:
        x = F.log_softmax(x, dim=1)
    weight = torch.arange(1.0, 1.0 + shape[1], dtype=x.dtype) if weighted else None
    found = value_and_gradient(
        lambda x: ours(x, target, class_weight=weight, normalize="weight"), x
    )
    expected = value_and_gradient(lambda x: theirs(x, target, weight=weight), x)
    torch.testing.assert_close(found, expected)


def test_the_gradient_of_nll_reaches_the_true_class_alone():
    x, target = batch((6, 4))
    _, gradient = value_and_gradient(
        lambda x: nll_loss(x, target), F.log_softmax(x, dim=1)
    )
    expected = torch.zeros(6, 4, dtype=x.dtype)
    for row in range(1, 6):
        expected[row, target[row]] = -1 / 5
    assert torch.equal(gradient, expected)


def test_nll_of_a_log_softmax_is_cross_entropy():
    x, target = batch((3, 5, 2, 3))
    found = value_and_gradient(lambda x: nll_loss(F.log_softmax(x, dim=1), target), x)
    torch.testing.assert_close(
        found, value_and_gradient(lambda x: cross_entropy(x, target), x)
    )


@pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
def test_gradcheck(loss):
    x, target = batch((3, 4))
    log_p = F.log_softmax(x, dim=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, target), log_p)


def test_nll_of_a_batch_that_is_all_ignored_is_0_with_zero_gradient():
    x, target = batch((4, 3))
    ignored = torch.full_like(target, -100)
    value, gradient = value_and_gradient(lambda x: nll_loss(x, ignored), x)
    assert value == 0
    assert not gradient.any()


def test_nll_refuses_targets_of_another_shape():
    with pytest.raises(ValueError, match=r"logits must be \(N, C, ...\)"):
        nll_loss(torch.zeros(3, 2), torch.zeros(4, dtype=torch.int64))
