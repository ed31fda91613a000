"""Image data from the user's disk: read as written, or refused with path and layout
before anything trains."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sweep_trainers.data.idx_images import FILES
from sweep_trainers.data.images import load_images

SHADES = {"bright": 200, "dark": 20}


def write_folder(root: Path, per_class: int = 8) -> Path:
    for name, shade in SHADES.items():
        (root / name).mkdir(parents=True)
        for i in range(per_class):
            Image.new("L", (12, 10), shade).save(root / name / f"{i}.png")
    return root


def arrays(n: int = 20, side: int = 6) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    content: dict[str, np.ndarray] = {}
    for part, count in (("train", n), ("val", n // 2), ("test", n // 2)):
        labels = np.arange(count) % 2
        shades = labels[:, None, None] * 100 + rng.integers(0, 50, (count, side, side))
        content[f"{part}_images"] = shades.astype("u1")
        content[f"{part}_labels"] = labels[:, None].astype("u1")
    return content


def write_idx(root: Path, *, compressed: bool) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    root.mkdir()
    written = {}
    for name, count in zip(FILES, (40, 40, 10, 10), strict=True):
        array = (
            rng.integers(0, 255, (count, 5, 4), "u1")
            if "images" in name
            else (np.arange(count) % 4).astype("u1")
        )
        raw = (
            bytes([0, 0, 8, array.ndim])
            + struct.pack(f">{array.ndim}I", *array.shape)
            + array.tobytes()
        )
        (root / (f"{name}.gz" if compressed else name)).write_bytes(
            gzip.compress(raw) if compressed else raw
        )
        written[name] = array
    return written


# ------------------------------------------------------------------ folders


@pytest.mark.parametrize("workers", [0, 2])
def test_a_folder_by_class_is_read_and_split(tmp_path: Path, workers: int) -> None:
    data = load_images(
        f"folder:{write_folder(tmp_path / 'photos')}", size=8, workers=workers
    )
    assert data.classes == ("bright", "dark")
    assert data.images.shape == (16, 3, 8, 8)
    shades = {
        data.classes[c]: set(data.images[data.labels == c].flatten().tolist())
        for c in (0, 1)
    }
    assert shades == {name: {shade} for name, shade in SHADES.items()}
    assert {part: int((data.part == part).sum()) for part in ("val", "test")} == {
        "val": 2,
        "test": 2,
    }


def test_a_folder_that_comes_split_keeps_its_parts(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("val", 2), ("test", 1)):
        write_folder(tmp_path / part, count)
    data = load_images(f"folder:{tmp_path}")
    assert data.images.shape == (12, 3, 64, 64)
    assert [int((data.part == part).sum()) for part in ("train", "val", "test")] == [
        6,
        4,
        2,
    ]


def test_a_missing_or_empty_folder_is_refused_with_the_layout(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError,
        match=r"nowhere does not exist; expected <path>/<class>/<image>",
    ):
        load_images(f"folder:{tmp_path / 'nowhere'}")
    with pytest.raises(FileNotFoundError, match="holds no images"):
        load_images(f"folder:{tmp_path}")


def test_a_folder_too_small_to_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no image in val and test"):
        load_images(f"folder:{write_folder(tmp_path / 'few', 2)}")


def test_an_image_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    broken = write_folder(tmp_path / "photos") / "dark" / "3.png"
    broken.write_bytes(broken.read_bytes()[:40])
    with pytest.raises(ValueError, match=r"dark/3\.png cannot be decoded"):
        load_images(f"folder:{tmp_path / 'photos'}")


# --------------------------------------------------------------------- .npz


def test_an_npz_file_is_read_as_it_is(tmp_path: Path) -> None:
    content = arrays()
    np.savez(tmp_path / "set.npz", **content)
    data = load_images(f"npz:{tmp_path / 'set.npz'}")
    assert np.array_equal(data.images[data.part == "val"][:, 0], content["val_images"])
    assert np.array_equal(
        data.labels[data.part == "test"], content["test_labels"][:, 0]
    )
    assert data.classes == ("0", "1")


def test_an_npz_file_without_val_gives_some_of_train(tmp_path: Path) -> None:
    content = {
        name: array for name, array in arrays().items() if not name.startswith("val")
    }
    colour = {
        name: np.stack([a] * 3, -1) if "images" in name else a[:, 0]
        for name, a in content.items()
    }
    np.savez(tmp_path / "set.npz", class_names=np.array(["a", "b"]), **colour)
    data = load_images(f"npz:{tmp_path / 'set.npz'}")
    assert data.images.shape[1] == 3
    assert int((data.part == "val").sum()) == 4  # 15 % of 10, rounded, of each class
    assert data.classes == ("a", "b")


def without(name: str) -> dict[str, np.ndarray]:
    return {key: array for key, array in arrays().items() if key != name}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (without("test_images"), "has no test_images"),
        (without("train_labels"), "has train_images but no train_labels"),
        (
            arrays() | {"train_images": np.zeros((20, 6, 6))},
            r"train_images is float64 \(20, 6, 6\)",
        ),
        (arrays() | {"train_labels": np.zeros((20, 3), "u1")}, "one class per image"),
        (
            arrays() | {"train_labels": np.zeros((19, 1), "u1")},
            "20 train_images but 19 train_labels",
        ),
        (
            arrays() | {"train_labels": np.full((20, 1), -1)},
            "holds -1; classes are numbered from 0",
        ),
        (arrays() | {"val_images": np.zeros((10, 7, 7), "u1")}, "differ in shape"),
        (
            arrays() | {"class_names": np.array(["a"])},
            "class_names holds 1 names, labels go up to 1",
        ),
        (arrays() | {"train_images": np.array([{}] * 20)}, "not a sound .npz file"),
    ],
)
def test_an_npz_file_of_another_layout_is_refused(
    tmp_path: Path, content: dict[str, np.ndarray], complaint: str
) -> None:
    np.savez(tmp_path / "set.npz", **content)
    with pytest.raises(ValueError, match=complaint) as refusal:
        load_images(f"npz:{tmp_path / 'set.npz'}")
    assert str(tmp_path / "set.npz") in str(refusal.value)


def test_a_missing_or_torn_npz_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    with pytest.raises(
        FileNotFoundError,
        match=r"set\.npz does not exist; expected arrays train_images",
    ):
        load_images(f"npz:{path}")
    np.savez(path, **arrays())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match=r"not a sound \.npz file"):
        load_images(f"npz:{path}")


# ---------------------------------------------------------------------- IDX


@pytest.mark.parametrize("compressed", [False, True])
def test_idx_files_are_read_plain_or_gzipped(tmp_path: Path, compressed: bool) -> None:
    written = write_idx(tmp_path / "mnist", compressed=compressed)
    data = load_images(f"idx:{tmp_path / 'mnist'}")
    assert np.array_equal(
        data.images[data.part == "test"][:, 0], written["t10k-images-idx3-ubyte"]
    )
    assert np.array_equal(data.labels[:40], written["train-labels-idx1-ubyte"])
    assert (
        int((data.part == "val").sum()) == 8
    )  # 15 % of 10, rounded, of each of four classes


def test_a_missing_idx_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match="does not exist; expected a folder with train-images"
    ):
        load_images(f"idx:{tmp_path / 'mnist'}")
    write_idx(tmp_path / "mnist", compressed=False)
    (tmp_path / "mnist" / FILES[3]).unlink()
    with pytest.raises(FileNotFoundError, match=FILES[3]):
        load_images(f"idx:{tmp_path / 'mnist'}")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda raw: raw[:-1], "799 bytes of data, its header promises 800"),
        (lambda raw: b"\x00\x00\x0d\x03" + raw[4:], "starts with 00000d03"),
        (lambda raw: raw[:6], "an IDX file of 3-d bytes"),
        (
            lambda raw: raw[:4] + struct.pack(">I", 39) + raw[8:16] + raw[16:-20],
            "39 train images but 40 labels",
        ),
    ],
)
def test_a_damaged_idx_file_is_refused(
    tmp_path: Path, damage: object, complaint: str
) -> None:
    write_idx(tmp_path / "mnist", compressed=False)
    path = tmp_path / "mnist" / FILES[0]
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ValueError, match=complaint):
        load_images(f"idx:{tmp_path / 'mnist'}")


def test_a_torn_gzip_file_is_refused(tmp_path: Path) -> None:
    write_idx(tmp_path / "mnist", compressed=True)
    path = tmp_path / "mnist" / f"{FILES[0]}.gz"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match="not a sound gzip file"):
        load_images(f"idx:{tmp_path / 'mnist'}")


def test_an_unknown_kind_of_data_is_refused() -> None:
    with pytest.raises(ValueError, match="expected digits, folder:<path>"):
        load_images("tar:/somewhere")
