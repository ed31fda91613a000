"""What a study asks of a machine that this one does not have."""

from dataclasses import replace

import pytest

from sweep import spec
from sweep.commands import resources_here
from sweep.provenance import environment


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


def test_what_is_there_is_not_noted(asking, monkeypatch):
    monkeypatch.setattr(environment, "gpus", lambda: 2)
    assert not resources_here.notes(asking(gpu=2))
    assert not resources_here.notes(asking(gpu=0.25))


def test_more_cpus_than_there_are_is_noted(asking):
    assert "resources.cpu" in resources_here.notes(asking(cpu=100_000))[0]
