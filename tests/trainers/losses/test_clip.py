"""Image-text contrastive losses: open_clip's values, laws, duplicate texts, corners."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sweep_trainers.losses import (
    CLIP_LOSS_TYPES,
    clip_loss,
    clip_terms,
    cross_entropy,
    focal_clip_loss,
    superclip_terms,
    weighted_clip_loss,
)

seeds = st.integers(0, 2**16)
WEIGHT = torch.tensor([0.2, 1.0, 1.8], dtype=torch.float64)


def pairs(seed=0, b=6, dtype=torch.float64):
    """Image and text embeddings (B, 8), labels among 3 classes."""
    generator = torch.Generator().manual_seed(seed)
    image, text = torch.randn(2, b, 8, generator=generator, dtype=dtype)
    labels = torch.randint(0, 3, (b,), generator=generator)
    return image.requires_grad_(), text.requires_grad_(), labels


def two_directions(image, text, temperature=0.07):
    """Log-probabilities of both directions by two products and `F.log_softmax`, (2, B)."""
    image, text = F.normalize(image, dim=-1), F.normalize(text, dim=-1)
    forth, back = image @ text.T / temperature, text @ image.T / temperature
    return torch.stack(
        [forth.log_softmax(1).diagonal(), back.log_softmax(1).diagonal()]
    )


def assert_same(loss, expected, *inputs):
    torch.testing.assert_close(loss, expected)
    for x in inputs:
        ours, theirs = (
            torch.autograd.grad(value, x, retain_graph=True)[0]
            for value in (loss, expected)
        )
        torch.testing.assert_close(ours, theirs)


class TestValue:
    def test_standard_is_open_clips(self, open_clip_losses):
        image, text, _ = pairs()
        expected = open_clip_losses.ClipLoss()(
            F.normalize(image, dim=-1), F.normalize(text, dim=-1), 1 / 0.07
        )
        assert_same(clip_loss(image, text), expected, image, text)

    def test_standard_is_two_cross_entropies(self):
        image, text, _ = pairs()
        assert_same(
            clip_loss(image, text), -two_directions(image, text).mean(), image, text
        )

    def test_weighted_divides_by_the_number(self):
        image, text, labels = pairs()
        expected = -(WEIGHT[labels] * two_directions(image, text)).mean()
        assert_same(
            weighted_clip_loss(image, text, labels, WEIGHT), expected, image, text
        )

    def test_weighted_may_divide_by_the_total_weight(self):
        image, text, labels = pairs()
        expected = -(WEIGHT[labels] * two_directions(image, text)).sum() / (
            2 * WEIGHT[labels].sum()
        )
        assert_same(
            weighted_clip_loss(image, text, labels, WEIGHT, normalize="weight"),
            expected,
            image,
            text,
        )

    @pytest.mark.parametrize("gamma", [0.5, 2.0])
    def test_focal(self, gamma):
        image, text, labels = pairs()
        log_p = two_directions(image, text)
        focal = (1 - log_p.exp()) ** gamma * -log_p
        assert_same(
            focal_clip_loss(image, text, gamma=gamma), focal.mean(), image, text
        )
        ours = focal_clip_loss(
            image, text, gamma=gamma, labels=labels, class_weight=WEIGHT
        )
        assert_same(ours, (WEIGHT[labels] * focal).mean(), image, text)

    def test_superclip(self):
        image, text, labels = pairs()
        class_text = torch.randn(3, 8, dtype=torch.float64)
        terms = superclip_terms(image, text, labels, class_text, class_weight=WEIGHT)
        logits = F.normalize(image, dim=-1) @ F.normalize(class_text, dim=-1).T / 0.07
        assert_same(
            terms["class"], cross_entropy(logits, labels, class_weight=WEIGHT), image
        )
        assert_same(terms["contrastive"], clip_loss(image, text), image, text)


class TestLaws:
    @given(seeds)
    @settings(max_examples=20)
    def test_uniform_weights_equal_none(self, seed):
        image, text, labels = pairs(seed)
        ones = torch.ones(3, dtype=torch.float64)
        for normalize in ("count", "weight"):
            weighted = weighted_clip_loss(
                image, text, labels, ones, normalize=normalize
            )
            torch.testing.assert_close(weighted, clip_loss(image, text))

    @given(seeds, st.booleans())
    @settings(max_examples=20)
    def test_gamma_zero_switches_focal_off_exactly(self, seed, multi_positive):
        image, text, labels = pairs(seed)
        focal = focal_clip_loss(
            image, text, gamma=0.0, labels=labels, multi_positive=multi_positive
        )
        assert torch.equal(
            focal, clip_loss(image, text, labels=labels, multi_positive=multi_positive)
        )

    @given(seeds)
    @settings(max_examples=20)
    def test_images_and_texts_may_change_places(self, seed):
        image, text, _ = pairs(seed)
        torch.testing.assert_close(clip_loss(text, image), clip_loss(image, text))

    @given(seeds, st.permutations(range(6)))
    @settings(max_examples=20)
    def test_the_order_of_the_batch_does_not_matter(self, seed, order):
        image, text, labels = pairs(seed)
        order = list(order)
        for multi_positive in (False, True):
            shuffled = clip_loss(
                image[order],
                text[order],
                labels=labels[order],
                multi_positive=multi_positive,
            )
            here = clip_loss(image, text, labels=labels, multi_positive=multi_positive)
            torch.testing.assert_close(shuffled, here)

    @given(seeds, st.floats(1e-3, 1e3))
    @settings(max_examples=20)
    def test_the_length_of_embeddings_does_not_matter(self, seed, scale):
        image, text, _ = pairs(seed)
        torch.testing.assert_close(
            clip_loss(scale * image, text), clip_loss(image, text)
        )

    @pytest.mark.parametrize("multi_positive", [False, True])
    @pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
    def test_gradcheck(self, gamma, multi_positive):
        image, text, labels = pairs()

        def loss(image, text, temperature):
            return focal_clip_loss(
                image,
                text,
                gamma=gamma,
                labels=labels,
                class_weight=WEIGHT,
                temperature=temperature,
                multi_positive=multi_positive,
            )

        temperature = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(loss, (image, text, temperature))

    def test_hyperparameters_may_be_tensors_under_vmap(self):
        image, text, labels = pairs()
        gamma, tau = (
            torch.tensor([0.0, 0.5, 2.0]).double(),
            torch.tensor([0.05, 0.07, 0.2]).double(),
        )

        def loss(g, t):
            return clip_terms(
                "focal",
                image,
                text,
                labels=labels,
                class_weight=WEIGHT,
                gamma=g,
                temperature=t,
                multi_positive=True,
            )["contrastive"]

        alone = [loss(float(g), float(t)) for g, t in zip(gamma, tau, strict=True)]
        torch.testing.assert_close(
            torch.func.vmap(loss)(gamma, tau), torch.stack(alone)
        )


class TestDuplicateTexts:
    """Two samples of one class share a text: `labels` 0, 0, 1 with the first two texts
    identical and well matched."""

    text = torch.eye(3, dtype=torch.float64)[[0, 0, 1]]
    labels = torch.tensor([0, 0, 1])

    def test_plain_loss_has_a_floor_of_log_k(self):
        floor = math.log(2) * 2 / 3  # two of three samples, both directions
        assert clip_loss(self.text, self.text, temperature=0.01) == pytest.approx(floor)
        assert focal_clip_loss(self.text, self.text, temperature=0.01) == pytest.approx(
            floor / 4
        )

    def test_multi_positive_has_none(self):
        for loss in (clip_loss, focal_clip_loss):
            found = loss(
                self.text,
                self.text,
                temperature=0.01,
                labels=self.labels,
                multi_positive=True,
            )
            assert found == pytest.approx(0.0, abs=1e-12)

    def test_multi_positive_sums_the_probabilities_of_the_matches(self):
        image, text, labels = pairs()
        p = (
            (F.normalize(image, dim=-1) @ F.normalize(text, dim=-1).T / 0.07)
            .flatten()
            .exp()
            .view(6, 6)
        )
        match = (labels[:, None] == labels[None]).double()
        found = torch.cat([(p * match).sum(d) / p.sum(d) for d in (0, 1)])
        ours = clip_loss(image, text, labels=labels, multi_positive=True)
        assert_same(ours, -found.log().mean(), image, text)

    @given(seeds)
    @settings(max_examples=20)
    def test_multi_positive_is_the_plain_loss_when_all_labels_differ_and_never_above_it(
        self, seed
    ):
        image, text, labels = pairs(seed)
        plain = clip_loss(image, text)
        torch.testing.assert_close(
            clip_loss(image, text, labels=torch.arange(6), multi_positive=True), plain
        )
        assert clip_loss(image, text, labels=labels, multi_positive=True) <= plain

    def test_one_class_batch_has_nothing_to_tell_apart(self):
        image, text, _ = pairs()
        loss = clip_loss(image, text, labels=torch.zeros(6).long(), multi_positive=True)
        loss.backward()
        assert loss == 0
        assert image.grad.abs().max() < 1e-12


@pytest.mark.parametrize("loss_type", CLIP_LOSS_TYPES)
@pytest.mark.parametrize("multi_positive", [False, True])
class TestSafety:
    def terms(self, loss_type, multi_positive, image, text, labels):
        class_text = torch.randn(3, image.shape[1], dtype=image.dtype)
        options = {
            "labels": labels,
            "class_text": class_text,
            "class_weight": WEIGHT.float(),
            "gamma": 0.5,
        }
        return clip_terms(
            loss_type, image, text, multi_positive=multi_positive, **options
        )

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
    @pytest.mark.parametrize("b", [1, 2, 7])
    def test_finite(self, loss_type, multi_positive, dtype, b):
        image, text = (1e4 * torch.randn(2, b, 4)).to(dtype).unbind()
        image[0] = 0  # a dead encoder
        image.requires_grad_()
        for labels in (torch.zeros(b).long(), torch.arange(b) % 3):
            terms = self.terms(loss_type, multi_positive, image, text, labels)
            (gradient,) = torch.autograd.grad(sum(terms.values()), image)
            assert all(
                term.isfinite() and term.dtype == torch.float32
                for term in terms.values()
            )
            assert gradient.isfinite().all()
            assert not gradient[0].any()

    def test_autocast_does_not_lower_the_precision(self, loss_type, multi_positive):
        image, text, labels = pairs(dtype=torch.float32)
        torch.manual_seed(0)
        expected = self.terms(loss_type, multi_positive, image, text, labels)
        torch.manual_seed(0)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = self.terms(loss_type, multi_positive, image, text, labels)
        assert found == expected


def test_zero_total_weight_is_zero_with_zero_gradient():
    image, text, labels = pairs()
    for normalize in ("count", "weight"):
        loss = weighted_clip_loss(
            image, text, labels, torch.zeros(3), normalize=normalize
        )
        assert loss == 0
        assert not torch.autograd.grad(loss, image)[0].any()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"loss_type": "fokal"}, "did you mean 'focal'.*superclip"),
        ({"loss_type": "weighted"}, "loss_type weighted needs class_weight"),
        (
            {"loss_type": "weighted", "class_weight": WEIGHT},
            "class_weight needs labels",
        ),
        (
            {"loss_type": "superclip", "labels": torch.zeros(6).long()},
            "loss_type superclip needs class_text",
        ),
        (
            {"loss_type": "standard", "multi_positive": True},
            "multi_positive needs labels",
        ),
        (
            {"loss_type": "standard", "labels": torch.zeros(5).long()},
            r"labels must be \(6,\), found \(5,\)",
        ),
        (
            {"loss_type": "standard", "temperature": 0.0},
            "temperature must be > 0, found 0.0",
        ),
        (
            {"loss_type": "standard", "text": torch.zeros(4, 8)},
            r"\(6, 8\) and \(4, 8\)",
        ),
        ({"loss_type": "focal", "gamma": -0.5}, "≥ 0, found -0.5"),
    ],
)
def test_refusals_say_what_is_wrong(arguments, message):
    image, text, _ = pairs()
    with pytest.raises(ValueError, match=message):
        clip_terms(**{"image": image, "text": text} | arguments)
