"""The long-tailed digits: proportions, disjoint parts, and independence of everything
but the data seed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from sweep_trainers.data import digits
from sweep_trainers.data.images import load_images
from sweep_trainers.data.splits import Split, class_counts, split


def pictures(indices: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in digits.load().images[indices]}


def test_the_training_set_has_the_proportions_of_the_skin_lesion_set() -> None:
    data = load_images("digits")
    counts = class_counts(data, split(data).train)
    expected = np.array([6705, 1113, 1099, 514, 327, 142, 115]) * counts[0] / 6705
    assert np.abs(counts - expected).max() <= 0.5
    assert counts.max() / counts.min() == pytest.approx(58, rel=0.01)


def test_validation_and_test_measure_every_class_on_enough_images() -> None:
    data = load_images("digits")
    parts = split(data)
    assert class_counts(data, parts.val).tolist() == [digits.VAL_PER_CLASS] * 7
    assert class_counts(data, parts.test).tolist() == [digits.TEST_PER_CLASS] * 7


@pytest.mark.parametrize("fold", [None, 0, 4])
def test_no_image_is_in_two_parts(fold: int | None) -> None:
    parts = split(load_images("digits"), fold=fold, folds=None if fold is None else 5)
    train, val, test = (pictures(part) for part in (parts.train, parts.val, parts.test))
    assert not train & val
    assert not train & test
    assert not val & test


def test_a_class_is_the_digit_it_is_named_after() -> None:
    scans = load_digits()
    pixels = np.round(scans.images * (255 / 16)).astype(np.uint8)
    originals = {
        image.tobytes(): digit
        for image, digit in zip(pixels, scans.target, strict=True)
    }
    data = load_images("digits")
    for image, label in zip(data.images, data.labels, strict=True):
        assert originals[image[0].tobytes()] == digits.CLASSES[data.classes[label]]


def test_the_scans_are_those_of_scikit_learn() -> None:
    images, shown = digits.scans.__wrapped__()
    theirs = load_digits()
    assert np.array_equal(images, theirs.images)
    assert np.array_equal(shown, theirs.target)
    assert (images.dtype, shown.dtype) == (theirs.images.dtype, theirs.target.dtype)


def test_scikit_learn_is_asked_where_its_file_has_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = load_digits()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    images, shown = digits.scans.__wrapped__()  # past its cache
    assert np.array_equal(images, theirs.images)
    assert np.array_equal(shown, theirs.target)


def test_scikit_learn_is_not_imported_for_a_trial_on_the_fixed_split() -> None:
    code = (
        "import sys; from pathlib import Path; from sweep_trainers import clip, fusion,"
        " segmentation; from sweep_trainers.data.images import load_images; from"
        " sweep_trainers.data.splits import split; split(load_images('digits')); assert"
        " 'sklearn' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3]
    )


def test_the_data_seed_alone_decides() -> None:
    def indices(data_seed: int) -> Split:
        return split(digits.load(data_seed), data_seed=data_seed)

    np.random.seed(1)  # noqa: NPY002 - must not matter
    assert np.array_equal(indices(0).train, indices(0).train)
    assert not np.array_equal(digits.load(0).images, digits.load(1).images)


def test_images_are_resized_on_request() -> None:
    assert load_images("digits", size=16).images.shape[1:] == (1, 16, 16)
    assert load_images("digits").images.shape[1:] == (1, 8, 8)
