"""InfoNCE across views and within one."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sweep_trainers.losses import clip_loss, info_nce, two_view_loss

seeds = st.integers(0, 2**16)


def views(seed=0, b=5, count=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, b, 8, generator=generator, dtype=torch.float64).unbind()


def on_paper(anchor, view, tau, same_view):
    """One anchor at a time, by `F.cosine_similarity`."""
    losses = []
    for i in range(len(anchor)):
        across = F.cosine_similarity(anchor[i : i + 1], view) / tau
        within = F.cosine_similarity(anchor[i : i + 1], anchor) / tau
        negatives = [across[j] for j in range(len(anchor)) if j != i]
        negatives += (
            [within[j] for j in range(len(anchor)) if j != i] if same_view else []
        )
        losses.append(-(across[i] - torch.stack([across[i], *negatives]).logsumexp(0)))
    return torch.stack(losses).mean()


@pytest.mark.parametrize("same_view", [False, True])
@pytest.mark.parametrize("symmetric", [False, True])
def test_on_paper(same_view, symmetric):
    anchor, view = (x.requires_grad_() for x in views())
    ours = info_nce(anchor, view, same_view_negatives=same_view, symmetric=symmetric)
    expected = on_paper(anchor, view, 0.2, same_view)
    if symmetric:
        expected = (expected + on_paper(view, anchor, 0.2, same_view)) / 2
    torch.testing.assert_close(ours, expected)
    for x in (anchor, view):
        ours_x, expected_x = (
            torch.autograd.grad(loss, x, retain_graph=True)[0]
            for loss in (ours, expected)
        )
        torch.testing.assert_close(ours_x, expected_x)


def test_symmetric_with_negatives_within_is_nt_xent():
    """SimCLR's loss over 2B samples, written as one cross-entropy."""
    a, b = views()
    both = F.normalize(torch.cat([a, b]), dim=1)
    logits = (both @ both.T / 0.5).masked_fill(
        torch.eye(10, dtype=torch.bool), -math.inf
    )
    expected = F.cross_entropy(logits, torch.arange(10).roll(5))
    torch.testing.assert_close(
        info_nce(a, b, temperature=0.5, same_view_negatives=True, symmetric=True),
        expected,
    )


def test_symmetric_across_views_is_the_clip_loss():
    a, b = views()
    torch.testing.assert_close(
        info_nce(a, b, symmetric=True, temperature=0.07), clip_loss(a, b)
    )


def test_two_views_are_summed():
    code, first, second = views(count=3)
    torch.testing.assert_close(
        two_view_loss(code, [first, second]),
        info_nce(code, first) + info_nce(code, second),
    )


@given(seeds)
@settings(max_examples=20)
def test_more_negatives_never_lower_the_loss(seed):
    a, b = views(seed)
    assert info_nce(a, b, same_view_negatives=True) >= info_nce(a, b)


@given(seeds, st.permutations(range(5)), st.booleans())
@settings(max_examples=20)
def test_the_order_of_the_batch_does_not_matter(seed, order, same_view):
    a, b = views(seed)
    shuffled = info_nce(a[list(order)], b[list(order)], same_view_negatives=same_view)
    torch.testing.assert_close(shuffled, info_nce(a, b, same_view_negatives=same_view))


@pytest.mark.parametrize("same_view", [False, True])
def test_an_anchor_is_never_its_own_negative(same_view):
    """Identical views far from every other sample: the loss would be log 2 if it were."""
    x = torch.eye(4, dtype=torch.float64)
    assert info_nce(
        x, x, temperature=0.01, same_view_negatives=same_view
    ) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("same_view", [False, True])
def test_gradcheck(same_view):
    a, b = (x.requires_grad_() for x in views(b=3))
    tau = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda a, b, t: info_nce(a, b, temperature=t, same_view_negatives=same_view),
        (a, b, tau),
    )


def test_temperature_may_be_a_tensor_under_vmap():
    a, b = views()
    taus = torch.tensor([0.1, 0.2, 0.5]).double()
    together = torch.func.vmap(
        lambda t: info_nce(a, b, temperature=t, same_view_negatives=True)
    )(taus)
    alone = [
        info_nce(a, b, temperature=float(t), same_view_negatives=True) for t in taus
    ]
    torch.testing.assert_close(together, torch.stack(alone))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("same_view", [False, True])
@pytest.mark.parametrize("b", [1, 4])
def test_finite_for_large_zero_and_lonely_embeddings(dtype, same_view, b):
    a, view = (1e4 * torch.randn(2, b, 8)).to(dtype).unbind()
    a[0] = 0
    loss = info_nce(a.requires_grad_(), view, same_view_negatives=same_view)
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.isfinite()
    assert a.grad.isfinite().all()
    assert b > 1 or (loss == 0 and not a.grad.any())


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: info_nce(torch.ones(2, 3), torch.ones(3, 3)),
            r"\(2, 3\) and \(3, 3\)",
        ),
        (lambda: info_nce(torch.ones(0, 3), torch.ones(0, 3)), "B ≥ 1"),
        (
            lambda: info_nce(torch.ones(2, 3), torch.ones(2, 3), temperature=-1.0),
            "> 0, found -1.0",
        ),
        (lambda: two_view_loss(torch.ones(2, 3), []), "at least one view"),
    ],
)
def test_refusals_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
