"""Joint segmentation loss and Dice: references, named variants, laws, the tiled pass
against the plain one."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sweep_trainers.losses import (
    DiceVariant,
    cross_entropy,
    dice_loss,
    focal_loss,
    segmentation_terms,
    tiled,
)

seeds = st.integers(0, 2**16)
VARIANTS = [
    DiceVariant(reduction, absent, average, smooth)
    for reduction in ("batch", "sample")
    for absent in ("skip", "count")
    for average in ("macro", "micro")
    for smooth in (0.0, 1.0)
]
ALPHA = torch.tensor([0.3, 1.0, 2.0, 0.5], dtype=torch.float64)


def images(seed=0, n=3, classes=4, dtype=torch.float64, pixels=(5, 6)):
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(n, classes, *pixels, generator=generator, dtype=dtype)
    return logits.requires_grad_(), torch.randint(
        0, classes, (n, *pixels), generator=generator
    )


def assert_same(loss, expected, logits, **tolerance):
    torch.testing.assert_close(loss, expected, **tolerance)
    ours, theirs = (
        torch.autograd.grad(value, logits, retain_graph=True)[0]
        for value in (loss, expected)
    )
    torch.testing.assert_close(ours, theirs, **tolerance)


def plain_dice(logits, target, variant, ignore_index=-100):
    """Every variant by loops over images and classes and one-hot copies, as one would on paper."""
    p = logits.softmax(1).movedim(1, -1)
    pools = (
        [list(range(len(p)))]
        if variant.reduction == "batch"
        else [[n] for n in range(len(p))]
    )
    losses = []
    for pool in pools:
        valid = target[pool] != ignore_index
        if not valid.any():
            continue
        probability, truth = (
            p[pool][valid],
            F.one_hot(target[pool][valid], logits.shape[1]),
        )
        classes = [
            c
            for c in range(logits.shape[1])
            if variant.absent == "count" or truth[:, c].any()
        ]
        sums = [
            (
                (probability * truth)[:, c].sum(),
                probability[:, c].sum() + truth[:, c].sum(),
            )
            for c in classes
        ]
        if variant.average == "micro":
            sums = [(sum(i for i, _ in sums), sum(u for _, u in sums))]
        losses += [
            torch.stack(
                [1 - (2 * i + variant.smooth) / (u + variant.smooth) for i, u in sums]
            ).mean()
        ]
    return torch.stack(losses).mean()


class TestDice:
    @pytest.mark.parametrize("variant", VARIANTS, ids=str)
    def test_every_variant_on_paper(self, variant):
        logits, target = images()
        target[target == 3] = 0  # class 3 is absent everywhere,
        target[1][target[1] == 2] = 1  # class 2 from one image,
        target[0, 0] = -100  # some pixels are ignored,
        target[2] = -100  # and one whole image
        assert_same(
            dice_loss(logits, target, variant=variant),
            plain_dice(logits, target, variant),
            logits,
        )

    def test_the_variants_are_different_numbers(self):
        logits, target = images()
        target[target == 3] = 0
        target[1][target[1] == 2] = 1
        found = {
            round(float(dice_loss(logits, target, variant=variant).detach()), 9)
            for variant in VARIANTS
        }
        # Pooled over the batch, micro and counted is one ratio whatever the image, but
        # for the smoothing.
        assert len(found) >= len(VARIANTS) - 2

    @pytest.mark.parametrize("batch", [True, False])
    def test_monai(self, batch, reference):
        losses = reference("monai.losses")
        logits, target = images(pixels=(16, 16))
        theirs = losses.DiceLoss(to_onehot_y=True, softmax=True, batch=batch)(
            logits, target.unsqueeze(1)
        )
        variant = DiceVariant("batch" if batch else "sample")
        assert_same(
            dice_loss(logits, target, variant=variant),
            theirs.to(logits.dtype),
            logits,
            rtol=1e-5,
            atol=1e-7,
        )

    def test_kornia(self, reference):
        kornia = reference("kornia.losses")
        logits, target = images(n=1, pixels=(16, 16))
        theirs = kornia.dice_loss(logits, target, average="macro")
        ours = dice_loss(logits, target, variant=DiceVariant("sample", smooth=0.0))
        assert_same(ours, theirs, logits, rtol=1e-6, atol=1e-8)

    def test_a_perfect_prediction_is_torchmetrics_perfect_score(self, reference):
        """Hard predictions: 1 - Dice is torchmetrics' macro F1 of the pixels."""
        functional = reference("torchmetrics.functional.classification")
        _, target = images()
        guess = images(seed=1)[1]
        hard = 200.0 * F.one_hot(guess, 4).movedim(-1, 1).double()
        f1 = functional.multiclass_f1_score(
            guess, target, num_classes=4, average="macro"
        )
        assert float(1 - dice_loss(hard, target)) == pytest.approx(float(f1), abs=1e-5)
        perfect = 200.0 * F.one_hot(target, 4).movedim(-1, 1).double()
        assert dice_loss(perfect, target) == pytest.approx(0.0, abs=1e-9)

    @given(seeds, st.sampled_from(VARIANTS))
    @settings(max_examples=30)
    def test_lies_between_0_and_1(self, seed, variant):
        assert 0 <= dice_loss(*images(seed), variant=variant) <= 1

    @given(seeds, st.permutations(range(4)), st.sampled_from(VARIANTS))
    @settings(max_examples=20)
    def test_permuting_classes_changes_nothing(self, seed, order, variant):
        logits, target = images(seed)
        position = torch.tensor(np.argsort(order))
        permuted = dice_loss(logits[:, list(order)], position[target], variant=variant)
        torch.testing.assert_close(permuted, dice_loss(logits, target, variant=variant))

    @pytest.mark.parametrize("variant", VARIANTS[::3], ids=str)
    def test_gradcheck(self, variant):
        logits, target = images(pixels=(2, 2))
        target[0, 0] = -100
        assert torch.autograd.gradcheck(
            lambda z: dice_loss(z, target, variant=variant), logits
        )

    @pytest.mark.parametrize(
        "options, message",
        [
            ({"reduction": "mean"}, "unknown reduction 'mean'.*batch, sample"),
            ({"absent": "skipped"}, "did you mean 'skip'"),
            ({"average": "weighted"}, "macro, micro"),
            ({"smooth": -1.0}, "≥ 0, found -1.0"),
        ],
    )
    def test_refusals_say_what_is_wrong(self, options, message):
        with pytest.raises(ValueError, match=message):
            DiceVariant(**options)


class TestJoint:
    @pytest.mark.parametrize("normalize", ["count", "weight"])
    @pytest.mark.parametrize("class_weight", [None, ALPHA])
    def test_is_cross_entropy_and_dice(self, class_weight, normalize):
        logits, target = images()
        target[0, 0] = 255
        terms = segmentation_terms(
            logits,
            target,
            class_weight=class_weight,
            ignore_index=255,
            normalize=normalize,
        )
        ce = cross_entropy(
            logits,
            target,
            class_weight=class_weight,
            ignore_index=255,
            normalize=normalize,
        )
        assert_same(terms["ce"], ce, logits)
        assert_same(terms["dice"], dice_loss(logits, target, ignore_index=255), logits)

    @pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
    @pytest.mark.parametrize("alpha", [0.25, ALPHA])
    def test_is_focal_and_dice(self, gamma, alpha):
        logits, target = images()
        terms = segmentation_terms(
            logits, target, loss_type="focal", focal_gamma=gamma, focal_alpha=alpha
        )
        assert_same(
            terms["ce"], focal_loss(logits, target, gamma=gamma, alpha=alpha), logits
        )

    def test_class_weights_multiply_alpha(self):
        logits, target = images()
        both = segmentation_terms(
            logits, target, loss_type="focal", focal_alpha=ALPHA, class_weight=ALPHA
        )
        assert_same(both["ce"], focal_loss(logits, target, alpha=ALPHA**2), logits)

    def test_weighted_sum_is_monais_dice_ce(self, reference):
        losses = reference("monai.losses")
        logits, target = images(pixels=(16, 16))
        theirs = losses.DiceCELoss(
            to_onehot_y=True, softmax=True, batch=True, lambda_ce=0.7, lambda_dice=1.8
        )
        terms = segmentation_terms(logits, target)
        ours = 0.7 * terms["ce"] + 1.8 * terms["dice"]
        assert_same(
            ours,
            theirs(logits, target.unsqueeze(1)).to(ours.dtype),
            logits,
            rtol=1e-5,
            atol=1e-7,
        )

    def test_either_term_can_be_differentiated_alone(self):
        """As gradient monitoring and the gradient-based policies do."""
        logits, target = images()
        terms = segmentation_terms(logits, target)
        alone = [
            torch.autograd.grad(term, logits, retain_graph=True)[0]
            for term in terms.values()
        ]
        (together,) = torch.autograd.grad(
            0.7 * terms["ce"] + 1.8 * terms["dice"], logits
        )
        torch.testing.assert_close(together, 0.7 * alone[0] + 1.8 * alone[1])


class TestTiles:
    @pytest.fixture(params=[1, 16, 50, 200, 10**6], ids="{} elements".format)
    def tile(self, request, monkeypatch):
        monkeypatch.setitem(tiled._TILE_ELEMENTS, "cpu", request.param)

    @pytest.mark.parametrize("pixels", [(), (7,), (5, 6), (2, 3, 2)])
    @pytest.mark.usefixtures("tile")
    def test_any_tile_size_gives_the_plain_value_and_gradient(self, pixels):
        logits, target = images(pixels=pixels)
        target.view(-1)[::4] = -100
        plain = segmentation_terms(
            logits, target, loss_type="focal", implementation="plain"
        )
        for name, term in segmentation_terms(logits, target, loss_type="focal").items():
            assert_same(term, plain[name], logits)

    @pytest.mark.parametrize(
        "dtype, tolerance", [(torch.float16, 1e-3), (torch.bfloat16, 8e-3)]
    )
    def test_half_inputs_are_computed_in_float32(self, dtype, tolerance):
        logits, target = images(dtype=torch.float32, pixels=(512, 512), n=1)
        half = logits.detach().to(dtype).requires_grad_()
        wide = half.detach().float().requires_grad_()
        for name, term in segmentation_terms(half, target).items():
            expected = segmentation_terms(wide, target)[name]
            torch.testing.assert_close(term, expected)
            gradient = torch.autograd.grad(1e4 * term, half, retain_graph=True)[0]
            assert gradient.dtype == dtype
            exact = torch.autograd.grad(1e4 * expected, wide)[0]
            torch.testing.assert_close(
                gradient.float(), exact, rtol=tolerance, atol=1e-6
            )

    @pytest.mark.parametrize("implementation", ["tiled", "plain"])
    def test_masks_of_any_integer_type(self, implementation):
        logits, target = images()
        expected = segmentation_terms(logits, target)
        for dtype in (torch.uint8, torch.int16, torch.int32):
            assert (
                segmentation_terms(
                    logits, target.to(dtype), implementation=implementation
                )
                == expected
            )
        wrong = target.to(torch.uint8)
        wrong[0, 0, 0] = 156  # -100 wrapped: a wrong label, not an ignored one
        with pytest.raises(RuntimeError, match="156 is out of bounds"):
            segmentation_terms(logits, wrong, implementation=implementation)

    def test_logits_that_are_not_contiguous(self):
        logits, target = images()
        channels_last = (
            logits.detach()
            .contiguous(memory_format=torch.channels_last)
            .requires_grad_()
        )
        terms, expected = (
            segmentation_terms(channels_last, target),
            segmentation_terms(logits, target),
        )
        for name in terms:
            (ours,) = torch.autograd.grad(terms[name], channels_last, retain_graph=True)
            torch.testing.assert_close(
                ours, torch.autograd.grad(expected[name], logits, retain_graph=True)[0]
            )

    def test_vmap_of_gradients_with_hyperparameters_as_tensors(self):
        target = images()[1]
        logits = torch.stack([images(seed)[0].detach() for seed in range(3)])
        gamma, alpha = (
            torch.tensor([0.0, 0.5, 2.0]).double(),
            torch.tensor([1.0, 0.25, 0.5]).double(),
        )

        def loss(z, g, a):
            terms = segmentation_terms(
                z, target, loss_type="focal", focal_gamma=g, focal_alpha=a
            )
            return terms["ce"] + 1.8 * terms["dice"]

        together = torch.func.vmap(torch.func.grad(loss))(logits, gamma, alpha)
        alone = [
            torch.func.grad(loss)(*one)
            for one in zip(logits, gamma, alpha, strict=True)
        ]
        torch.testing.assert_close(together, torch.stack(alone))

    def test_second_derivatives_are_refused_and_plain_has_them(self):
        logits, target = images(pixels=(2,))

        def slope(implementation):
            terms = segmentation_terms(logits, target, implementation=implementation)
            return (
                torch.autograd.grad(terms["dice"], logits, create_graph=True)[0]
                .square()
                .sum()
            )

        with pytest.raises(NotImplementedError, match="plain_log_probability_and_mass"):
            torch.autograd.grad(slope("tiled"), logits)
        assert torch.autograd.grad(slope("plain"), logits)[0].isfinite().all()

    def test_peak_memory_is_one_gradient_and_little_more(self):
        """Live allocations over forward and backward, in logits' sizes, as PyTorch's
        allocator saw them."""
        logits, target = images(n=4, classes=19, dtype=torch.float32, pixels=(128, 128))
        activities = [torch.profiler.ProfilerActivity.CPU]
        with torch.profiler.profile(
            activities=activities, profile_memory=True
        ) as watched:
            terms = segmentation_terms(logits, target, loss_type="focal")
            (terms["ce"] + terms["dice"]).backward()
        events = [
            e
            for e in watched.profiler.kineto_results.events()
            if e.name() == "[memory]"
        ]
        live = np.cumsum(
            [e.nbytes() for e in sorted(events, key=lambda e: e.start_ns())]
        )
        assert 1.0 <= live.max() / (logits.numel() * 4) < 2.0


@pytest.mark.parametrize("loss_type", ["ce", "focal"])
class TestSafety:
    @pytest.mark.parametrize(
        "dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    )
    @pytest.mark.parametrize("variant", VARIANTS, ids=str)
    def test_extreme_logits_of_a_one_class_image(self, loss_type, dtype, variant):
        logits = torch.zeros(1, 3, 2, 2, dtype=dtype)
        logits[0, 0, 0], logits[0, 1, 0], logits[0, 2, 1] = 1e4, -1e4, 1e4
        logits.requires_grad_()
        for target in (torch.zeros(1, 2, 2).long(), torch.full((1, 2, 2), 2)):
            terms = segmentation_terms(
                logits, target, loss_type=loss_type, focal_gamma=0.5, dice=variant
            )
            (gradient,) = torch.autograd.grad(terms["ce"] + terms["dice"], logits)
            assert all(term.isfinite() for term in terms.values())
            assert gradient.isfinite().all()

    @pytest.mark.parametrize("variant", VARIANTS, ids=str)
    @pytest.mark.parametrize("implementation", ["tiled", "plain"])
    def test_all_ignored_is_zero_with_zero_gradient(
        self, loss_type, variant, implementation
    ):
        logits, target = images()
        target.fill_(-100)
        terms = segmentation_terms(
            logits,
            target,
            loss_type=loss_type,
            dice=variant,
            implementation=implementation,
        )
        for term in terms.values():
            assert term == 0
            assert not torch.autograd.grad(term, logits, retain_graph=True)[0].any()


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (
            {"loss_type": "dice"},
            ValueError,
            "unknown loss_type 'dice'.*one of: ce, focal",
        ),
        ({"implementation": "fused"}, ValueError, "tiled, plain"),
        (
            {"target": torch.zeros(3, 5).long()},
            ValueError,
            r"\(3, 4, 5, 6\) and \(3, 5\)",
        ),
        ({"target": torch.zeros(3, 5, 6)}, TypeError, "integer class indices"),
        ({"target": torch.full((3, 5, 6), 4)}, RuntimeError, "out of bounds"),
        (
            {"class_weight": torch.ones(5)},
            ValueError,
            r"class weights must be \(4,\), found \(5,\)",
        ),
    ],
)
def test_refusals_say_what_is_wrong(arguments, error, message):
    logits, target = images()
    with pytest.raises(error, match=message):
        segmentation_terms(**{"logits": logits, "target": target} | arguments)
