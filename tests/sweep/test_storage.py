"""A storage holds whole files or none; run through every kind of store that can be had
without a network."""

import hashlib
import os
import uuid

import pytest

from sweep.errors import CannotWrite, CheckpointDamaged, UsageError
from sweep.storage import ATTEMPTS, Storage, absolute


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(params=["file", "memory", "s3"])
def storage(request, tmp_path):
    """An empty one of each kind: a file system, objects in memory, and S3 as an
    in-process server speaks it."""
    if request.param == "s3":
        yield request.getfixturevalue("s3")
        return
    yield Storage(
        f"file://{tmp_path}/store"
        if request.param == "file"
        else f"memory://{uuid.uuid4()}"
    )


@pytest.fixture(scope="module")
def bucket():
    pytest.importorskip(
        "s3fs",
        reason="S3 IS NOT TESTED here: pip install -c constraints.txt 'sweep-ablation[s3]'",
    )
    said = (
        "S3 IS NOT TESTED here: its stand-in is not installed, pip install -c"
        " constraints.txt 'sweep-ablation[test]'"
    )
    moto = pytest.importorskip("moto.server", reason=said)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "none")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        import s3fs

        s3fs.S3FileSystem().mkdir("runs")
        yield "s3://runs"
    server.stop()


@pytest.fixture
def s3(bucket):
    return Storage(f"{bucket}/{uuid.uuid4()}")


def test_what_is_put_is_got_back_with_its_hash(storage, tmp_path):
    source = tmp_path / "weights.pt"
    source.write_bytes(os.urandom(6_000_000))  # more than is read at a time
    digest = storage.put(source, "trials/0/weights.pt")
    assert digest == sha256(source.read_bytes())
    storage.get("trials/0/weights.pt", tmp_path / "here/weights.pt", digest)
    assert (tmp_path / "here/weights.pt").read_bytes() == source.read_bytes()
    assert storage.read("trials/0/weights.pt") == source.read_bytes()


def test_a_name_can_be_put_again_listed_and_removed(storage):
    storage.put(b"old", "trials/0/manifest.json")
    storage.put(b"new", "trials/0/manifest.json")
    storage.put(b"x", "trials/1/a")
    assert storage.read("trials/0/manifest.json") == b"new"
    assert storage.names("trials") == ["trials/0/manifest.json", "trials/1/a"]
    storage.remove("trials/1/a")
    storage.remove("trials/1/a")
    assert storage.names("trials") == ["trials/0/manifest.json"]
    assert storage.read("trials/1/a") is None
    assert storage.names("nowhere") == []


def test_a_file_that_is_not_what_was_stored_does_not_appear(storage, tmp_path):
    storage.put(b"half", "file")
    with pytest.raises(CheckpointDamaged, match="expected"):
        storage.get("file", tmp_path / "file", sha256(b"whole"))
    with pytest.raises(CheckpointDamaged, match="does not exist"):
        storage.get("absent", tmp_path / "file", sha256(b"whole"))
    assert list(tmp_path.glob("file*")) == []


def test_a_store_that_fails_for_a_moment_is_asked_again(tmp_path, monkeypatch):
    waited = []
    storage = Storage(f"file://{tmp_path}/store", pause=waited.append)
    real, failures = storage._system.open, [OSError("slow down")] * 2

    def flaky(*args, **more):
        if failures:
            raise failures.pop()
        return real(*args, **more)

    monkeypatch.setattr(storage._system, "open", flaky)
    storage.put(b"data", "file")
    assert storage.read("file") == b"data"
    assert waited == [1, 2]


def test_a_store_that_keeps_failing_pauses_the_study_and_says_what_to_check(
    tmp_path, monkeypatch
):
    storage = Storage(f"file://{tmp_path}/store", pause=lambda seconds: None)

    def refuse(*args, **more):
        raise OSError("no route to host")

    monkeypatch.setattr(storage._system, "open", refuse)
    with pytest.raises(
        CannotWrite, match=rf"in {ATTEMPTS} attempts: no route to host.*`sweep resume`"
    ):
        storage.put(b"data", "file")


@pytest.mark.parametrize("uri", ["nosuch://bucket", "s4://bucket/x"])
def test_an_unknown_protocol_is_named_with_examples(uri):
    with pytest.raises(UsageError, match="s3://bucket/folder"):
        Storage(uri)


def test_a_plain_path_means_the_same_in_every_process(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert absolute("runs") == f"file://{tmp_path}/runs"
    assert absolute("s3://bucket/runs/") == "s3://bucket/runs"
