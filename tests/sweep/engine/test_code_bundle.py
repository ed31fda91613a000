"""The user's code on a machine that has none of it: packed here, laid out elsewhere,
and run from there."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sweep import command, trainer
from sweep.engine import code_bundle
from sweep.engine.code_bundle import lay_out, pack
from sweep.errors import UsageError
from sweep.worker.job import Job
from sweep.worker.local_run import LocalRun


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A study's folder with a trainer, what it imports, and data that does not travel."""
    place = tmp_path / "driver/study"
    (place / "models").mkdir(parents=True)
    (place / "own.py").write_text(
        "from beside import VALUE\nfrom models.net import MORE\n"
        "def train(config, run):\n    run.report(0, {'m': VALUE + MORE})\n"
    )
    (place / "beside.py").write_text("VALUE = 40\n")
    (place / "models/__init__.py").write_text("")
    (place / "models/net.py").write_text("MORE = 2\n")
    (place / "data.bin").write_bytes(b"data")
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield place
    for name in [
        n
        for n in sys.modules
        if n.split(".")[0] in ("beside", "models", "own") or "sweep_trainer_own" in n
    ]:
        del sys.modules[name]


def job(home):
    return Job("study", "own.py:train", str(home), "m", "maximize")


def said(there, tmp_path):
    heard = []
    run = LocalRun(
        tmp_path / "run", on_report=lambda report: heard.append(report.metrics) or False
    )
    command.load(there.trainer, there.base, None)({}, run)
    return heard


def test_a_trainer_and_all_it_imports_run_where_they_never_were(home, tmp_path):
    packed = pack(trainer.resolve("own.py:train", home))
    assert {Path(name).name for name in packed.files} == {
        "own.py",
        "beside.py",
        "__init__.py",
        "net.py",
    }
    home.parent.rename(tmp_path / "gone")
    there = lay_out(packed, job(home), tmp_path / "scratch")
    assert Path(there.base).is_relative_to(tmp_path / "scratch")
    assert said(there, tmp_path) == [{"m": 42.0}]
    assert Path.cwd().is_relative_to(tmp_path / "scratch"), (
        "relative paths start from a folder there is"
    )


def test_unchanged_code_is_used_in_place(home, tmp_path):
    there = lay_out(
        pack(trainer.resolve("own.py:train", home)), job(home), tmp_path / "scratch"
    )
    assert there == job(home)
    assert not (tmp_path / "scratch").exists()


def test_another_version_of_the_code_is_not_used(home, tmp_path):
    packed = pack(trainer.resolve("own.py:train", home))
    (home / "beside.py").write_text("VALUE = 0\n")
    assert said(lay_out(packed, job(home), tmp_path / "scratch"), tmp_path) == [
        {"m": 42.0}
    ]


def test_a_module_comes_with_its_package(home, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(home))
    packed = pack(trainer.resolve("models.net:train"))
    assert {Path(name).name for name in packed.files} == {"__init__.py", "net.py"}
    assert packed.path == (str(home),)
    home.parent.rename(tmp_path / "gone")
    lay_out(
        packed, replace(job(home), trainer="models.net:train"), tmp_path / "scratch"
    )
    assert sys.path[-1].endswith(str(home))
    assert sys.path[-1].startswith(str(tmp_path / "scratch"))


def test_bundled_and_installed_trainers_need_no_code_bundle():
    assert pack(trainer.resolve("clip")).files == {}
    assert pack(trainer.resolve("json.tool:main")).files == {}


def test_a_folder_full_of_data_is_no_code(home, monkeypatch):
    monkeypatch.setattr(code_bundle, "LARGEST", 50)
    with pytest.raises(UsageError, match="separate folder"):
        pack(trainer.resolve("own.py:train", home))
