"""A trial's folder goes to a storage and comes back elsewhere, whatever is cut, altered
or lost on the way."""

import contextlib
import hashlib
import json
import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import CannotWrite
from sweep.storage import Storage
from sweep.worker.mirror import MANIFESTS, Mirror

TRIAL = "trials/00000-arm-seed0"


@pytest.fixture
def storage():
    return Storage(f"memory://{uuid.uuid4()}", pause=lambda seconds: None)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "here"
    (place / "checkpoints").mkdir(parents=True)
    return place


def write(folder, epoch):
    """What an epoch leaves: a checkpoint, the index, the links, a line of history; the
    one before last is dropped."""
    place = folder / "checkpoints"
    (place / f"epoch-{epoch:05d}.pt").write_bytes(f"weights {epoch}".encode())
    (place / f"epoch-{epoch - 2:05d}.pt").unlink(missing_ok=True)
    (place / "index.json").write_text(f"up to {epoch}")
    (place / "latest.pt").unlink(missing_ok=True)
    (place / "latest.pt").symlink_to(f"epoch-{epoch:05d}.pt")
    with (folder / "history.jsonl").open("a") as file:
        file.write(f"{epoch}\n")


def sent(mirror, superseded):
    """Stores the folder, and removes what only the manifest before listed."""
    manifest = mirror.send()
    mirror.drop([] if superseded is None else [superseded], manifest)
    return manifest


def contents(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_a_folder_comes_back_as_it_was_sent_and_the_storage_keeps_nothing_else(
    storage, folder, tmp_path
):
    mirror, manifest = Mirror(storage, TRIAL, folder), None
    for epoch in range(5):
        write(folder, epoch)
        manifest = sent(mirror, manifest)
        assert Mirror(storage, TRIAL, tmp_path / f"there-{epoch}").fetch(manifest) == []
        assert contents(tmp_path / f"there-{epoch}") == contents(folder)
    assert (tmp_path / "there-4/checkpoints/latest.pt").is_symlink()
    assert len(storage.names(TRIAL)) == 1 + 4, (
        "the manifest, two checkpoints, the index, the history"
    )


class Killed(BaseException):
    pass


@pytest.mark.parametrize("torn", [False, True])
def test_an_upload_cut_anywhere_leaves_what_the_log_names(
    folder, tmp_path, monkeypatch, torn
):
    """Killed at each call that changes the storage, the last one perhaps half done,
    then fetched elsewhere."""
    cuts = 0
    while True:
        storage = Storage(f"memory://{uuid.uuid4()}")
        place = tmp_path / f"{cuts}"
        (place / "checkpoints").mkdir(parents=True)
        mirror = Mirror(storage, TRIAL, place)
        write(place, 0)
        write(place, 1)
        named = mirror.send()
        before = contents(place)
        write(place, 2)
        after, left = contents(place), cuts
        put, remove = storage.put, storage.remove

        def cut(call, left_over=None):
            def counted(*args):
                nonlocal left
                if left == 0:
                    if left_over is not None and torn:
                        left_over(*args)
                    raise Killed
                left -= 1
                return call(*args)

            return counted

        def half(data, name, put=put):
            put((data if isinstance(data, bytes) else data.read_bytes())[:3], name)

        monkeypatch.setattr(storage, "put", cut(put, half))
        monkeypatch.setattr(storage, "remove", cut(remove))
        expected = before
        try:
            superseded, named = named, mirror.send()
            expected = after  # the log names it now
            mirror.drop([superseded], named)
        except Killed:
            monkeypatch.undo()
            there = tmp_path / f"{cuts}-there"
            resumed = Mirror(storage, TRIAL, there)
            assert resumed.fetch(named) == []
            assert contents(there) == expected
            write(there, 3)
            assert _fetched(storage, resumed.send(), there) == contents(there)
            cuts += 1
            continue
        break
    assert cuts >= 5, "two checkpoints' worth of files, the manifest, what is removed"


def test_a_file_that_was_altered_in_the_storage_is_left_out_and_said(
    storage, folder, tmp_path
):
    write(folder, 0)
    write(folder, 1)
    manifest = Mirror(storage, TRIAL, folder).send()
    name = next(n for n in storage.names(TRIAL) if "epoch-00001" in n)
    storage.put(b"another", name)
    (problem,) = Mirror(storage, TRIAL, tmp_path / "there").fetch(manifest)
    assert "epoch-00001.pt" in problem
    assert "expected" in problem
    assert "checkpoints/epoch-00000.pt" in contents(tmp_path / "there")
    assert "checkpoints/epoch-00001.pt" not in contents(tmp_path / "there")


def test_outputs_come_without_checkpoints_and_a_sound_file_is_not_fetched_again(
    storage, folder, tmp_path, monkeypatch
):
    write(folder, 0)
    manifest = Mirror(storage, TRIAL, folder).send()
    Mirror(storage, TRIAL, tmp_path / "there").fetch(manifest, checkpoints=False)
    assert contents(tmp_path / "there") == {"history.jsonl": b"0\n"}
    monkeypatch.setattr(
        storage, "get", lambda *args: pytest.fail("fetched what was there")
    )
    Mirror(storage, TRIAL, tmp_path / "there").fetch(manifest, checkpoints=False)


def test_a_file_that_grows_while_it_is_sent_waits_for_the_next_time(
    storage, folder, tmp_path, monkeypatch
):
    write(folder, 0)
    real = storage.put

    def growing(data, name):
        if "history" in name:
            with data.open("a") as file:
                file.write("more\n")
        return real(data, name)

    mirror = Mirror(storage, TRIAL, folder)
    monkeypatch.setattr(storage, "put", growing)
    first = mirror.send()
    monkeypatch.undo()
    assert "history.jsonl" not in _fetched(storage, first, tmp_path / "first")
    second = mirror.send()
    assert _fetched(storage, second, tmp_path / "second")["history.jsonl"] == (
        b"0\nmore\n"
    )


def _fetched(storage, manifest, place):
    assert Mirror(storage, TRIAL, place).fetch(manifest) == []
    return contents(place)


def forged(storage, data):
    """Stores a manifest as if this program had written it; its name."""
    manifest = hashlib.sha256(data).hexdigest()
    storage.put(data, f"{TRIAL}/{MANIFESTS}/{manifest}.json")
    return manifest


OUTSIDE = ["../outside", "/etc/outside", "a/../../outside", ""]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_manifest_names_nothing_outside_the_folder(storage, tmp_path, name):
    digest = storage.put(b"harm", f"{TRIAL}/x")
    plain = {
        "files": {name: {"sha256": digest, "object": "x"}},
        "links": {"l": "../x"},
    }
    manifest = forged(storage, json.dumps(plain).encode())
    Mirror(storage, TRIAL, tmp_path / "a/b").fetch(manifest)
    assert contents(tmp_path) == {}


@given(st.binary(max_size=60))
def test_a_manifest_of_any_bytes_is_refused_or_read(data):
    storage = Storage(f"memory://{uuid.uuid4()}")
    manifest = forged(storage, data)
    with contextlib.suppress(CannotWrite):
        assert Mirror(storage, TRIAL, None).holds(manifest)


def test_a_manifest_that_was_altered_is_refused(storage, folder, tmp_path):
    write(folder, 0)
    manifest = Mirror(storage, TRIAL, folder).send()
    storage.put(b'{"files": {}, "links": {}}', f"{TRIAL}/{MANIFESTS}/{manifest}.json")
    with pytest.raises(CannotWrite, match="was altered"):
        Mirror(storage, TRIAL, tmp_path / "there").fetch(manifest)


def test_a_manifest_that_is_gone_is_named_and_nothing_is_fetched(storage, tmp_path):
    (problem,) = Mirror(storage, TRIAL, tmp_path / "there").fetch("0" * 64)
    assert f"{'0' * 64}.json does not exist" in problem
    assert contents(tmp_path) == {}


def test_objects_that_no_manifest_names_are_removed(storage, folder, tmp_path):
    write(folder, 0)
    Mirror(storage, TRIAL, folder).send()
    write(folder, 1)
    manifest = Mirror(storage, TRIAL, folder).send()  # as an attempt that was killed
    assert len(storage.names(TRIAL)) > 1 + 4
    Mirror(storage, TRIAL, tmp_path).sweep(manifest)
    assert len(storage.names(TRIAL)) == 1 + 4
    assert _fetched(storage, manifest, tmp_path / "there") == contents(folder)


def test_any_sequence_of_changes_is_restored(storage, folder, tmp_path):
    generator, mirror = random.Random(0), Mirror(storage, TRIAL, folder)
    manifest = None
    for step in range(30):
        path = folder / f"{generator.randrange(5)}.txt"
        if path.exists() and generator.random() < 0.3:
            path.unlink()
        else:
            path.write_bytes(generator.randbytes(generator.randrange(20)))
        manifest = sent(mirror, manifest)
        assert _fetched(storage, manifest, tmp_path / f"{step}") == contents(folder)
