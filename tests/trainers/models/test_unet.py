"""The U-Net keeps the size of what it is given; attention begins as the identity."""

import pytest
import torch

from sweep_trainers.models.lmsa import LightweightMultiScaleAttention
from sweep_trainers.models.unet import UNet


def unet(**changes):
    torch.manual_seed(0)
    return UNet(**({"in_channels": 3, "classes": 5, "width": 4, "depth": 2} | changes))


@pytest.mark.parametrize("attention", ["none", "lmsa"])
@pytest.mark.parametrize("depth", [1, 3])
def test_logits_have_the_size_of_the_images(attention, depth):
    assert unet(depth=depth, attention=attention)(torch.randn(2, 3, 16, 24)).shape == (
        2,
        5,
        16,
        24,
    )


def test_sizes_that_cannot_be_halved_are_refused():
    with pytest.raises(ValueError, match=r"18 x 16 pixels .* multiples of 4"):
        unet()(torch.randn(1, 3, 18, 16))


def test_an_unknown_attention_is_refused():
    with pytest.raises(ValueError, match="attention 'self'; one of: none, lmsa"):
        unet(attention="self")


def test_width_and_depth_make_it_larger():
    def size(**changes):
        return sum(p.numel() for p in unet(**changes).parameters())

    assert size() < size(width=8)
    assert size() < size(depth=3)
    assert size() < size(attention="lmsa") < 1.3 * size()


def test_the_arm_with_attention_starts_where_the_arm_without_does():
    images = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(
            unet(attention="lmsa")(images), unet(attention="none")(images)
        )


def test_attention_learns_although_it_begins_as_the_identity():
    torch.manual_seed(0)
    block = LightweightMultiScaleAttention(16)
    optimizer = torch.optim.SGD(block.parameters(), lr=0.1)
    images = torch.randn(2, 16, 8, 8)
    before = {name: p.detach().clone() for name, p in block.named_parameters()}
    for _ in range(2):
        optimizer.zero_grad()
        (block(images) * torch.linspace(-1, 1, 8)).square().mean().backward()
        optimizer.step()
    assert [
        name for name, p in block.named_parameters() if torch.equal(p, before[name])
    ] == []


def test_attention_sees_nine_pixels_far_and_no_farther_without_its_gates():
    block = LightweightMultiScaleAttention(1)
    image = torch.zeros(1, 1, 15, 15)
    image[..., 7, 7] = 1.0
    reached = sum(scale(image) for scale in block.scales)[0, 0].nonzero()
    assert (reached.min().item(), reached.max().item()) == (3, 11)


def test_dropout_works_while_training_only():
    model, images = unet(dropout=0.5), torch.randn(2, 3, 16, 16)
    model.eval()
    assert torch.equal(model(images), model(images))
    model.train()
    assert not torch.equal(model(images), model(images))
