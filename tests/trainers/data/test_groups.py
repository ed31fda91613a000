"""Groups: read from file names or an index, and never on two sides of a split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from sklearn.model_selection import StratifiedGroupKFold

from sweep_trainers.data import image_folder, masks
from sweep_trainers.data.groups import check_groups, groups_of
from sweep_trainers.data.labelled_images import LabelledImages
from sweep_trainers.data.segmentation_data import fold_of, redrawn
from sweep_trainers.data.splits import Split, split
from sweep_trainers.settings.clip import ClipSettings
from sweep_trainers.settings.segmentation import SegmentationSettings

PATIENTS, PICTURES = 24, 5
PATTERN = r"pattern:(patient\d+)_"


def picture(path: Path, content: int) -> None:
    pixels = np.random.default_rng(content).integers(
        0, 255, (12, 12, 3), dtype=np.uint8
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_images(root: Path, *, twins: bool = True) -> Path:
    """Several pictures of each patient: identical, or with noise of their own."""
    for patient in range(PATIENTS):
        for number in range(PICTURES):
            content = patient if twins else patient * 100 + number
            picture(
                root / f"class{patient % 3}" / f"patient{patient:02}_{number}.png",
                content,
            )
    return root


def write_index(root: Path, rows: dict[str, str], header: str = "file,patient") -> None:
    lines = [header, *(f"{file},{group}" for file, group in rows.items())]
    (root / "index.csv").write_text("\n".join(lines) + "\n")


def patients(data: LabelledImages, indices: np.ndarray) -> set[str]:
    assert data.names is not None
    return {Path(data.names[i]).stem.split("_")[0] for i in indices}


def assert_apart(data: LabelledImages, parts: Split) -> None:
    sides = [
        patients(data, indices) for indices in (parts.train, parts.val, parts.test)
    ]
    assert sum(len(side) for side in sides) == len(set.union(*sides)) == PATIENTS
    assert all(sides)


# ------------------------------------------------------------------ image folders


@pytest.mark.parametrize("fold", [None, 0, 3])
@pytest.mark.parametrize("redraw", [None, 7])
def test_the_pictures_of_a_group_stay_together(
    tmp_path: Path, fold: int | None, redraw: int | None
) -> None:
    data = image_folder.load(write_images(tmp_path), size=8, groups=PATTERN)
    folds = None if fold is None else 4
    parts = split(
        data, fold=fold, folds=folds, redraw=redraw
    )  # refuses the twins if one is torn off
    assert_apart(data, parts)
    for indices in (parts.train, parts.val, parts.test):
        assert set(data.labels[indices]) == {0, 1, 2}


def test_folds_are_those_of_scikit_learns_stratified_group_k_fold(
    tmp_path: Path,
) -> None:
    data = image_folder.load(
        write_images(tmp_path, twins=False), size=8, groups=PATTERN
    )
    pool = np.flatnonzero(data.part != "test")
    assert data.groups is not None
    reference = StratifiedGroupKFold(4, shuffle=True, random_state=3)
    folds = list(reference.split(pool, data.labels[pool], data.groups[pool]))
    found = split(data, fold=2, folds=4, data_seed=3)
    assert found.val.tolist() == pool[folds[2][1]].tolist()


def test_a_column_of_an_index_says_the_same_as_a_pattern(tmp_path: Path) -> None:
    write_images(tmp_path)
    files = sorted(tmp_path.glob("*/*.png"))
    by_pattern = groups_of(tmp_path, files, PATTERN)
    for key in ("path", "name", "stem", "path without ending"):
        rows = {}
        for file in files:
            below = file.relative_to(tmp_path).as_posix()
            written = {
                "path": below,
                "name": file.name,
                "stem": file.stem,
                "path without ending": below.removesuffix(".png"),
            }
            rows[written[key]] = file.stem.split("_")[0]
        write_index(tmp_path, rows)
        found = groups_of(tmp_path, files, "column:patient")
        assert np.array_equal(found, by_pattern), key


def test_a_new_group_column_is_seen_by_a_process_that_keeps_the_data(
    tmp_path: Path,
) -> None:
    from sweep_trainers.data.images import load_images

    write_images(tmp_path, twins=False)
    files = [file.name for file in sorted(tmp_path.glob("*/*.png"))]
    drawn = []
    for groups in (lambda i: i // PICTURES, lambda i: i // (2 * PICTURES)):
        write_index(tmp_path, {file: f"g{groups(i)}" for i, file in enumerate(files)})
        data = load_images(f"folder:{tmp_path}", size=8, groups="column:patient")
        assert data.groups is not None
        drawn.append(len(set(data.groups.tolist())))
    assert drawn == [PATIENTS, PATIENTS // 2]


def test_a_group_in_two_given_parts_is_refused_by_file(tmp_path: Path) -> None:
    for side, patient in (("train", 1), ("train", 2), ("val", 3), ("test", 2)):
        picture(
            tmp_path / side / "cat" / f"patient{patient}_{side}.png",
            patient + len(side),
        )
    data = image_folder.load(tmp_path, size=8, groups=PATTERN)
    complaint = r"train/cat/patient2_train\.png is in train, test/cat/patient2_test\.png .* test"
    with pytest.raises(ValueError, match=complaint):
        split(data)


@pytest.mark.parametrize(
    ("groups", "complaint"),
    [
        (
            r"pattern:(nobody)?_",
            r"120 of 120 pictures .* do not match .*patient00_0\.png",
        ),
        (
            r"pattern:(nobody\d+)",
            r"120 of 120 pictures .* do not match .*patient00_0\.png",
        ),
        (
            "column:patient",
            r"needs .*index\.csv: a CSV file with the columns 'file' and 'patient'",
        ),
        ("patient", "expected pattern:<regular expression> or column:<name>"),
    ],
)
def test_groups_that_cannot_be_found_are_refused(
    tmp_path: Path, groups: str, complaint: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=complaint):
        image_folder.load(write_images(tmp_path), size=8, groups=groups)


@pytest.mark.parametrize(
    ("rows", "header", "complaint"),
    [
        (
            {"patient00_0.png": "a"},
            "file,patient",
            "has no row for 119 of 120 pictures",
        ),
        ({"patient00_0.png": ""}, "file,patient", "'patient00_0.png' has no 'patient'"),
        ({"x": "a"}, "file,subject", r"has no column 'patient'; it has: file, subject"),
        ({"x": "a"}, "image,patient", "has no column 'file'"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(
    tmp_path: Path, rows: dict[str, str], header: str, complaint: str
) -> None:
    write_index(write_images(tmp_path), rows, header)
    with pytest.raises(ValueError, match=complaint):
        image_folder.load(tmp_path, size=8, groups="column:patient")


def test_a_file_in_two_groups_is_refused(tmp_path: Path) -> None:
    write_images(tmp_path)
    (tmp_path / "index.csv").write_text("file,patient\na.png,1\na.png,2\n")
    with pytest.raises(ValueError, match=r"'a\.png' is in the groups '1' and '2'"):
        image_folder.load(tmp_path, size=8, groups="column:patient")


def test_no_groups_are_no_constraint() -> None:
    sides = {"train": np.array([0]), "val": np.array([1])}
    check_groups(None, sides, None)
    check_groups(np.array([0, 1]), sides, None)
    with pytest.raises(ValueError, match="0 is in train, 1 of the same group in val"):
        check_groups(np.array([4, 4]), sides, None)


# ------------------------------------------------------------------ masks


def write_masks(root: Path) -> Path:
    for patient in range(PATIENTS):
        for number in range(2):
            name = f"patient{patient:02}_{number}.png"
            picture(root / "images" / name, patient)
            mask = np.arange(144, dtype=np.uint8).reshape(12, 12) % 3
            (root / "masks").mkdir(exist_ok=True)
            Image.fromarray(mask).save(root / "masks" / name)
    return root


@pytest.mark.parametrize("seed", [0, 1])
def test_the_masks_of_a_group_stay_together_in_parts_folds_and_draws(
    tmp_path: Path, seed: int
) -> None:
    data = masks.load(write_masks(tmp_path), image_size=32, seed=seed, groups=PATTERN)
    divided = [
        data,
        redrawn(data, seed),
        *(fold_of(data, fold, 3, seed) for fold in range(3)),
    ]
    for each in divided:
        sides = []
        for part in (each.train, each.val, each.test):
            assert part.names is not None
            sides.append(
                {Path(name).stem.split("_")[0] for name in part.names.tolist()}
            )
        assert all(sides)
        assert sum(len(side) for side in sides) == len(set.union(*sides)) == PATIENTS


def test_a_group_in_two_given_parts_of_masks_is_refused(tmp_path: Path) -> None:
    for side in ("train", "val", "test"):
        write_masks(tmp_path / side)
    with pytest.raises(ValueError, match=r"train/images/patient00_0\.png is in train"):
        masks.load(tmp_path, image_size=32, seed=0, groups=PATTERN)


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize("settings", [ClipSettings, SegmentationSettings])
@pytest.mark.parametrize(
    ("groups", "complaint"),
    [
        (r"pattern:(a)(b)", "has 2 capture groups"),
        (r"pattern:patient\d+", "has 0 capture groups"),
        (r"pattern:(", "is not a valid regular expression"),
        ("column:", "expected pattern"),
        ("patient", "expected pattern"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_read(
    settings: type, groups: str, complaint: str
) -> None:
    data = "folder:x" if settings is ClipSettings else "masks:x"
    with pytest.raises(ValidationError, match=complaint):
        settings(data=data, groups=groups)
    assert settings(data=data, groups=PATTERN).groups == PATTERN


@pytest.mark.parametrize(
    ("settings", "data"), [(ClipSettings, "npz:x.npz"), (SegmentationSettings, "faces")]
)
def test_groups_of_data_without_files_are_refused(settings: type, data: str) -> None:
    with pytest.raises(ValidationError, match="has picture files; data is"):
        settings(data=data, groups=PATTERN)
