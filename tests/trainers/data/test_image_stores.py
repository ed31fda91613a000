"""Images in memory, mapped, or decoded as they are needed: the same numbers, whoever
decodes them."""

from __future__ import annotations

import os
import warnings

import numpy as np
import orjson
import pytest
from PIL import Image

from sweep.worker.local_run import LocalRun
from sweep_trainers import clip
from sweep_trainers.data import cached_arrays
from sweep_trainers.data.images import load_images, stored

STORES = ("memory", "mapped", "files")
PER_CLASS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for name, shade in (("bright", 150), ("dark", 20)):
        (root / name).mkdir()
        for i in range(PER_CLASS):
            pixels = (shade + rng.integers(0, 60, (12, 10, 3))).astype("u1")
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    return root


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cached_arrays, "_checked", {})


def reported(tmp_path, folder, store, workers):
    config = {
        "data": f"folder:{folder}",
        "img_size": 16,
        "epochs": 2,
        "batch_size": 5,
        "width": 4,
        "embedding_dim": 8,
        "image_store": store,
        "num_workers": workers,
    }
    run = LocalRun(tmp_path / f"{store}-{workers}")
    with (
        warnings.catch_warnings()
    ):  # Python warns of every fork of a process with threads
        warnings.simplefilter("ignore", DeprecationWarning)
        clip.train(config, run)
    lines = [
        orjson.loads(x)
        for x in (run.folder / "history.jsonl").read_bytes().splitlines()
    ]
    return [
        {k: v for k, v in line.items() if k.startswith(("val/", "train/"))}
        for line in lines
    ]


@pytest.mark.parametrize(
    ("store", "workers"), [("mapped", 0), ("mapped", 2), ("files", 0), ("files", 2)]
)
def test_a_trial_is_the_same_to_the_last_bit_wherever_its_images_are(
    tmp_path, folder, store, workers
):
    in_memory = reported(tmp_path, folder, "memory", 0)
    assert in_memory[-1]["train/loss"] > 0
    assert reported(tmp_path, folder, store, workers) == in_memory


@pytest.mark.parametrize("store", STORES)
def test_copies_are_found_wherever_the_images_are(tmp_path, folder, store):
    images = load_images(f"folder:{folder}", size=16, store=store)
    assert len(set(images.contents)) == 2 * PER_CLASS
    assert len(images.content_hash) == 64


def test_decoded_images_are_mapped_read_only_and_decoded_again_when_a_file_changes(
    tmp_path, folder
):
    first = load_images(f"folder:{folder}", size=16, store="mapped")
    assert isinstance(first.images, np.memmap)
    assert not first.images.flags.writeable
    changed = folder / "dark" / "0.png"
    Image.new("RGB", (12, 10), (9, 9, 9)).save(changed)
    os.utime(changed, ns=(1, 1))
    second = load_images(f"folder:{folder}", size=16, store="mapped")
    assert not np.array_equal(first.images, second.images)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_file_that_cannot_be_decoded_is_named(tmp_path, folder, workers):
    broken = tmp_path / "pictures"
    for name in ("bright", "dark"):
        (broken / name).mkdir(parents=True)
        for file in (folder / name).iterdir():
            (broken / name / file.name).write_bytes(file.read_bytes())
    (broken / "dark" / "3.png").write_bytes(b"no picture")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with pytest.raises(ValueError, match=r"dark/3.png cannot be decoded"):
            load_images(f"folder:{broken}", size=16, store="mapped", workers=workers)


def test_a_plan_says_what_the_images_take(folder):
    data = f"folder:{folder}"
    assert stored(data, 16, "memory", 0).startswith(
        "images: 18.4 kB (24 × 3 × 16 × 16 bytes)"
    )
    assert "all trials of a machine map" in stored(data, 16, "mapped", 0)
    assert "by 4 processes of each trial" in stored(data, 16, "files", 4)
