"""The text of a first study file, from the description of a trainer."""

from pathlib import Path

import pytest

from sweep import yaml_file
from sweep.initial.description import Parameter, TrainerDescription
from sweep.initial.printed import Printed
from sweep.initial.source import UNKNOWN
from sweep.initial.text import study_file

EPOCHS = Parameter("epochs", 18)
LOSS = Parameter("loss_type", "ce", ("ce", "focal"), "which loss")
RATE = Parameter("learning_rate", 0.02)


@pytest.fixture
def written(tmp_path):
    """`written(found)`: the file's text, and what YAML reads of it."""

    def write(found):
        text = study_file(found, Path("first.yaml"))
        path = tmp_path / "first.yaml"
        path.write_text(text, encoding="utf-8")
        return text, yaml_file.read(path).data

    return write


def test_a_learning_rate_is_tuned_around_its_default_as_a_nuisance(written):
    _, data = written(TrainerDescription("mine.py:train", (RATE,)))
    assert data["parameters"]["learning_rate"] == {
        "distribution": "log_uniform_values",
        "min": 0.002,
        "max": 0.2,
        "role": "nuisance",
    }


def test_the_question_is_the_choice_of_the_loss(written):
    other = Parameter("optimizer", "sgd", ("sgd", "adam"))
    text, data = written(TrainerDescription("mine.py:train", (EPOCHS, other, LOSS)))
    assert data["ablation"]["baseline"] == {"loss_type": "ce"}
    assert data["ablation"]["designs"]["one_at_a_time"] == {"loss_type": ["focal"]}
    assert "# which loss" in text


def test_early_stopping_begins_at_a_ninth_of_the_epochs(written):
    _, data = written(TrainerDescription("mine.py:train", (EPOCHS, LOSS)))
    assert data["early_terminate"]["min_iter"] == 2


def test_nothing_to_search_leaves_the_search_as_a_comment(written):
    text, data = written(TrainerDescription("mine.py:train", (EPOCHS,)))
    assert "search" not in data
    assert "# search: {method:" in text


@pytest.mark.parametrize(
    ("metrics", "goal"),
    [(("val/f1",), "maximize"), (("val/loss", "test/f1"), "minimize")],
)
def test_the_first_metric_is_the_studys_and_a_loss_is_minimised(written, metrics, goal):
    _, data = written(TrainerDescription("mine.py:train", (EPOCHS,), metrics))
    assert data["metric"] == {"name": metrics[0], "goal": goal}


def test_what_could_not_be_found_is_marked_to_be_changed(written):
    text, data = written(
        TrainerDescription("mine.py:train", (Parameter("depth", UNKNOWN),))
    )
    assert data["parameters"]["depth"] == 1
    (line,) = [line for line in text.splitlines() if "depth" in line]
    assert "CHANGE" in line


def test_patterns_of_a_script_survive_yaml(written):
    pattern = r"it's (\d+)"
    found = TrainerDescription(
        None, (EPOCHS,), run=("python", "t.py"), printed=Printed({"epoch": pattern})
    )
    _, data = written(found)
    assert data["command"]["metrics"]["output"]["epoch"] == pattern


def test_words_that_yaml_would_take_for_something_else_are_quoted(written):
    odd = Parameter("mode", "no", ("no", "1e3", "a: b", "[x]"))
    _, data = written(TrainerDescription("mine.py:train", (odd,)))
    assert data["parameters"]["mode"] == {"values": ["no", "1e3", "a: b", "[x]"]}
