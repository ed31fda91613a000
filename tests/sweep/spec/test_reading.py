"""A file as a study file's document: a study file as it is, another tool's converted."""

import json

import pytest

from sweep.errors import StudyFileError, Violation
from sweep.spec.reading import read

STUDY = "trainer: own.py:train\nmetric: {name: m, goal: maximize}\nparameters: {epochs: 3}\n"
WANDB = "program: train.py\nmethod: grid\nmetric: {name: m}\nparameters: {lr: {values: [0.1, 1]}}\n"
NNI = json.dumps({"lr": {"_type": "choice", "_value": [0.1, 1]}})


@pytest.fixture
def written(tmp_path, monkeypatch):
    """`written(text)`: a file that says this, beside the program `train.py`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").touch()

    def write(text, name="file.yaml"):
        (tmp_path / name).write_text(text)
        return name

    return write


def test_a_study_file_is_read_without_conversion(written):
    found = read(written(STUDY))
    assert found.native
    assert list(found.document.data) == ["trainer", "metric", "parameters"]
    assert (found.notes, found.violations) == ([], [])


def test_overrides_apply_to_a_wandb_file_before_conversion(written):
    found = read(written(WANDB), {"metric.name": "loss", "resources.cpu": 2})
    assert not found.native
    assert found.taken == {"metric.name"}, "the other belongs to the study file"
    assert found.document.data["metric"]["name"] == "loss"


def test_a_violation_names_the_key_of_the_wandb_file(written):
    found = read(written(WANDB + "run_cap: 5\n"))
    assert found.document.data["search"]["trials"] == 5
    violation = Violation(5, "search.trials", "is too small", "7")
    assert found.renamed(violation).key == "run_cap"
    assert read(written(STUDY)).renamed(violation) == violation


@pytest.mark.parametrize("key", ["trainer", "command"])
def test_a_trainer_or_command_can_be_given_for_a_search_space(written, key):
    name = written(NNI, "search_space.json")
    assert "program" in [violation.key for violation in read(name).violations]
    answered = read(name, {key: "train.py"})
    assert "program" not in [violation.key for violation in answered.violations]
    assert "command" not in answered.document.data, "nothing stands in for it"


def test_a_file_of_an_unsupported_tool_is_refused_with_one_sentence(written):
    with pytest.raises(
        StudyFileError, match="an experiment configuration of Determined"
    ):
        read(written("searcher: {name: random}\nhyperparameters: {}\n"))
