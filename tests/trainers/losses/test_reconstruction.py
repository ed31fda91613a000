"""Reconstruction: MSE and smooth-L1, plain and per modality, with splits from the named
dimensions."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from sweep_trainers.losses import (
    RECONSTRUCTION_LOSSES,
    global_reconstruction,
    modality_reconstruction,
    reconstruction_loss,
)

DIMENSIONS = {"audio": 2, "text": 5, "visual": 3}
ONES = dict.fromkeys(DIMENSIONS, 1.0)
TORCH = {"mse": F.mse_loss, "smooth_l1": F.smooth_l1_loss}
kinds = pytest.mark.parametrize("kind", RECONSTRUCTION_LOSSES)


def features(n=4, width=10):
    generator = torch.Generator().manual_seed(0)
    x, y = 2 * torch.randn(2, n, width, generator=generator, dtype=torch.float64)
    return x.requires_grad_(), y


@kinds
def test_is_pytorchs(kind):
    x, y = features()
    torch.testing.assert_close(reconstruction_loss(x, y, kind=kind), TORCH[kind](x, y))
    torch.testing.assert_close(
        global_reconstruction(x, y, DIMENSIONS, kind=kind), TORCH[kind](x, y)
    )


@pytest.mark.parametrize("beta", [0.1, 1.0, 3.0])
def test_smooth_l1_on_paper(beta):
    x, y = features()
    d = (x - y).abs()
    expected = torch.where(d < beta, d**2 / (2 * beta), d - beta / 2).mean()
    torch.testing.assert_close(
        reconstruction_loss(x, y, kind="smooth_l1", beta=beta), expected
    )


@kinds
def test_weights_of_one_sum_the_means_of_the_modalities(kind):
    """Which is not the plain mean, where a modality counts by its width."""
    x, y = features()
    means = [TORCH[kind](x[:, a:b], y[:, a:b]) for a, b in ((0, 2), (2, 7), (7, 10))]
    weighted = global_reconstruction(x, y, DIMENSIONS, kind=kind, modality_weights=ONES)
    torch.testing.assert_close(weighted, sum(means))
    assert weighted > reconstruction_loss(x, y, kind=kind)


@kinds
def test_weights_by_width_are_the_plain_mean(kind):
    x, y = features()
    by_width = {name: width / 10 for name, width in DIMENSIONS.items()}
    weighted = global_reconstruction(
        x, y, DIMENSIONS, kind=kind, modality_weights=by_width
    )
    torch.testing.assert_close(weighted, reconstruction_loss(x, y, kind=kind))


@given(st.lists(st.floats(0.0, 10.0), min_size=3, max_size=3), st.floats(0.0, 10.0))
def test_linear_in_the_weights(weights, factor):
    x, y = features()
    given_weights = dict(zip(DIMENSIONS, weights, strict=True))
    scaled = {name: factor * weight for name, weight in given_weights.items()}
    once = global_reconstruction(x, y, DIMENSIONS, modality_weights=given_weights)
    torch.testing.assert_close(
        global_reconstruction(x, y, DIMENSIONS, modality_weights=scaled), factor * once
    )


def test_a_modality_of_weight_zero_has_no_gradient():
    x, y = features()
    weights = ONES | {"text": 0.0}
    (gradient,) = torch.autograd.grad(
        global_reconstruction(x, y, DIMENSIONS, modality_weights=weights), x
    )
    assert not gradient[:, 2:7].any()
    assert gradient[:, :2].all()


@kinds
def test_code_from_each_modality(kind):
    x, y = features()
    predictions = {name: (i + 1) * x for i, name in enumerate(DIMENSIONS)}
    plain = modality_reconstruction(predictions, y, kind=kind)
    torch.testing.assert_close(
        plain, sum(TORCH[kind](p, y) for p in predictions.values())
    )
    weights = {"audio": 0.5, "text": 2.0, "visual": 0.0}
    weighted = modality_reconstruction(
        predictions, y, kind=kind, modality_weights=weights
    )
    torch.testing.assert_close(
        weighted, 0.5 * TORCH[kind](x, y) + 2.0 * TORCH[kind](2 * x, y)
    )


@kinds
def test_gradcheck(kind):
    x, y = features()
    weights = {"audio": 0.5, "text": 2.0, "visual": 1.0}

    def loss(x):
        return global_reconstruction(
            x, y, DIMENSIONS, kind=kind, modality_weights=weights
        )

    assert torch.autograd.gradcheck(loss, x)


@kinds
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_does_not_overflow(kind, dtype):
    x = torch.full((4, 8), 1e4, dtype=dtype, requires_grad=True)
    loss = reconstruction_loss(x, -x.detach(), kind=kind)
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.isfinite()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda x: reconstruction_loss(x, x, kind="mae"),
            "unknown reconstruction_loss 'mae'.*mse, smooth_l1",
        ),
        (lambda x: reconstruction_loss(x, x[:1]), r"\(2, 10\) and \(1, 10\)"),
        (lambda x: reconstruction_loss(x[:0], x[:0]), "at least one element"),
        (
            lambda x: reconstruction_loss(x, x, kind="smooth_l1", beta=0.0),
            "> 0, found 0.0",
        ),
        (
            lambda x: global_reconstruction(x[:, :9], x[:, :9], DIMENSIONS),
            r"audio 2 \+ text 5.*found \(2, 9\)",
        ),
        (
            lambda x: global_reconstruction(
                x, x, DIMENSIONS, modality_weights={"audio": 1.0}
            ),
            "missing: text, visual",
        ),
        (
            lambda x: modality_reconstruction(
                {"a": x}, x, modality_weights={"a": 1.0, "b": 1.0}
            ),
            "unknown: b",
        ),
        (lambda x: modality_reconstruction({}, x), "at least one modality"),
    ],
)
def test_refusals_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call(torch.zeros(2, 10))
