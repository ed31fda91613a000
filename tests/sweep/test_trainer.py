"""A trainer's name is looked up without importing it, and imported only when it is to run."""

import subprocess
import sys

import pytest
from pydantic import BaseModel

import sweep_trainers
from sweep import trainer
from sweep.errors import TrainerNotFound

OWN = """
from pydantic import BaseModel

class Settings(BaseModel):
    rate: float = 0.1

def train(config, run):
    return None

train.settings = Settings
train.metrics = ["val/loss"]
number = 3
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a trainer file, as the working folder; its modules are forgotten afterwards."""
    (tmp_path / "own.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("name", sorted(sweep_trainers.BUNDLED))
def test_bundled_trainers_say_what_they_take_and_report(name):
    ref = trainer.resolve(name)
    assert ref.kind == "bundled"
    assert issubclass(ref.settings, BaseModel)
    assert any(m.startswith("val/") for m in ref.metrics)


def test_looking_bundled_trainers_up_imports_no_torch():
    code = (
        "import sys, sweep_trainers; from sweep import trainer\n"
        "[trainer.resolve(n) for n in sweep_trainers.BUNDLED]\n"
        "sys.exit('torch' in sys.modules or 'ray' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_metrics_may_be_patterns():
    ref = trainer.TrainerRef("bundled", "x:train", None, ("val/loss", "test/f1/*"))
    assert ref.reports("val/loss")
    assert ref.reports("test/f1/nine")
    assert not ref.reports("val/f1/nine")
    assert trainer.TrainerRef("module", "x:train").reports("anything"), (
        "nothing is known before the import"
    )


def test_a_file_is_relative_to_the_study_file(folder):
    ref = trainer.resolve("own.py:train", folder)
    assert ref.kind == "file"
    assert ref.target == f"{folder / 'own.py'}:train"
    assert ref.settings is None, "not imported"
    described = trainer.described(ref)
    assert described.settings.__name__ == "Settings"
    assert described.metrics == ("val/loss",)
    assert trainer.load(ref) is trainer.load(ref), "imported once"


def test_a_module_is_found_in_the_working_folder(folder):
    (folder / "own.py").rename(
        folder / "own_module_of_this_test.py"
    )  # a module of a name is imported once a process
    ref = trainer.resolve("own_module_of_this_test:train", folder)
    assert ref.kind == "module"
    assert trainer.load(ref)({}, None) is None


@pytest.mark.parametrize(
    "name, words",
    [
        ("clipp", "did you mean 'clip'? one of: clip, fusion, segmentation"),
        ("own.py:", "names no function"),
        (":train", "names no function"),
        ("own.py:train()", "names no function"),
        ("a b:train", "neither a module"),
        ("owm.py:train", "did you mean 'own.py'?"),
        ("nul\0.py:train", "no file"),
        ("x" * 5000 + ".py:train", "no file"),
    ],
)
def test_names_that_mean_nothing_are_refused(folder, name, words):
    with pytest.raises(TrainerNotFound) as caught:
        trainer.resolve(name, folder)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "source, name, words",
    [
        (OWN, "trian", "did you mean 'train'?"),
        (OWN, "number", "is a int, not a function"),
        (
            "import not_installed_anywhere",
            "train",
            "ModuleNotFoundError: No module named 'not_installed_anywhere'",
        ),
        ("x = 1\n1 / 0", "train", "bad.py:2"),
        ("def train(:", "train", "SyntaxError"),
        ("import sys; sys.exit(0)", "train", "SystemExit"),
    ],
)
def test_what_cannot_be_loaded_says_why_and_where(folder, source, name, words):
    (folder / "bad.py").write_text(source)
    with pytest.raises(TrainerNotFound) as caught:
        trainer.load(trainer.resolve(f"bad.py:{name}", folder))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "line, words",
    [
        ("train.settings = dict", "not a pydantic model class"),
        ("train.metrics = 'val/loss'", "not a tuple of metric"),
    ],
)
def test_attributes_of_the_wrong_kind_are_refused(folder, line, words):
    (folder / "odd.py").write_text(OWN + line)
    with pytest.raises(TrainerNotFound, match=words):
        trainer.described(trainer.resolve("odd.py:train", folder))


def test_a_script_named_as_a_trainer_is_told_both_ways_to_run_it(tmp_path):
    (tmp_path / "train.py").write_text("print('a script')")
    with pytest.raises(
        TrainerNotFound,
        match=r"train\.py:train.*command: \[python, train\.py, \"\$\{args\}\"\]",
    ):
        trainer.resolve("train.py", tmp_path)
