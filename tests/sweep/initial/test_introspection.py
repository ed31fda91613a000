"""What a trainer says of itself: by its settings class, or in its source, which is not run."""

import pytest

from sweep.errors import TrainerNotFound
from sweep.initial.description import Parameter
from sweep.initial.introspection import read
from sweep.initial.source import UNKNOWN

FUNCTION = '''
DEFAULTS = {"width": 32, "seed_everything": True}

def train(config, run):
    """Two keys have a default in the source, one in the module, one nowhere."""
    config["width"], config["depth"], config.get("dropout", 0.1), config.get("amp", False)
    run.report(0, {"train/loss": 1.0, "test/f1": 0.1, "val/f1": 0.2})
'''
SCRIPT = """
import argparse
raise SystemExit("a script is read, and not run")
parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--epochs", type=int, default=30, help="passes  over\\n  the data")
parser.add_argument("--optimizer", choices=["sgd", "adam"], default="adam")
parser.add_argument("--amp", action="store_true")
parser.add_argument("--no-amp", dest="amp", action="store_false")
parser.add_argument("--seed", type=int)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(FUNCTION, encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def test_a_functions_keys_and_defaults_are_those_of_its_source(here):
    found = read("mine.py:train", here)
    defaults = {each.name: each.default for each in found.parameters}
    assert defaults == {"width": 32, "depth": UNKNOWN, "dropout": 0.1, "amp": False}
    (switch,) = [each for each in found.parameters if each.name == "amp"]
    assert switch.choices == (False, True)


def test_metrics_of_validation_come_first_and_of_test_last(here):
    assert read("mine.py:train", here).metrics == ("val/f1", "train/loss", "test/f1")


def test_a_settings_class_gives_types_choices_and_meanings(here):
    found = read("clip", here)
    by_name = {each.name: each for each in found.parameters}
    assert "focal" in by_name["loss_type"].choices
    assert by_name["loss_type"].choices[0] == by_name["loss_type"].default
    assert by_name["focal_gamma"].description
    assert "val/balanced_accuracy" in found.metrics
    assert not any(set("*?[") & set(name) for name in found.metrics)


def test_a_script_is_read_for_its_options_and_not_run(here):
    found = read("train.py", here)
    assert found.name is None
    assert found.run == ("python", "train.py", "${args}", "--seed", "${seed}")
    assert found.flags == {"booleans": "switch", "hyphens": True}
    assert found.parameters == (
        Parameter("epochs", 30, (), "passes over the data"),
        Parameter("optimizer", "adam", ("adam", "sgd"), ""),
        Parameter("amp", False, (False, True), ""),
    )


def test_a_path_is_relative_to_the_study_file(here):
    assert read("train.py", here / "studies").run[1] == "../train.py"
    assert read("mine.py:train", here / "studies").name == "../mine.py:train"


def test_what_is_no_script_is_refused(here):
    (here / "broken.py").write_text("def (", encoding="utf-8")
    with pytest.raises(TrainerNotFound, match=r"broken\.py is not a Python script"):
        read("broken.py", here)
    with pytest.raises(TrainerNotFound, match=r"no file .*nowhere\.py"):
        read("nowhere.py", here)


def test_a_file_with_a_function_that_trains_is_no_script(tmp_path):
    (tmp_path / "own.py").write_text(
        "def train(config, run):\n    run.report(0, {'val/f1': config['lr']})\n"
    )
    found = read(str(tmp_path / "own.py"), tmp_path)
    assert found.name == "own.py:train"
    assert found.metrics == ("val/f1",)
