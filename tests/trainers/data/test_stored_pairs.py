"""Images with masks in memory, mapped, or decoded as they are needed: the same numbers, and a
trial that goes on from any epoch as if it had never stopped."""

from __future__ import annotations

import json
import shutil
import warnings

import numpy as np
import orjson
import pytest
from PIL import Image
from pydantic import ValidationError

from sweep.worker.local_run import LocalRun
from sweep_trainers import segmentation
from sweep_trainers.data import cached_arrays, kept, masks
from sweep_trainers.data.preloading import single_threaded
from sweep_trainers.data.segmentation_data import fold_of, joined, redrawn
from sweep_trainers.data.stored_pairs import StoredSplit
from sweep_trainers.settings.segmentation import SegmentationSettings

SIDE = 32
ON_DISK = ("mapped", "files")
STORES = ("memory", *ON_DISK)


def write_pair(root, name, mask, image=None):
    """A mask file, and an image that shows it with some noise."""
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True, exist_ok=True)
    if image is None:
        noise = np.random.default_rng(int(name)).integers(0, 50, (*mask.shape, 3))
        image = (mask[..., None] % 4 * 50 + noise).astype("u1")
    Image.fromarray(image).save(root / "images" / f"{name}.png")
    Image.fromarray(mask).save(root / "masks" / f"{name}.png")


def a_mask(number):
    """Blocks of three classes, and a strip that is ignored."""
    blocks = np.random.default_rng(number).integers(0, 3, (5, 4))
    mask = np.kron(blocks, np.ones((8, 9))).astype("u1")
    mask[-4:] = 255
    return mask


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("scans")
    for number in range(14):
        write_pair(root, str(number), a_mask(number))
    return root


@pytest.fixture
def folder(tmp_path, written):
    """A copy that a test may change."""
    return shutil.copytree(written, tmp_path / "scans")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cached_arrays, "_checked", {})
    monkeypatch.setattr(kept, "_kept", {})


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Images this small are trained on fastest so, above all beside other programs."""
    with single_threaded():
        yield


@pytest.fixture(autouse=True)
def forks_are_quiet():
    """Python warns of every fork of a process with threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def load(root, store, **options):
    return masks.load(root, image_size=SIDE, seed=0, store=store, **options)


def config_of(root, store, workers=0):
    return {
        "data": f"masks:{root}",
        "image_size": SIDE,
        "epochs": 2,
        "batch_size": 3,
        "width": 2,
        "depth": 1,
        "augmentation": "strong",
        "image_store": store,
        "num_workers": workers,
    }


def metrics_of(run):
    lines = (run.folder / "history.jsonl").read_bytes().splitlines()
    return [
        {
            name: value
            for name, value in orjson.loads(line).items()
            if name.startswith(("val/", "test/", "train/"))
        }
        for line in lines
    ]


def trained(folder, root, store, workers=0):
    run = LocalRun(folder)
    segmentation.train(config_of(root, store, workers), run)
    return metrics_of(run), json.loads((folder / "data.json").read_text())


@pytest.fixture(scope="module")
def in_memory(tmp_path_factory, written):
    return trained(tmp_path_factory.mktemp("memory"), written, "memory")


@pytest.mark.parametrize(
    ("store", "workers"), [("memory", 2), ("mapped", 2), ("files", 0), ("files", 2)]
)
def test_a_trial_is_the_same_to_the_last_bit_wherever_its_images_are(
    tmp_path, written, in_memory, store, workers
):
    metrics, _ = in_memory
    assert metrics[-1]["train/loss"] > 0
    assert trained(tmp_path / "trial", written, store, workers) == in_memory


@pytest.mark.parametrize("store", STORES)
def test_a_trial_that_stopped_goes_on_to_the_same_bits(
    tmp_path, written, in_memory, store
):
    config = config_of(written, store)
    segmentation.train(config, LocalRun(tmp_path, on_report=lambda _: True))
    assert len(metrics_of(LocalRun(tmp_path))) == 1
    segmentation.train(config, LocalRun(tmp_path))
    assert metrics_of(LocalRun(tmp_path)) == in_memory[0]


@pytest.mark.parametrize("store", ON_DISK)
def test_splits_classes_and_copies_are_those_of_the_images_in_memory(folder, store):
    shutil.copy(folder / "images" / "0.png", folder / "images" / "1.png")
    (folder / "classes.txt").write_text("sky\nsea\nland\nship\n")
    for change in (lambda d: d, lambda d: fold_of(d, 1, 3, 0), lambda d: redrawn(d, 7)):
        expected, data = change(load(folder, "memory")), change(load(folder, store))
        assert data.classes == expected.classes
        assert data.small_classes == expected.small_classes
        assert data.pixel_counts().tolist() == expected.pixel_counts().tolist()
        for side in ("train", "val", "test"):
            part, same = getattr(data, side), getattr(expected, side)
            assert isinstance(part, StoredSplit)
            assert part.names.tolist() == same.names.tolist()
            assert part.groups.tolist() == same.groups.tolist()
        pools = [joined(d.train, d.val, d.test).contents for d in (data, expected)]
        equal = [pool[:, None] == pool[None] for pool in pools]
        assert (equal[0] == equal[1]).all()
        assert len(set(pools[0].tolist())) == 13


def test_all_data_seeds_map_one_file_and_a_changed_mask_another(folder, tmp_path):
    def arrays():
        return sorted((tmp_path / "cache" / "sweep-trainers").glob("*.npy"))

    first = load(folder, "mapped").train.pairs.pixels
    assert isinstance(first, np.memmap)
    assert not first.flags.writeable
    files = arrays()
    masks.load(folder, image_size=SIDE, seed=5, store="mapped")
    assert arrays() == files
    write_pair(folder, "3", np.flip(a_mask(3), axis=0).copy())
    second = load(folder, "mapped").train.pairs.pixels
    assert not np.array_equal(first, second)


def test_a_damaged_cache_is_noticed_and_made_again(folder, tmp_path, monkeypatch):
    first = np.array(load(folder, "mapped").train.pairs.pixels)
    for file in (tmp_path / "cache" / "sweep-trainers").glob("*.npy"):
        damaged = bytearray(file.read_bytes())
        damaged[-1] ^= 1
        file.write_bytes(damaged)
    monkeypatch.setattr(cached_arrays, "_checked", {})
    with pytest.warns(UserWarning, match="is not what was written to it"):
        again = load(folder, "mapped").train.pairs
    assert np.array_equal(again.pixels, first)
    assert again.counts.sum() == 14 * SIDE * SIDE


@pytest.mark.parametrize("store", ON_DISK)
class TestRefused:
    @pytest.mark.parametrize("workers", [0, 2])
    def test_a_broken_file_before_training(self, folder, store, workers):
        (folder / "masks" / "5.png").write_bytes(b"no picture")
        with pytest.raises(ValueError, match=r"masks/5\.png cannot be decoded"):
            load(folder, store, workers=workers)

    def test_a_value_without_a_class(self, folder, store):
        (folder / "classes.txt").write_text("sky\nsea\n")
        with pytest.raises(
            ValueError, match=r"mask .*\.png has the value 2; classes are 0 to 1"
        ):
            load(folder, store)

    def test_a_value_that_no_byte_holds(self, folder, store):
        write_pair(
            folder, "3", np.full((40, 36), 300, "u2"), np.zeros((40, 36, 3), "u1")
        )
        with pytest.raises(
            ValueError, match=r"3\.png has the value 300; .*choose image_store memory"
        ):
            load(folder, store)

    def test_masks_of_one_class(self, tmp_path, store):
        for number in range(4):
            write_pair(tmp_path / "one", str(number), np.zeros((32, 32), "u1"))
        with pytest.raises(ValueError, match="fewer than two classes"):
            load(tmp_path / "one", store)

    def test_copies_in_two_parts(self, folder, tmp_path, store):
        for number in range(1, 14):
            shutil.copy(
                folder / "images" / "0.png", folder / "images" / f"{number}.png"
            )
        with pytest.raises(ValueError, match="have an exact copy in another part"):
            segmentation.train(config_of(folder, store), LocalRun(tmp_path / "trial"))

    def test_data_that_are_no_files(self, store):
        with pytest.raises(
            ValidationError, match="only data masks:<path> has image files"
        ):
            SegmentationSettings.model_validate({"image_store": store})

    def test_a_cache_that_cannot_be_written(self, folder, tmp_path, monkeypatch, store):
        (tmp_path / "a file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
        with pytest.raises(ValueError, match=r"cannot be kept .*set XDG_CACHE_HOME"):
            load(folder, store)


def test_a_plan_says_what_images_and_masks_take_without_reading_them(folder):
    (folder / "images" / "5.png").write_bytes(b"no picture")
    mapped = segmentation.memory(config_of(folder, "mapped"))
    assert mapped.startswith("images and masks: 57.3 kB (14 × 4 × 32 × 32 bytes)")
    assert "all trials of a machine map" in mapped
    files = segmentation.memory(config_of(folder, "files", workers=3))
    assert "decoded as needed by 3 processes of each trial" in files


def test_a_plan_says_what_images_in_memory_take(written):
    sentence = segmentation.memory(config_of(written, "memory"))
    assert sentence.startswith("images and masks: 0.3 MB (14 images) in memory")
