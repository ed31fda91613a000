"""Cross-entropy and focal losses: values, gradients, laws, and the corners where others
give NaN."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sweep_trainers.losses import (
    binary_cross_entropy,
    cross_entropy,
    focal_loss,
    sigmoid_focal_loss,
)

gammas = st.floats(0.0, 5.0)
seeds = st.integers(0, 2**16)


def batch(seed=0, n=6, pixels=(), dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(n, 5, *pixels, generator=generator, dtype=dtype)
    return logits.requires_grad_(), torch.randint(
        0, 5, (n, *pixels), generator=generator
    )


def labels(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(6, 5, generator=generator, dtype=dtype)
    return logits.requires_grad_(), torch.randint(0, 2, (6, 5), generator=generator).to(
        dtype
    )


def assert_same(loss, expected, logits):
    """Same value and same gradient."""
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(
        torch.autograd.grad(loss, logits, retain_graph=True)[0],
        torch.autograd.grad(expected, logits, retain_graph=True)[0],
    )


class TestCrossEntropy:
    @pytest.mark.parametrize("pixels", [(), (3, 4)])
    def test_is_pytorchs(self, pixels):
        logits, target = batch(pixels=pixels)
        assert_same(
            cross_entropy(logits, target), F.cross_entropy(logits, target), logits
        )

    def test_weighted_by_total_weight_is_pytorchs(self):
        logits, target = batch()
        weight = torch.tensor([0.1, 1.0, 2.0, 0.5, 3.0], dtype=torch.float64)
        ours = cross_entropy(logits, target, class_weight=weight, normalize="weight")
        assert_same(ours, F.cross_entropy(logits, target, weight=weight), logits)

    def test_weighted_by_count_is_pytorchs_with_one_hot_targets(self):
        logits, target = batch()
        weight = torch.tensor([0.1, 1.0, 2.0, 0.5, 3.0], dtype=torch.float64)
        one_hot = F.one_hot(target, 5).double()
        assert_same(
            cross_entropy(logits, target, class_weight=weight),
            F.cross_entropy(logits, one_hot, weight),
            logits,
        )

    @pytest.mark.parametrize("normalize", ["count", "weight"])
    def test_ignored_elements_leave_no_trace(self, normalize):
        logits, target = batch(n=8)
        weight = torch.rand(5, dtype=torch.float64)
        target[::2] = 255
        ours = cross_entropy(
            logits, target, class_weight=weight, ignore_index=255, normalize=normalize
        )
        without = cross_entropy(
            logits[1::2], target[1::2], class_weight=weight, normalize=normalize
        )
        assert_same(ours, without, logits)

    def test_takes_log_probabilities(self):
        logits, target = batch()
        assert_same(
            cross_entropy(logits.log_softmax(1), target),
            F.cross_entropy(logits, target),
            logits,
        )

    def test_binary_is_pytorchs(self):
        logits, target = labels()
        assert_same(
            binary_cross_entropy(logits, target),
            F.binary_cross_entropy_with_logits(logits, target),
            logits,
        )

    def test_binary_without_unknown_labels(self):
        logits, target = labels()
        target[0] = -100
        expected = F.binary_cross_entropy_with_logits(logits[1:], target[1:])
        assert_same(binary_cross_entropy(logits, target), expected, logits)


class TestFocalValue:
    @pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 3.5])
    def test_plain_formula(self, gamma):
        logits, target = batch(pixels=(3,))
        p = logits.softmax(1).gather(1, target.unsqueeze(1))
        assert_same(
            focal_loss(logits, target, gamma=gamma),
            (-((1 - p) ** gamma) * p.log()).mean(),
            logits,
        )

    @pytest.mark.parametrize("gamma", [1.0, 2.0])
    def test_kornia(self, gamma, reference):
        kornia = reference("kornia.losses")
        logits, target = batch(pixels=(3, 4))
        # kornia averages over N·C·pixels; alpha=None is none.
        expected = (
            kornia.focal_loss(logits, target, alpha=None, gamma=gamma, reduction="sum")
            / target.numel()
        )
        assert_same(focal_loss(logits, target, gamma=gamma), expected, logits)

    def test_kornia_ignoring(self, reference):
        kornia = reference("kornia.losses")
        logits, target = batch(pixels=(3, 4))
        target[0, 0] = 255
        expected = kornia.focal_loss(
            logits, target, alpha=None, gamma=2.0, reduction="sum", ignore_index=255
        )
        ours = focal_loss(logits, target, gamma=2.0, ignore_index=255)
        assert_same(ours, expected / (target != 255).sum(), logits)

    def test_monai_with_one_alpha_per_class(self, reference):
        losses = reference("monai.losses")
        logits, target = batch(pixels=(3, 4), dtype=torch.float32)
        alpha = [0.1, 1.0, 2.0, 0.5, 3.0]
        theirs = losses.FocalLoss(
            to_onehot_y=True, use_softmax=True, gamma=2.0, alpha=alpha, reduction="sum"
        )
        # "sum" of MONAI sums over images and classes what it has averaged over pixels.
        expected = theirs(logits, target.unsqueeze(1)) / len(target)
        assert_same(
            focal_loss(logits, target, gamma=2.0, alpha=torch.tensor(alpha)),
            expected,
            logits,
        )

    def test_sigmoid_kornia(self, reference):
        kornia = reference("kornia.losses")
        logits, target = labels()
        theirs = kornia.binary_focal_loss_with_logits(
            logits, target, alpha=None, gamma=2.0, reduction="mean"
        )
        assert_same(sigmoid_focal_loss(logits, target, gamma=2.0), theirs, logits)

    def test_sigmoid_monai(self, reference):
        losses = reference("monai.losses")
        logits, target = labels(dtype=torch.float32)
        theirs = losses.FocalLoss(gamma=1.5, reduction="mean")(logits, target)
        assert_same(sigmoid_focal_loss(logits, target, gamma=1.5), theirs, logits)

    @pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
    def test_sigmoid_plain_formula(self, gamma):
        logits, target = labels()
        p_t = torch.where(target == 1, logits.sigmoid(), 1 - logits.sigmoid())
        expected = (-((1 - p_t) ** gamma) * p_t.log()).mean()
        assert_same(sigmoid_focal_loss(logits, target, gamma=gamma), expected, logits)


class TestFocalLaws:
    @pytest.mark.parametrize("gamma", [0, 0.0, torch.tensor(0.0, dtype=torch.float64)])
    def test_gamma_zero_is_exactly_cross_entropy(self, gamma):
        logits, target = batch(pixels=(7,))
        assert torch.equal(
            focal_loss(logits, target, gamma=gamma), cross_entropy(logits, target)
        )

    @given(gammas, seeds)
    @settings(max_examples=25)
    def test_never_above_cross_entropy_and_falling_in_gamma(self, gamma, seed):
        logits, target = batch(seed)
        assert focal_loss(logits, target, gamma=gamma) <= cross_entropy(logits, target)
        assert focal_loss(logits, target, gamma=gamma + 1) <= focal_loss(
            logits, target, gamma=gamma
        )

    @given(gammas, st.permutations(range(5)), seeds)
    @settings(max_examples=25)
    def test_permuting_classes_changes_nothing(self, gamma, order, seed):
        logits, target = batch(seed)
        alpha = torch.rand(5, dtype=torch.float64)
        position = torch.tensor(np.argsort(order))
        permuted = focal_loss(
            logits[:, list(order)],
            position[target],
            gamma=gamma,
            alpha=alpha[list(order)],
        )
        torch.testing.assert_close(
            permuted, focal_loss(logits, target, gamma=gamma, alpha=alpha)
        )

    @given(gammas, st.floats(0.01, 10.0))
    @settings(max_examples=25)
    def test_scalar_alpha_is_a_plain_multiplier(self, gamma, alpha):
        logits, target = batch()
        once = focal_loss(logits, target, gamma=gamma)
        for normalize in ("count", "weight"):
            ours = focal_loss(
                logits, target, gamma=gamma, alpha=alpha, normalize=normalize
            )
            torch.testing.assert_close(ours, alpha * once)
        same_everywhere = torch.full((5,), alpha, dtype=torch.float64)
        torch.testing.assert_close(
            focal_loss(logits, target, gamma=gamma, alpha=same_everywhere), alpha * once
        )

    @given(st.floats(-100.0, 100.0))
    @settings(max_examples=25)
    def test_adding_to_all_logits_changes_nothing(self, shift):
        logits, target = batch()
        torch.testing.assert_close(
            focal_loss(logits + shift, target), focal_loss(logits, target)
        )

    @pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
    def test_gradcheck(self, gamma):
        logits, target = batch(pixels=(2,))
        target[0, 0] = -100
        assert torch.autograd.gradcheck(
            lambda z: focal_loss(z, target, gamma=gamma), logits
        )
        logits, target = labels()
        assert torch.autograd.gradcheck(
            lambda z: sigmoid_focal_loss(z, target, gamma=gamma), logits
        )

    def test_hyperparameters_may_be_tensors_under_vmap(self):
        logits, target = batch()
        gamma, alpha = (
            torch.tensor([0.0, 0.5, 2.0]).double(),
            torch.tensor([1.0, 0.25, 0.5]).double(),
        )
        together = torch.func.vmap(
            lambda g, a: focal_loss(logits, target, gamma=g, alpha=a)
        )(gamma, alpha)
        alone = [
            focal_loss(logits, target, gamma=float(g), alpha=float(a))
            for g, a in zip(gamma, alpha, strict=True)
        ]
        torch.testing.assert_close(together, torch.stack(alone))


LOSSES = {
    "cross_entropy": cross_entropy,
    "focal gamma 0.5": lambda z, t: focal_loss(z, t, gamma=0.5),
    "focal gamma 2": focal_loss,
    "focal by weight": lambda z, t: focal_loss(
        z, t, alpha=torch.tensor([0.0, 1.0, 2.0]), normalize="weight"
    ),
    "binary": lambda z, t: binary_cross_entropy(z, F.one_hot(t.clamp_min(0), 3)),
    "sigmoid focal gamma 0.5": lambda z, t: sigmoid_focal_loss(
        z, F.one_hot(t.clamp_min(0), 3), gamma=0.5
    ),
    "sigmoid focal gamma 2": lambda z, t: sigmoid_focal_loss(
        z, F.one_hot(t.clamp_min(0), 3)
    ),
}


@pytest.mark.parametrize("name", LOSSES)
class TestSafety:
    @pytest.mark.parametrize(
        "dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    )
    @pytest.mark.parametrize("target", [[0, 1, 2, 0], [1, 1, 1, 1]])
    def test_extreme_logits(self, name, dtype, target):
        logits = torch.tensor(
            [[1e4, -1e4, 0], [1e4, -1e4, 0], [-1e4, -1e4, 1e4], [0, 0, 0]], dtype=dtype
        )
        loss = LOSSES[name](logits.requires_grad_(), torch.tensor(target))
        loss.backward()
        assert loss.isfinite()
        assert logits.grad.isfinite().all()
        assert loss.dtype == (
            torch.float64 if dtype == torch.float64 else torch.float32
        )

    def test_batch_of_one(self, name):
        logits = torch.randn(1, 3, requires_grad=True)
        LOSSES[name](logits, torch.tensor([1])).backward()
        assert logits.grad.isfinite().all()


@pytest.mark.parametrize("normalize", ["count", "weight"])
def test_nothing_to_average_is_zero_with_zero_gradient(normalize):
    for target, weight in (
        ([-100, -100], torch.ones(3)),
        ([1, 1], torch.tensor([1.0, 0.0, 1.0])),
    ):
        logits = torch.randn(2, 3, requires_grad=True)
        loss = focal_loss(
            logits, torch.tensor(target), alpha=weight, normalize=normalize
        )
        loss.backward()
        assert loss == 0
        assert not logits.grad.any()


@pytest.mark.parametrize(
    "call, error, message",
    [
        (
            lambda: focal_loss(torch.zeros(2, 3), torch.zeros(3, dtype=torch.long)),
            ValueError,
            r"\(2, 3\) and \(3,\)",
        ),
        (
            lambda: focal_loss(torch.zeros(2, 3), torch.zeros(2)),
            TypeError,
            "integer class indices, found torch.float32",
        ),
        (
            lambda: focal_loss(torch.zeros(1, 3), torch.zeros(1).long(), gamma=-1.0),
            ValueError,
            "≥ 0, found -1.0",
        ),
        (
            lambda: focal_loss(
                torch.zeros(1, 3), torch.zeros(1).long(), alpha=torch.ones(2)
            ),
            ValueError,
            r"\(3,\)",
        ),
        (
            lambda: cross_entropy(
                torch.zeros(1, 3), torch.zeros(1).long(), normalize="n"
            ),
            ValueError,
            "count, weight",
        ),
        (
            lambda: sigmoid_focal_loss(torch.zeros(1, 3), torch.zeros(3)),
            ValueError,
            r"\(1, 3\) and \(3,\)",
        ),
    ],
)
def test_refusals_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
