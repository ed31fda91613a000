"""What a study asks of a machine that this one does not have."""

from dataclasses import replace

import pytest

from sweep import spec
from sweep.commands import resources_here
from sweep.provenance import environment, mps


@pytest.fixture
def asking(study_file):
    wanted = spec.load(study_file)

    def made(**resources):
        return replace(wanted, resources=spec.Resources(**resources))

    return made


@pytest.mark.parametrize(("gpus", "there"), [(0, "no GPU"), (1, "1 GPU:")])
def test_more_gpus_than_there_are_is_noted(asking, monkeypatch, gpus, there):
    monkeypatch.setattr(environment, "gpus", lambda: gpus)
    (note,) = resources_here.notes(asking(gpu=2))
    assert note.startswith("resources.gpu: each trial needs 2")
    assert there in note
    assert "Ray can start no trial here" in note
    assert "`--engine serial` runs" in note


def test_resources_that_the_machine_has_give_no_note(asking, monkeypatch):
    monkeypatch.setattr(environment, "gpus", lambda: 2)
    monkeypatch.setattr(mps, "running", lambda: True)
    assert not resources_here.notes(asking(gpu=2))
    assert not resources_here.notes(asking(gpu=0.25))


def test_more_cpus_than_there_are_is_noted(asking):
    assert "resources.cpu" in resources_here.notes(asking(cpu=100_000))[0]


def test_a_share_that_cannot_be_measured_is_noted_with_the_cure(asking, monkeypatch):
    monkeypatch.setattr(environment, "gpus", lambda: 0)
    (note,) = resources_here.notes(asking(gpu="auto"))
    assert note.startswith("resources.gpu: auto measures a trial on a GPU")
    assert "Leave gpu out, or write a share such as gpu: 0.25 for a cluster" in note
    assert "`--engine serial` runs one trial after another without it" in note


@pytest.mark.parametrize("share", [0.25, "auto"])
def test_sharing_a_gpu_without_mps_gives_a_note_on_mps(asking, monkeypatch, share):
    monkeypatch.setattr(environment, "gpus", lambda: 1)
    monkeypatch.setattr(mps, "running", lambda: False)
    (note,) = resources_here.notes(asking(gpu=share))
    assert "nvidia-cuda-mps-control -d" in note
    assert "kernels run at the same time" in note
    assert not resources_here.notes(asking(gpu=1))
    assert not resources_here.notes(asking())
