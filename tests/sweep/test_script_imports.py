"""Imports are those of `python train.py`, whoever makes them and wherever he stands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sweep import trainer
from sweep.errors import TrainerNotFound
from sweep.script_imports import as_script, importable_by_name, missing_folder

TRAINER = """
import json, sys
import {modules}

def values():
    return {{name: sys.modules[name].VALUE for name in "{modules}".split(", ")}}

VALUES = values()

def train(config, run):
    for epoch in range(run.proceed(), 1):
        if run.report(epoch, {{"m": 1.0, **VALUES, "arguments": len(sys.argv)}}): break

if __name__ == "__main__":
    print(json.dumps(VALUES))
"""
STUDY = """
trainer: sub/train.py:train
metric: {name: m, goal: maximize}
parameters: {x: {values: [1, 2]}}
search: {method: grid, trials: 2}
"""
# Beside the trainer, in the working folder, in the environment, or imported by us already.
NAMES = [
    "utils",
    "trainers",
    "orjson",
    "statistics",
    "sweep_trainers",
    "search_spaces",
    "wandb",
]
RIGHT = dict.fromkeys(NAMES, 1.0)  # those beside the trainer


@pytest.fixture
def project(tmp_path, monkeypatch):
    """`project(*modules)`: a trainer in `sub/` that imports modules, which lie there and here."""

    def written(*modules):
        (tmp_path / "sub").mkdir()
        trainer_text = TRAINER.format(modules=", ".join(modules))
        (tmp_path / "sub/train.py").write_text(trainer_text)
        for module in modules:
            (tmp_path / "sub" / f"{module}.py").write_text("VALUE = 1.0\n")
            (tmp_path / f"{module}.py").write_text("VALUE = 9.0\n")
        (tmp_path / "study.yaml").write_text(STUDY)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return written


def script(folder):
    """What each module's value is where the script is run alone."""
    command = [sys.executable, "sub/train.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return json.loads(done.stdout)


def trained_with(history):
    """What each module's value was in a trial."""
    (line,) = history.read_text().splitlines()
    report = json.loads(line)
    return {name: report[name] for name in NAMES if name in report}


@pytest.mark.parametrize(
    "line", [("check",), ("run", "--engine", "serial"), ("run", "--debug"), ("try",)]
)
def test_every_command_imports_what_the_script_imports(project, line):
    home = project(*NAMES)
    assert script(home) == RIGHT
    command = [sys.executable, "-m", "sweep", line[0], "study.yaml", *line[1:]]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    histories = list(home.glob("results/study/trials/*/history.jsonl"))
    for path in histories:
        assert trained_with(path) == RIGHT
    if line[0] == "try":
        for module in NAMES:
            assert f"{module} 1.0000" in done.stdout
    elif line[0] == "run":
        assert len(histories) == 2


@pytest.mark.ray
def test_ray_imports_what_the_script_imports(project):
    home = project("utils")
    command = [sys.executable, "-m", "sweep", "run", "study.yaml"]
    subprocess.run(command, cwd=home, capture_output=True, text=True, check=True)
    histories = list(home.glob("results/study/trials/*/history.jsonl"))
    assert len(histories) == 2
    for path in histories:
        assert trained_with(path) == {"utils": 1.0}


def test_a_look_at_a_trainer_leaves_this_process_as_it_was(project):
    project("orjson")
    before = list(sys.path), list(sys.argv), sys.modules["orjson"], set(sys.modules)
    trainer.load(trainer.resolve("sub/train.py:train"), keep=False)
    assert (
        list(sys.path),
        list(sys.argv),
        sys.modules["orjson"],
        set(sys.modules),
    ) == before


def test_arguments_at_import_are_the_scripts_own(project, monkeypatch):
    home = project("utils")
    (home / "sub/train.py").write_text(
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--lr')\n"
        "given = parser.parse_args()\n"
        "def train(config, run): run.report(0, {'m': 1.0})\n"
    )
    monkeypatch.setattr(
        sys, "argv", ["sweep", "run", "study.yaml", "--engine", "serial"]
    )
    assert callable(trainer.load(trainer.resolve("sub/train.py:train"), keep=False))


def test_a_folder_that_is_missing_from_the_path_is_named(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "src/mylib").mkdir(parents=True)
    (tmp_path / "src/mylib/__init__.py").touch()
    (tmp_path / "scripts/train.py").write_text("import mylib.models\n")
    with pytest.raises(
        TrainerNotFound, match=r"It is in \S+/src, which is not on the Python path"
    ):
        trainer.load(trainer.resolve("scripts/train.py:train", tmp_path), keep=False)
    assert missing_folder("mylib", tmp_path / "scripts") == tmp_path / "src"
    assert missing_folder("nowhere_at_all", tmp_path / "scripts") is None


def test_an_import_that_fails_leaves_this_process_as_it_was(tmp_path):
    (tmp_path / "train.py").write_text(
        "import helper_of_it\nraise ValueError('wrong')\n"
    )
    (tmp_path / "helper_of_it.py").touch()
    before = list(sys.path), list(sys.argv), set(sys.modules)
    with pytest.raises(TrainerNotFound, match="ValueError: wrong"):
        trainer.load(trainer.resolve("train.py:train", tmp_path), keep=True)
    assert (list(sys.path), list(sys.argv), set(sys.modules)) == before


def test_two_trainers_of_one_name_have_their_own_modules(tmp_path):
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.py").write_text(
            "from parts import NAME\ndef train(c, r): return NAME\n"
        )
        (tmp_path / name / "parts.py").write_text(f"NAME = {name!r}\n")
        train = trainer.load(
            trainer.resolve("train.py:train", tmp_path / name), keep=False
        )
        found.append(train({}, None))
    assert found == ["a", "b"]


@pytest.mark.parametrize(
    "name, importable",
    [
        ("train.py", True),
        ("01-train.py", True),
        ("train.v2.py", False),
        ("sweep.py", False),
    ],
)
def test_a_file_is_imported_under_its_own_name_where_that_can_be(name, importable):
    assert importable_by_name(Path(name)) is importable


@pytest.mark.parametrize(
    "name", ["01-train.py", "train.v2.py", "sweep.py", "io.py", "time.py"]
)
def test_a_trainers_file_may_have_any_name(tmp_path, name):
    (tmp_path / name).write_text("def train(config, run): return 'trained'\n")
    train = trainer.load(trainer.resolve(f"{name}:train", tmp_path), keep=False)
    assert train({}, None) == "trained"


def test_modules_that_were_hidden_are_back_afterwards(tmp_path):
    import orjson

    (tmp_path / "orjson.py").write_text("VALUE = 1\n")
    with as_script(tmp_path, "train.py", keep=False) as own:
        import orjson as theirs
    assert theirs.VALUE == 1
    assert "orjson" in own
    assert sys.modules["orjson"] is orjson
