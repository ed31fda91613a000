# ruff: noqa: NPY002  (trainers may use NumPy's legacy generator, so it is carried)
"""Checkpoints: whatever happens to the process or the disk, what is loaded is what was
saved, or an older whole one."""

import errno
import hashlib
import os
import pickle
import random

import numpy as np
import orjson
import pytest
import torch

from sweep import durable
from sweep.errors import CannotWrite, CheckpointDamaged
from sweep.worker.checkpoint import Checkpoints, random_states, read, set_random_states


def state(epoch):
    return {
        "epoch": epoch,
        "weights": torch.full((3, 2), float(epoch)),
        "steps": [1, 2.5, "text", None, {"a": True}],
    }


@pytest.fixture
def notices():
    return []


@pytest.fixture
def kept(tmp_path, notices):
    """Three epochs saved."""
    checkpoints = Checkpoints(tmp_path, notices.append)
    for epoch in range(3):
        checkpoints.save(epoch, state(epoch))
    return checkpoints


def reopened(tmp_path, notices):
    return Checkpoints(tmp_path, notices.append)


def epoch_loaded(checkpoints, **limits):
    """The loaded epoch, after a look at whether its contents are that epoch's and whole."""
    loaded = checkpoints.load(**limits)
    if loaded is None:
        return None
    epoch, found = loaded
    assert torch.equal(found.pop("weights"), state(epoch)["weights"])
    assert {k: v for k, v in found.items() if k != "weights"} == {
        k: v for k, v in state(epoch).items() if k != "weights"
    }
    return epoch


# --------------------------------------------------------------------------- round trip


def test_the_newest_checkpoint_is_loaded_also_by_another_process(
    kept, tmp_path, notices
):
    assert epoch_loaded(kept) == epoch_loaded(reopened(tmp_path, notices)) == 2
    assert notices == []


def test_a_fresh_trial_has_none(tmp_path):
    assert Checkpoints(tmp_path).load() is None
    assert Checkpoints(tmp_path).epochs == []


def test_a_checkpoint_after_the_studys_last_epoch_is_not_used(kept):
    assert epoch_loaded(kept, at_most=1) == 1
    assert epoch_loaded(kept, at_most=-1) is None


def test_the_links_name_the_latest_and_the_best(kept, tmp_path):
    kept.mark_best(1)
    folder = tmp_path / "checkpoints"
    assert (folder / "latest.pt").resolve() == kept.path(2)
    assert (folder / "best.pt").resolve() == kept.path(1)
    assert torch.load(folder / "best.pt", weights_only=True)["epoch"] == 1


def test_only_what_is_kept_stays(kept, tmp_path, notices):
    kept.keep([2, 0])
    assert kept.epochs == reopened(tmp_path, notices).epochs == [0, 2]
    assert not kept.path(1).exists()
    assert kept.path(0).exists()


def test_a_folder_that_is_moved_is_still_whole(kept, tmp_path, notices):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (tmp_path / "checkpoints").rename(moved / "checkpoints")
    assert epoch_loaded(reopened(moved, notices)) == 2
    assert (moved / "checkpoints" / "latest.pt").is_file()


def test_checkpoints_that_torch_alone_wrote_are_read_as_ever(tmp_path, notices):
    (folder := tmp_path / "checkpoints").mkdir()
    torch.save(state(4), folder / "epoch-00004.pt")
    (folder / "index.json").write_bytes(
        orjson.dumps({"4": digest(folder / "epoch-00004.pt")})
    )
    older = reopened(tmp_path, notices)
    assert older.epochs == [4]
    loaded = older.load()
    assert torch.equal(loaded[1]["weights"], state(4)["weights"])


def test_the_hash_returned_is_that_of_the_file(tmp_path):
    for epoch, size in enumerate(
        (1, 100_000, 3_000_000)
    ):  # gathered, and written at once
        checkpoints = Checkpoints(tmp_path)
        told = checkpoints.save(epoch, {"weights": torch.zeros(size)})
        assert told == digest(checkpoints.path(epoch))


# --------------------------------------------------------------------------- damage


def truncate(path):
    path.write_bytes(path.read_bytes()[:-10])


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        flip_a_bit,
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
    ],
)
def test_a_damaged_checkpoint_is_skipped_for_the_one_before_and_named(
    kept, tmp_path, notices, damage
):
    damage(kept.path(2))
    assert epoch_loaded(reopened(tmp_path, notices)) == 1
    (notice,) = notices
    assert str(kept.path(2)) in notice
    assert "the checkpoint before it is used" in notice


def test_with_every_checkpoint_damaged_there_is_none_and_each_is_named(
    kept, tmp_path, notices
):
    for epoch in range(3):
        truncate(kept.path(epoch))
    assert epoch_loaded(reopened(tmp_path, notices)) is None
    assert len(notices) == 3


def test_the_studys_hash_takes_precedence_over_the_folders(kept, tmp_path, notices):
    expected = {2: "0" * 64}
    assert epoch_loaded(reopened(tmp_path, notices), expected=expected) == 1
    assert "does not match its hash" in notices[0]


@pytest.mark.parametrize("index", [b"", b"{", b"[1]", b'{"x": "y"}', b"\xff\xfe", None])
def test_a_lost_index_is_replaced_by_what_the_study_knows(
    kept, tmp_path, notices, index
):
    path = tmp_path / "checkpoints" / "index.json"
    hashes = {int(k): v for k, v in orjson.loads(path.read_bytes()).items()}
    path.unlink() if index is None else path.write_bytes(index)
    opened = reopened(tmp_path, notices)
    assert epoch_loaded(opened, expected=hashes) == 2
    assert opened.epochs == [0, 1, 2], "and they are pruned as ever"
    assert all("index.json" in notice for notice in notices)
    assert index is None or notices


def test_a_lost_index_without_a_study_means_no_checkpoint_can_be_trusted(
    kept, tmp_path, notices
):
    (tmp_path / "checkpoints" / "index.json").write_bytes(b"{")
    assert reopened(tmp_path, notices).load() is None


# --------------------------------------------------------------------------- hostile files


class Exploit:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize(
    "write", [torch.save, lambda thing, path: path.write_bytes(pickle.dumps(thing))]
)
def test_a_malicious_pickle_is_refused_and_not_executed(kept, tmp_path, notices, write):
    marker = tmp_path / "executed"
    write({"weights": Exploit(marker)}, kept.path(2))
    with pytest.raises(CheckpointDamaged, match="plain tensors"):
        read(kept.path(2), digest(kept.path(2)))
    assert (
        epoch_loaded(reopened(tmp_path, notices), expected={2: digest(kept.path(2))})
        == 1
    )
    assert not marker.exists()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_any_invalid_bytes_with_the_right_hash_raise_an_error_of_sweep(tmp_path):
    generator = random.Random(0)
    path = tmp_path / "epoch-00000.pt"
    torch.save(state(0), path)
    sound = path.read_bytes()
    for length in (0, 1, 10, 100, 1000):
        for prefix in (
            b"",
            sound[: len(sound) // 2],
            b"PK\x03\x04",
            b"\x80\x02",
            b"\x80\x02c__builtin__\neval\n",
        ):
            path.write_bytes(prefix + generator.randbytes(length))
            with pytest.raises(CheckpointDamaged):
                read(path, digest(path))


def test_a_state_that_could_not_be_read_back_is_refused_when_it_is_first_saved(
    tmp_path,
):
    with pytest.raises(TypeError, match="cannot be read back safely"):
        Checkpoints(tmp_path).save(0, {"scheduler": {"best": np.array([0.5])}})
    assert Checkpoints(tmp_path).load() is None


# --------------------------------------------------------------------------- killed or
# failing while writing


def save_and_prune(folder):
    checkpoints = Checkpoints(folder)
    checkpoints.save(2, state(2))
    checkpoints.mark_best(2)
    checkpoints.keep([1, 2])


@pytest.mark.parametrize(
    "error", ["killed", errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO]
)
@pytest.mark.parametrize("torn", [False, True])
def test_a_process_that_ends_at_any_call_leaves_a_whole_checkpoint(
    tmp_path, failing_disk, killed, notices, error, torn
):
    error = killed if error == "killed" else error

    def begun(name):
        folder = tmp_path / name
        checkpoints = Checkpoints(folder)
        for epoch in range(2):
            checkpoints.save(epoch, state(epoch))
        return folder

    folder = begun("whole")
    with durable.on((whole := failing_disk()).made()):
        save_and_prune(folder)
    assert set(whole.calls) == {"open", "write", "sync", "replace", "symlink", "unlink"}
    for stop_at in range(1, len(whole.calls) + 1):
        folder = begun(f"stopped-{stop_at}")
        disk = failing_disk(stop_at, error, torn=torn)
        with durable.on(disk.made()), pytest.raises((killed, CannotWrite)):
            save_and_prune(folder)
        assert epoch_loaded(reopened(folder, notices)) in (1, 2)
        assert epoch_loaded(reopened(folder, notices), at_most=1) == 1, (
            "what the study knows of is there"
        )
        save_and_prune(folder)
        assert epoch_loaded(reopened(folder, notices)) == 2
        left = {path.name for path in (folder / "checkpoints").iterdir()}
        assert {
            "epoch-00001.pt",
            "epoch-00002.pt",
            "index.json",
            "latest.pt",
            "best.pt",
        } <= left
    assert notices == []


def test_a_full_disk_is_said_with_its_path_its_room_and_what_to_do_and_half_a_file_is_removed(
    kept, tmp_path, notices, failing_disk
):
    big = {**state(3), "weights": torch.zeros(3_000_000)}
    for at in (
        2,
        3,
    ):  # in the middle of what torch writes, which has an error of its own for it
        disk = failing_disk(at, errno.ENOSPC, for_good=False, torn=True)
        said = (
            r"cannot write .*epoch-00003.*No space left on device \([\d.]+ .?B free"
            r" there\)\. Free some space"
        )
        with durable.on(disk.made()), pytest.raises(CannotWrite, match=said):
            kept.save(3, big)
        assert epoch_loaded(reopened(tmp_path, notices)) == 2
        assert list((tmp_path / "checkpoints").glob("epoch-*.writing")) == []


def test_what_a_killed_process_left_behind_is_removed_with_the_next_older_checkpoint(
    kept, tmp_path, notices
):
    for name in ("epoch-00007.writing", "epoch-00007.pt"):
        (tmp_path / "checkpoints" / name).write_bytes(b"left behind")
    reopened(tmp_path, notices).keep([0, 1, 2])
    left = {path.name for path in (tmp_path / "checkpoints").glob("epoch-*")}
    assert left == {f"epoch-0000{epoch}.pt" for epoch in range(3)}


def test_a_checkpoint_and_its_index_are_written_aside_and_synced_before_either_is_renamed(
    tmp_path, failing_disk
):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(0, state(0))
    with durable.on((disk := failing_disk()).made()):
        checkpoints.save(1, state(1))
        saved = len(disk.calls)
        checkpoints.keep([1])
    aside = ["open", "write", "sync"]
    assert disk.calls[:saved] == [
        *aside,
        *aside,
        "replace",
        "replace",
        "sync",
        "symlink",
        "replace",
    ], "then latest.pt"
    assert disk.calls[saved:] == ["unlink"], (
        "an older one leaves the index with the next checkpoint"
    )


def test_an_older_checkpoint_that_was_removed_is_not_missed_though_the_index_names_it(
    kept, tmp_path, notices
):
    kept.keep([2])
    assert "0" in orjson.loads((tmp_path / "checkpoints" / "index.json").read_bytes())
    opened = reopened(tmp_path, notices)
    assert opened.epochs == [2]
    flip_a_bit(opened.path(2))
    assert opened.load() is None
    assert len(notices) == 1, "the damaged one alone"
    opened.save(3, state(3))
    assert set(
        orjson.loads((tmp_path / "checkpoints" / "index.json").read_bytes())
    ) == {"2", "3"}


def test_a_later_checkpoint_leaves_the_index_before_it_is_removed(
    kept, tmp_path, notices, failing_disk
):
    with durable.on((disk := failing_disk()).made()):
        kept.keep([0, 1])  # epoch 2 is from an attempt that the study never heard of
    assert disk.calls == ["open", "write", "sync", "replace", "sync", "unlink"]
    assert reopened(tmp_path, notices).epochs == [0, 1]
    assert notices == []


def test_what_was_written_aside_goes_when_its_index_cannot_be_written(
    kept, tmp_path, notices, failing_disk
):
    disk = failing_disk(
        4, errno.ENOSPC, for_good=False
    )  # file: open, write, sync; then the index
    with durable.on(disk.made()), pytest.raises(CannotWrite, match=r"index\.json"):
        kept.save(3, state(3))
    assert disk.calls[3] == "open"
    assert list((tmp_path / "checkpoints").glob("epoch-*.writing")) == []
    assert epoch_loaded(kept) == epoch_loaded(reopened(tmp_path, notices)) == 2


# --------------------------------------------------------------------------- random numbers


def test_the_random_state_of_python_is_also_read_as_older_versions_wrote_it():
    random.seed(4), random.gauss(0, 1)
    older = {**random_states(), "python": random.getstate()}
    want = [random.random(), random.gauss(0, 1)]
    set_random_states(older)
    assert [random.random(), random.gauss(0, 1)] == want


def draws():
    return (
        [random.random(), random.gauss(0, 1)],
        np.random.rand(3).tolist(),
        np.random.standard_normal(1).tolist(),
        torch.rand(3).tolist(),
        torch.randperm(7).tolist(),
    )


def test_every_random_state_goes_on_bit_for_bit_through_a_file(tmp_path):
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    own = torch.Generator().manual_seed(5)
    draws(), torch.rand(2, generator=own)
    np.random.standard_normal(1), random.gauss(0, 1)  # both keep a second number back
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(0, {"random": random_states(), "own": own.get_state()})
    want = draws(), torch.rand(5, generator=own).tolist()

    random.seed(9), np.random.seed(9), torch.manual_seed(9)
    _, saved = Checkpoints(tmp_path).load()
    set_random_states(saved["random"])
    again = torch.Generator()
    again.set_state(saved["own"])
    assert (draws(), torch.rand(5, generator=again).tolist()) == want
