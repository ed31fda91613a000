"""A trial's folder goes to a storage and comes back elsewhere, whatever is cut, altered
or lost on the way."""

import contextlib
import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import CannotWrite
from sweep.storage import Storage
from sweep.worker.mirror import MANIFEST, Mirror

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


def contents(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_a_folder_comes_back_as_it_was_sent_and_the_storage_keeps_nothing_else(
    storage, folder, tmp_path
):
    mirror = Mirror(storage, TRIAL, folder)
    for epoch in range(5):
        write(folder, epoch)
        mirror.send()
        assert Mirror(storage, TRIAL, tmp_path / f"there-{epoch}").fetch() == []
        assert contents(tmp_path / f"there-{epoch}") == contents(folder)
    assert (tmp_path / "there-4/checkpoints/latest.pt").is_symlink()
    assert len(storage.names(TRIAL)) == 1 + 4, (
        "the manifest, two checkpoints, the index, the history"
    )


class Killed(BaseException):
    pass


@pytest.mark.parametrize("torn", [False, True])
def test_an_upload_cut_anywhere_leaves_what_was_stored_before(
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
        mirror.send()
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
            put(
                (data if isinstance(data, bytes) else data.read_bytes())[:3], name
            ) if MANIFEST not in name else None

        monkeypatch.setattr(storage, "put", cut(put, half))
        monkeypatch.setattr(storage, "remove", cut(remove))
        try:
            mirror.send()
        except Killed:
            monkeypatch.undo()
            there = tmp_path / f"{cuts}-there"
            assert Mirror(storage, TRIAL, there).fetch() == []
            assert contents(there) in (before, after)
            resumed = Mirror(storage, TRIAL, there)
            resumed.fetch()
            write(there, 3)
            resumed.send()
            cuts += 1
            continue
        break
    assert cuts >= 5, "two checkpoints' worth of files, the manifest, what is removed"


def test_a_file_that_was_altered_in_the_storage_is_left_out_and_said(
    storage, folder, tmp_path
):
    write(folder, 0)
    write(folder, 1)
    Mirror(storage, TRIAL, folder).send()
    name = next(n for n in storage.names(TRIAL) if "epoch-00001" in n)
    storage.put(b"another", name)
    (problem,) = Mirror(storage, TRIAL, tmp_path / "there").fetch()
    assert "epoch-00001.pt" in problem
    assert "expected" in problem
    assert "checkpoints/epoch-00000.pt" in contents(tmp_path / "there")
    assert "checkpoints/epoch-00001.pt" not in contents(tmp_path / "there")


def test_outputs_come_without_checkpoints_and_a_sound_file_is_not_fetched_again(
    storage, folder, tmp_path, monkeypatch
):
    write(folder, 0)
    Mirror(storage, TRIAL, folder).send()
    Mirror(storage, TRIAL, tmp_path / "there").fetch(checkpoints=False)
    assert contents(tmp_path / "there") == {"history.jsonl": b"0\n"}
    monkeypatch.setattr(
        storage, "get", lambda *args: pytest.fail("fetched what was there")
    )
    Mirror(storage, TRIAL, tmp_path / "there").fetch(checkpoints=False)


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
    mirror.send()
    monkeypatch.undo()
    assert "history.jsonl" not in contents(tmp_path) | _fetched(
        storage, tmp_path / "first"
    )
    mirror.send()
    assert _fetched(storage, tmp_path / "second")["history.jsonl"] == b"0\nmore\n"


def _fetched(storage, place):
    Mirror(storage, TRIAL, place).fetch()
    return contents(place)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside", ""])
def test_a_manifest_names_nothing_outside_the_folder(storage, tmp_path, name):
    digest = storage.put(b"harm", f"{TRIAL}/x")
    storage.put(
        f'{{"files": {{"{name}": "{digest}"}}, "links": {{"l": "../x"}}}}'.encode(),
        f"{TRIAL}/{MANIFEST}",
    )
    Mirror(storage, TRIAL, tmp_path / "a/b").fetch()
    assert contents(tmp_path) == {}


@given(st.binary(max_size=60))
def test_a_manifest_of_any_bytes_is_refused_or_read(data):
    storage = Storage(f"memory://{uuid.uuid4()}")
    storage.put(data, f"{TRIAL}/{MANIFEST}")
    with contextlib.suppress(CannotWrite):
        assert set(Mirror(storage, TRIAL, None)._manifest()) == {"files", "links"}


def test_any_sequence_of_changes_arrives(storage, folder, tmp_path):
    generator, mirror = random.Random(0), Mirror(storage, TRIAL, folder)
    for step in range(30):
        path = folder / f"{generator.randrange(5)}.txt"
        if path.exists() and generator.random() < 0.3:
            path.unlink()
        else:
            path.write_bytes(generator.randbytes(generator.randrange(20)))
        mirror.send()
        assert _fetched(storage, tmp_path / f"{step}") == contents(folder)
