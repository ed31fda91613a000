"""Augmentation: levels of increasing strength, randomness from the generator alone,
images keep their shape."""

from __future__ import annotations

import pytest
import torch

from sweep_trainers.data.augmentation import LEVELS, augment


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blobs(count: int = 32, side: int = 16) -> torch.Tensor:
    """Smooth images that are 0 at the border."""
    line = torch.linspace(-2, 2, side)
    bump = torch.exp(-(line[:, None] ** 2) - (line[None] - 0.5) ** 2)
    return bump.expand(count, 1, side, side).clone()


def test_none_changes_nothing_and_draws_nothing() -> None:
    source = generator()
    before = source.get_state()
    assert torch.equal(augment(blobs(), "none", source), blobs())
    assert torch.equal(source.get_state(), before)


def test_strong_changes_more_than_light() -> None:
    change = {
        level: float((augment(blobs(), level, generator()) - blobs()).abs().mean())
        for level in LEVELS
    }
    assert change["none"] == 0 < change["light"] < change["strong"]


@pytest.mark.parametrize("level", ["light", "strong"])
def test_every_image_is_changed_on_its_own_by_the_generator_alone(level: str) -> None:
    torch.manual_seed(1)
    first = augment(blobs(), level, generator(5))
    torch.manual_seed(2)
    assert torch.equal(augment(blobs(), level, generator(5)), first)
    assert not torch.equal(augment(blobs(), level, generator(6)), first)
    assert len({image.numpy().tobytes() for image in first}) == len(first)


@pytest.mark.parametrize(
    "shape", [(5, 3, 16, 16), (2, 1, 8, 8), (3, 3, 12, 20), (1, 1, 4, 4)]
)
def test_shape_and_type_stay(shape: tuple[int, ...]) -> None:
    changed = augment(
        torch.rand(shape, generator=generator()), "strong", generator(), flip=True
    )
    assert changed.shape == shape
    assert changed.dtype == torch.float32
    assert bool(torch.isfinite(changed).all())


def test_light_keeps_the_picture_recognisable() -> None:
    images = blobs()
    changed = augment(images, "light", generator())
    similarity = torch.nn.functional.cosine_similarity(
        changed.flatten(1), images.flatten(1)
    )
    assert float(similarity.min()) > 0.9


def test_strong_erases_a_patch_of_a_quarter_of_the_side() -> None:
    ones = torch.ones(8, 1, 16, 16)
    erased = (augment(ones, "strong", generator())[:, 0] == 0).flatten(1).sum(dim=1)
    assert int(erased.min()) >= 16


def test_flip_mirrors_about_half_of_the_images() -> None:
    images = torch.rand(400, 1, 4, 4, generator=generator())
    flipped = augment(images, "none", generator(1), flip=True)
    mirrored = (flipped == images.flip(-1)).flatten(1).all(dim=1)
    kept = (flipped == images).flatten(1).all(dim=1)
    assert bool((mirrored | kept).all())
    assert 160 < int(mirrored.sum()) < 240  # four standard deviations


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(
        ValueError, match="augmentation 'storng'; one of: none, light, strong"
    ):
        augment(blobs(), "storng", generator())
