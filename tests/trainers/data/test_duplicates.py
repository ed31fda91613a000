"""Exact copies of an image in two parts of a split are refused by name, unless they are allowed."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sweep.worker.local_run import LocalRun
from sweep_trainers import clip, segmentation
from sweep_trainers.data.duplicates import check_duplicates, contents_of
from sweep_trainers.data.images import load_images
from sweep_trainers.data.splits import split


def picture(path: Path, content: int) -> None:
    pixels = np.random.default_rng(content).integers(
        0, 255, (32, 32, 3), dtype=np.uint8
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@given(st.lists(st.integers(0, 5), max_size=30))
def test_equal_images_have_equal_numbers_and_others_have_not(
    contents: list[int],
) -> None:
    numbers = contents_of(np.full((2, 3), content) for content in contents)
    for a, number in zip(contents, numbers, strict=True):
        assert [other == number for other in numbers] == [b == a for b in contents]


def test_a_view_that_is_not_contiguous_is_hashed_by_its_pixels() -> None:
    image = np.arange(12).reshape(3, 4)
    assert (
        len(set(contents_of([image, image.T.copy().T, image[:, ::-1]]).tolist())) == 2
    )


def test_the_message_names_the_first_copies_and_counts_the_rest() -> None:
    contents = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3])
    sides = {"train": np.arange(5), "val": np.arange(5, 7), "test": np.arange(7, 9)}
    with pytest.raises(ValueError, match="4 images have an exact copy") as refusal:
        check_duplicates(contents, sides, [f"{i}.png" for i in range(9)])
    message = str(refusal.value)
    assert (
        "0.png (train) = 5.png (val); 1.png (train) = 6.png (val); 2.png (train) = 7.png"
        in message
    )
    assert "and 1 more" in message
    assert "`duplicate_images: allow`" in message


def test_copies_within_a_part_are_no_leak() -> None:
    sides = {"train": np.array([0, 1]), "val": np.array([2])}
    check_duplicates(np.array([0, 0, 1]), sides, None)


def test_a_copy_in_another_format_is_found(tmp_path: Path) -> None:
    for side, number in (("train", 1), ("train", 2), ("val", 3), ("test", 4)):
        picture(tmp_path / side / "cat" / f"{number}.png", number)
    with Image.open(tmp_path / "train" / "cat" / "2.png") as image:
        image.save(tmp_path / "test" / "cat" / "other_name.bmp")
    data = load_images(f"folder:{tmp_path}", size=16)
    with pytest.raises(
        ValueError, match=r"train/cat/2\.png \(train\) = test/cat/other_name\.bmp"
    ):
        split(data)
    assert len(split(data, duplicate_images="allow").test) == 2


def test_copies_in_an_array_file_are_refused_by_number(tmp_path: Path) -> None:
    images = np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4)
    arrays = {}
    for part in ("train", "val", "test"):
        arrays |= {f"{part}_images": images, f"{part}_labels": np.arange(6) % 2}
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(ValueError, match=r"image 0 \(train\) = image 6 \(val\)"):
        split(load_images(f"npz:{tmp_path / 'set.npz'}"))


def test_the_clip_trainer_refuses_them_and_can_be_told_not_to(tmp_path: Path) -> None:
    for number in range(40):
        picture(
            tmp_path / "data" / f"class{number % 2}" / f"{number}.png", number // 10
        )
    config = {
        "data": f"folder:{tmp_path / 'data'}",
        "img_size": 8,
        "epochs": 1,
        "width": 4,
    }
    with pytest.raises(ValueError, match="have an exact copy in another part"):
        clip.train(config, LocalRun(tmp_path / "refused"))
    clip.train({**config, "duplicate_images": "allow"}, LocalRun(tmp_path / "allowed"))


@pytest.mark.parametrize("fold", [None, 0])
@pytest.mark.parametrize("how", ["fixed", "by_seed"])
def test_the_segmentation_trainer_refuses_them(
    tmp_path: Path, fold: int | None, how: str
) -> None:
    root = tmp_path / "data"
    for number in range(20):
        picture(root / "images" / f"{number}.png", number // 10)
        (root / "masks").mkdir(exist_ok=True)
        mask = np.arange(1024, dtype=np.uint8).reshape(32, 32) % 3
        Image.fromarray(mask).save(root / "masks" / f"{number}.png")
    config = {
        "data": f"masks:{root}",
        "split": how,
        "image_size": 32,
        "epochs": 1,
        "width": 4,
        "depth": 1,
    }
    folds = None if fold is None else 3
    with pytest.raises(ValueError, match=r"images/\d+\.png \(train\) = images/"):
        segmentation.train(
            config, LocalRun(tmp_path / "refused", fold=fold, folds=folds)
        )
    allowed = LocalRun(tmp_path / "allowed", fold=fold, folds=folds)
    segmentation.train({**config, "duplicate_images": "allow"}, allowed)


def test_the_bundled_digits_have_none() -> None:
    for fold in (None, 0):
        split(load_images("digits"), fold=fold, folds=None if fold is None else 5)


def test_hashing_is_quick() -> None:
    images = np.random.default_rng(0).integers(
        0, 255, (5000, 3, 32, 32), dtype=np.uint8
    )
    seconds = []
    for _ in range(3):  # the best of three: another process may slow any of them
        began = time.process_time()
        contents_of(images)
        seconds.append(time.process_time() - began)
    assert min(seconds) < 1.0
