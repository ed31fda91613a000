"""Image and mask folders: both layouts are read, and everything wrong with them is
named before training."""

import numpy as np
import pytest
from PIL import Image

from sweep_trainers.data import masks
from sweep_trainers.data.segmentation_data import IGNORED


def write(folder, name, *, size=40, classes=3, seed=0, void=False):
    """One image and its mask; the image is bright where the class is high."""
    rng = np.random.default_rng(seed)
    mask = np.kron(
        rng.integers(0, classes, (5, 5)), np.ones((size // 5, size // 5))
    ).astype(np.uint8)
    mask[0, 0] = classes - 1
    if void:
        mask[-8:] = 255
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.stack([mask * 60] * 3, axis=2) % 255).save(
        folder / "images" / f"{name}.png"
    )
    Image.fromarray(mask).save(folder / "masks" / f"{name}.png")


@pytest.fixture
def flat(tmp_path):
    for number in range(20):
        write(tmp_path, f"{number:02}", seed=number)
    return tmp_path


def load(root, image_size=32, seed=0):
    return masks.load(root, image_size=image_size, seed=seed)


def test_a_flat_folder_is_split_by_the_seed(flat):
    data, again, other = load(flat), load(flat), load(flat, seed=1)
    assert [len(part) for part in (data.train, data.val, data.test)] == [14, 3, 3]
    assert (again.test.images == data.test.images).all()
    assert (other.test.images != data.test.images).any()
    pictures = [
        image.tobytes()
        for part in (data.train, data.val, data.test)
        for image in part.images
    ]
    assert len(set(pictures)) == 20


def test_given_splits_are_kept(tmp_path):
    for side, count in (("train", 4), ("val", 2), ("test", 1)):
        for number in range(count):
            write(tmp_path / side, str(number), seed=number)
    data = load(tmp_path)
    assert [len(part) for part in (data.train, data.val, data.test)] == [4, 2, 1]


def test_images_and_masks_are_resized_to_squares(flat):
    data = load(flat)
    assert data.train.images.shape == (14, 3, 32, 32)
    assert data.train.images.dtype == np.float32
    assert data.train.masks.shape == (14, 32, 32)
    assert set(np.unique(data.train.masks)) == {
        0,
        1,
        2,
    }  # nearest neighbour: no class between two


def test_255_is_ignored(tmp_path):
    for number in range(6):
        write(tmp_path, str(number), seed=number, void=True)
    data = load(tmp_path)
    assert (data.train.masks[:, -4:] == IGNORED).all()
    assert data.classes == ("class_0", "class_1", "class_2")


def test_classes_are_named_by_a_file(flat):
    (flat / "classes.txt").write_text("sky\nsea\nland\nship\n")
    assert load(flat).classes == ("sky", "sea", "land", "ship")


def test_a_mask_value_without_a_name_is_refused_with_its_file(flat):
    (flat / "classes.txt").write_text("sky\nsea\n")
    with pytest.raises(
        ValueError, match=r"mask .*\.png has the value 2; classes are 0 to 1"
    ):
        load(flat)


def test_a_missing_folder_is_refused_with_the_layout(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"nowhere does not exist; expected <path>/images"
    ):
        load(tmp_path / "nowhere")


def test_an_image_without_a_mask_is_refused(flat):
    (flat / "masks" / "07.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"image 07\.png .*has no mask"):
        load(flat)


def test_an_empty_set_is_refused(tmp_path):
    write(tmp_path / "train", "0")
    for side in ("val", "test"):
        for part in ("images", "masks"):
            (tmp_path / side / part).mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="no image for val, test"):
        load(tmp_path)


def test_a_colour_mask_is_refused(flat):
    Image.new("RGB", (40, 40)).save(flat / "masks" / "03.png")
    with pytest.raises(ValueError, match=r"mask .*03\.png is a RGB picture"):
        load(flat)


def test_a_mask_of_another_size_is_refused(flat):
    Image.new("L", (20, 40)).save(flat / "masks" / "03.png")
    with pytest.raises(
        ValueError, match=r"03\.png is \(20, 40\) pixels, its image \(40, 40\)"
    ):
        load(flat)


def test_a_corrupt_picture_is_refused_with_its_path(flat):
    (flat / "images" / "05.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"05\.png cannot be decoded"):
        load(flat)


def test_masks_of_a_single_class_are_refused(tmp_path):
    for number in range(6):
        write(tmp_path, str(number), classes=1, seed=number)
    with pytest.raises(ValueError, match="fewer than two classes"):
        load(tmp_path)
