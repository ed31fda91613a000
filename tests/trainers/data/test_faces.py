"""The synthetic faces: class shares as promised, and the same faces from the same seed."""

import numpy as np
import pytest

from sweep_trainers.data import faces
from sweep_trainers.data.segmentation_data import pixel_counts

SIZES = {"train": 12, "val": 3, "test": 5}


@pytest.fixture(scope="module")
def data():
    return faces.load(image_size=64, **SIZES, seed=0)


def test_the_shares_are_those_of_the_task():
    assert sum(faces.SHARES.values()) == pytest.approx(100)
    assert len(faces.SHARES) == 19
    assert faces.SHARES["background"] == 65
    assert (
        min(faces.SHARES.values())
        == faces.SHARES["left_eye"]
        == faces.SHARES["right_eye"]
    )
    assert faces.SHARES["background"] / faces.SHARES["left_eye"] == pytest.approx(325)


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize("image_size", [32, 64])
def test_every_set_has_the_shares_to_the_pixel(side, image_size):
    split = getattr(faces.load(image_size=image_size, **SIZES, seed=3), side)
    pixels = split.masks.size
    expected = [share / 100 * pixels for share in faces.SHARES.values()]
    # Each class is rounded to whole pixels; the background has what the 18 roundings leave.
    assert pixel_counts(split.masks, 19)[1:] == pytest.approx(expected[1:], abs=0.5)
    assert pixel_counts(split.masks, 19)[0] == pytest.approx(expected[0], abs=9)


def test_every_class_is_in_every_set_even_of_one_face():
    lonely = faces.load(image_size=64, train=1, val=1, test=1, seed=0)
    assert all(
        (pixel_counts(split.masks, 19) > 0).all()
        for split in (lonely.train, lonely.val, lonely.test)
    )


def test_accessories_are_worn_by_some(data):
    for name, share in faces.WORN_BY.items():
        worn = (data.train.masks == faces.CLASSES.index(name)).any(axis=(1, 2)).sum()
        assert worn == max(1, round(share * SIZES["train"]))


def test_shapes_and_types(data):
    assert data.train.images.shape == (12, 3, 64, 64)
    assert data.train.images.dtype == np.float32
    assert data.train.masks.shape == (12, 64, 64)
    assert data.train.masks.dtype == np.int64
    assert np.isfinite(data.train.images).all()


def test_images_are_about_standardized(data):
    assert abs(data.train.images.mean()) < 0.5
    assert 0.5 < data.train.images.std() < 1.5


def test_the_seed_fixes_everything(data):
    again, other = (faces.load(image_size=64, **SIZES, seed=seed) for seed in (0, 1))
    assert (again.train.images == data.train.images).all()
    assert (again.test.masks == data.test.masks).all()
    assert (other.train.masks != data.train.masks).any()


def test_a_set_does_not_depend_on_the_size_of_another(data):
    more = faces.load(
        image_size=64, train=2, val=SIZES["val"], test=SIZES["test"], seed=0
    )
    assert (more.val.images == data.val.images).all()
    assert (more.test.images == data.test.images).all()


def test_the_sets_share_no_face(data):
    pictures = [
        image.tobytes()
        for split in (data.train, data.val, data.test)
        for image in split.images
    ]
    assert len(set(pictures)) == len(pictures)


def test_the_left_eye_is_left_of_the_right_eye(data):
    columns = np.arange(64)

    def middle(name):
        mask = data.train.masks == faces.CLASSES.index(name)
        return (mask * columns).sum(axis=(1, 2)) / mask.sum(axis=(1, 2))

    assert (middle("left_eye") < middle("right_eye")).all()


def test_it_is_called_synthetic(data):
    assert data.description.startswith("SYNTHETIC")
    assert "SYNTHETIC" in faces.__doc__


@pytest.mark.parametrize("wrong", [{"image_size": 16}, {"train": 0}, {"test": 0}])
def test_pictures_too_small_and_empty_sets_are_refused(wrong):
    with pytest.raises(ValueError, match="faces need"):
        faces.load(**{"image_size": 64, **SIZES, "seed": 0, **wrong})
