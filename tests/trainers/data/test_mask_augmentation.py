"""Augmentation moves an image and its mask together, and a mirror exchanges left and right."""

import pytest
import torch

from sweep_trainers.data.mask_augmentation import LEVELS, augment, mirrored_classes
from sweep_trainers.data.segmentation_data import IGNORED

CLASSES = ("background", "left_eye", "right_eye", "nose")


def drawn(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(n=16, size=16):
    """Images that show their mask: channel 0 is the class index of a blocky random mask."""
    blocks = torch.randint(0, 4, (n, size // 4, size // 4), generator=drawn(1))
    masks = blocks.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)
    return masks[:, None].float(), masks


def changed(level, seed=0, mirror=None):
    images, masks = batch()
    mirror = torch.arange(4) if mirror is None else mirror
    return augment(images, masks, level, mirror, drawn(seed))


def test_left_and_right_change_places_in_a_mirror():
    assert mirrored_classes(CLASSES) == [0, 2, 1, 3]


def test_short_names_of_sides_are_known():
    assert mirrored_classes(("l_eye", "r_eye", "l_lip", "u_lip", "ear_r")) == [
        1,
        0,
        2,
        3,
        4,
    ]


def test_a_class_without_its_partner_stays():
    assert mirrored_classes(("left_ear", "nose", "leftover", "left")) == [0, 1, 2, 3]


def test_level_none_changes_nothing_and_draws_nothing():
    images, masks = batch()
    generator = drawn()
    before = generator.get_state()
    same_images, same_masks = augment(images, masks, "none", torch.arange(4), generator)
    assert same_images is images
    assert same_masks is masks
    assert torch.equal(generator.get_state(), before)


def test_light_mirrors_some_images_and_their_masks_alike():
    _, masks = batch()
    new_images, new_masks = changed("light")
    mirrored = [
        bool(torch.equal(new, old.flip(-1)))
        for new, old in zip(new_masks, masks, strict=True)
    ]
    kept = [
        bool(torch.equal(new, old)) for new, old in zip(new_masks, masks, strict=True)
    ]
    assert any(mirrored)
    assert any(kept)
    assert all(m or k for m, k in zip(mirrored, kept, strict=True))
    for image, mask in zip(
        new_images[:, 0], new_masks, strict=True
    ):  # brightness and contrast are affine
        levels = [image[mask == value] for value in mask.unique()]
        assert all(level.max() - level.min() < 1e-5 for level in levels)


def test_a_mirrored_mask_has_its_classes_exchanged():
    _, masks = batch()
    _, new_masks = changed("light", mirror=torch.tensor(mirrored_classes(CLASSES)))
    swapped = torch.tensor([0, 2, 1, 3])[masks.flip(-1)]
    for new, old, mirror in zip(new_masks, masks, swapped, strict=True):
        assert torch.equal(new, old) or torch.equal(new, mirror)


def test_strong_moves_images_and_masks_together():
    size = 32
    masks = torch.zeros(24, size, size, dtype=torch.int64)
    masks[:, 8:20, 10:26] = 3
    images, moved = augment(
        masks[:, None].float(), masks, "strong", torch.arange(4), drawn()
    )
    assert (moved != masks).any()
    for image, mask in zip(images[:, 0], moved, strict=True):
        inside, outside = image[mask == 3], image[mask == 0]
        assert (
            inside.mean() - outside.mean() > 1.5
        )  # the square went where its label went


def test_what_comes_into_view_is_ignored_and_what_was_ignored_stays_so():
    masks = torch.full((24, 32, 32), 2)
    _, moved = augment(
        torch.ones(24, 1, 32, 32), masks, "strong", torch.arange(4), drawn()
    )
    assert set(moved.unique().tolist()) == {IGNORED, 2}
    void = torch.full((8, 32, 32), IGNORED)
    _, still = augment(
        torch.ones(8, 1, 32, 32), void, "strong", torch.arange(4), drawn()
    )
    assert (still == IGNORED).all()


@pytest.mark.parametrize("level", [name for name in LEVELS if name != "none"])
def test_all_randomness_comes_from_the_generator(level):
    first, second, other = changed(level, 0), changed(level, 0), changed(level, 1)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    assert not torch.equal(first[0], other[0])


def test_an_unknown_level_is_refused():
    with pytest.raises(
        ValueError, match="augmentation 'heavy'; one of: none, light, strong"
    ):
        changed("heavy")
