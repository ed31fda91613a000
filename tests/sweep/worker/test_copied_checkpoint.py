"""A member takes over another one's checkpoint: whole, as the log says, and in place of its own."""

import pytest
import torch

from sweep.errors import CheckpointDamaged
from sweep.model.trial import Copied
from sweep.storage import Storage
from sweep.worker.checkpoint import Checkpoints
from sweep.worker.copied_checkpoint import take_over
from sweep.worker.mirror import Mirror


def filled(folder, value, epochs):
    checkpoints = Checkpoints(folder)
    for epoch in epochs:
        checkpoints.save(epoch, {"value": torch.tensor(value + epoch)})
    checkpoints.mark_best(epochs[0])
    return checkpoints


@pytest.fixture
def members(tmp_path):
    """Two members after two epochs, and what the second one is to take over."""
    source = filled(tmp_path / "source", 10.0, [0, 1, 2])
    filled(tmp_path / "target", 70.0, [0, 1])
    return tmp_path / "target", Copied(str(tmp_path / "source"), 1, source.digest(1))


def loaded(folder):
    epoch, state = Checkpoints(folder).load()
    return epoch, state["value"].item()


def names(folder):
    return sorted(path.name for path in (folder / "checkpoints").glob("*"))


def test_the_copy_is_the_only_checkpoint_from_then_on(members):
    target, copied = members
    take_over(copied, target, None)
    assert loaded(target) == (1, 11.0)
    assert names(target) == ["best.pt", "epoch-00001.pt", "index.json", "latest.pt"]
    assert (target / "checkpoints" / "best.pt").resolve().name == "epoch-00001.pt"


def test_copying_again_changes_nothing_and_needs_no_source(members):
    target, copied = members
    take_over(copied, target, None)
    (target.parent / "source" / "checkpoints" / "epoch-00001.pt").unlink()
    take_over(copied, target, None)
    assert loaded(target) == (1, 11.0)


def test_a_source_that_is_gone_or_another_file_is_named(members):
    target, copied = members
    path = target.parent / "source" / "checkpoints" / "epoch-00001.pt"
    path.write_bytes(b"other")
    with pytest.raises(CheckpointDamaged, match="to be copied has SHA-256"):
        take_over(copied, target, None)
    path.unlink()
    with pytest.raises(
        CheckpointDamaged, match="continues from, does not exist any more"
    ):
        take_over(copied, target, None)
    assert loaded(target) == (1, 71.0), "what was there stays"


def test_through_a_storage_it_is_the_same(members, tmp_path):
    target, copied = members
    storage = Storage(str(tmp_path / "storage"))
    Mirror(storage, "trials/source", tmp_path / "source").send()
    elsewhere = Copied("/on/another/machine/source", copied.epoch, copied.sha256)
    take_over(elsewhere, target, storage)
    assert loaded(target) == (1, 11.0)
