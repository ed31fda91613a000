"""Every model and loss works in float64, so that gradients can be checked against
finite differences."""

import pytest
import torch

from sweep_trainers.data.class_texts import class_texts
from sweep_trainers.losses import clip_terms, make_weighting, segmentation_terms
from sweep_trainers.models.dual_encoder import DualEncoder, ImageEncoder, TextEncoder
from sweep_trainers.models.fusion import GatedFusion
from sweep_trainers.models.unet import UNet

LABELS = torch.tensor([0, 1, 1])


def dual_encoder():
    texts = class_texts(("cat", "dog"))
    image_encoder = ImageEncoder(1, 8, width=4, embedding_dim=6)
    text_encoder = TextEncoder(len(texts.vocabulary), 6)
    return DualEncoder(
        image_encoder, text_encoder, texts.tokens(), texts.class_average()
    )


def clip_total(model, images):
    out = model(images)
    terms = clip_terms(
        "superclip",
        out.image,
        out.sentence[LABELS],
        labels=LABELS,
        class_text=out.class_text,
    )
    return terms["class"] + terms["contrastive"]


def unet_total(model, images):
    target = torch.arange(64).view(1, 8, 8).expand(len(images), 8, 8) % 3
    terms = segmentation_terms(model(images), target, loss_type="focal")
    return make_weighting("fixed", ["ce", "dice"])(terms)[0]


def fusion_total(model, features):
    out = model(features)
    return out.logits.square().mean() + out.reconstruction.square().mean()


CASES = {
    "dual encoder": (dual_encoder, clip_total, (3, 1, 8, 8)),
    "U-Net": (lambda: UNet(1, 3, width=2, depth=1), unet_total, (2, 1, 8, 8)),
    "U-Net with LMSA": (
        lambda: UNet(1, 3, width=4, depth=1, attention="lmsa"),
        unet_total,
        (2, 1, 8, 8),
    ),
    "fusion": (
        lambda: GatedFusion({"a": 3, "b": 2}, 4, code_dim=3, hidden_dim=5, dropout=0.0),
        fusion_total,
        (4, 5),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_of_the_loss_is_that_of_finite_differences(name):
    make, total, shape = CASES[name]
    torch.manual_seed(0)
    model = make().double()
    inputs = torch.rand(shape, dtype=torch.float64)
    loss = total(model, inputs)
    assert loss.dtype == torch.float64
    loss.backward()
    trained = [p for p in model.parameters() if p.grad is not None]
    parameter = max(trained, key=lambda p: p.grad.abs().max())
    place = parameter.grad.abs().argmax()
    step = 1e-6
    with torch.no_grad():
        values = []
        for sign in (1, -1):
            parameter.view(-1)[place] += sign * step
            values.append(total(model, inputs))
            parameter.view(-1)[place] -= sign * step
    slope = (values[0] - values[1]) / (2 * step)
    torch.testing.assert_close(
        slope, parameter.grad.view(-1)[place], rtol=1e-4, atol=1e-8
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_dual_encoder_in_half_precision_compares_texts_in_float32(dtype):
    torch.manual_seed(0)
    out = dual_encoder().to(dtype)(torch.rand(3, 1, 8, 8, dtype=dtype))
    assert out.class_text.dtype == torch.float32
    assert out.class_text.isfinite().all()


def test_embeddings_of_different_precision_are_compared_in_the_wider_one():
    image, text = torch.randn(3, 4, dtype=torch.float64), torch.randn(3, 4)
    found = clip_terms("standard", image, text)["contrastive"]
    assert found.dtype == torch.float64
    torch.testing.assert_close(
        found, clip_terms("standard", image, text.double())["contrastive"]
    )
