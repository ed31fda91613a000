"""The dual encoder: shapes for any image size, independence of the batch, the meaning
of padding and class averages."""

from __future__ import annotations

import pytest
import torch

from sweep_trainers.models.dual_encoder import DualEncoder, ImageEncoder, TextEncoder


@pytest.mark.parametrize("size", [4, 8, 13, 28, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_any_size_become_embeddings(size: int, channels: int) -> None:
    encoder = ImageEncoder(channels, size, width=4, embedding_dim=10)
    assert encoder(torch.rand(2, channels, size, size)).shape == (2, 10)


def test_an_embedding_does_not_depend_on_the_rest_of_the_batch() -> None:
    torch.manual_seed(0)
    encoder = ImageEncoder(1, 8, width=8, embedding_dim=16)
    images = torch.rand(5, 1, 8, 8)
    torch.testing.assert_close(encoder(images)[2:3], encoder(images[2:3]))


def test_a_standardized_encoder_takes_brightness_and_contrast_out() -> None:
    torch.manual_seed(0)
    images = torch.rand(20, 3, 8, 8)
    encoder = ImageEncoder(3, 8, width=8, embedding_dim=16)
    encoder.standardize_like(images)
    before = encoder(images)
    encoder.standardize_like(images * 0.5 + 0.25)
    torch.testing.assert_close(
        encoder(images * 0.5 + 0.25), before, rtol=1e-4, atol=1e-5
    )


def test_what_it_was_standardized_by_is_saved_with_it() -> None:
    encoder, other = (ImageEncoder(1, 8, width=4, embedding_dim=4) for _ in range(2))
    encoder.standardize_like(torch.rand(9, 1, 8, 8))
    other.load_state_dict(encoder.state_dict())
    assert torch.equal(other.mean, encoder.mean)
    assert torch.equal(other.std, encoder.std)


def test_a_constant_channel_does_not_divide_by_zero() -> None:
    encoder = ImageEncoder(1, 8, width=4, embedding_dim=4)
    encoder.standardize_like(torch.full((9, 1, 8, 8), 0.5))
    assert bool(torch.isfinite(encoder(torch.rand(2, 1, 8, 8))).all())


def test_padding_and_the_order_of_words_do_not_change_a_text() -> None:
    torch.manual_seed(0)
    encoder = TextEncoder(vocabulary=9, embedding_dim=6)
    embedded = encoder(torch.tensor([[3, 5, 0, 0], [5, 3, 0, 0]]))
    torch.testing.assert_close(embedded[0], embedded[1])
    torch.testing.assert_close(encoder(torch.tensor([[3, 5]])), embedded[:1])
    assert not torch.allclose(encoder(torch.tensor([[3, 4]])), embedded[:1])


def test_a_class_is_the_mean_direction_of_its_sentences() -> None:
    texts = torch.tensor([[3.0, 0.0], [0.0, 0.5], [0.0, -2.0]])
    average = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    model = DualEncoder(torch.nn.Flatten(), torch.nn.Identity(), texts, average)
    outputs = model(torch.rand(4, 1, 1, 2))
    assert outputs.image.shape == (4, 2)
    assert torch.equal(outputs.sentence, texts)
    assert outputs.class_text.tolist() == [[0.5, 0.5], [0.0, -1.0]]


@pytest.mark.parametrize("size", [4, 8, 16, 64])
def test_leaving_out_the_pool_from_4_by_4_to_4_by_4_changes_no_bit(size: int) -> None:
    torch.manual_seed(0)
    encoder = ImageEncoder(1, size, width=8, embedding_dim=16)
    images = torch.rand(3, 1, size, size)
    grid = encoder.stages((images - encoder.mean) / encoder.std)
    pooled = encoder.head(torch.nn.functional.adaptive_avg_pool2d(grid, 4).flatten(1))
    expected = torch.autograd.grad(pooled.square().sum(), list(encoder.parameters()))
    found = encoder(images)
    gradients = torch.autograd.grad(found.square().sum(), list(encoder.parameters()))
    assert torch.equal(found, pooled)
    assert all(torch.equal(a, b) for a, b in zip(gradients, expected, strict=True))
