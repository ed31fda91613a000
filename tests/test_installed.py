"""What an installation brings: `trainers/` and `search_spaces/` under names that nobody else uses.

A user's own `trainers.py`, or a package `trainers` in the working folder, hides nothing of the tool
and is hidden by nothing of it.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("sweep", "trainers", "search_spaces", "benchmarks", "tests")
INSTALLED = ("sweep", "sweep_trainers", "sweep_search_spaces")

BUILD = """
import os, sys
from setuptools import build_meta
os.chdir(sys.argv[1])
getattr(build_meta, sys.argv[2])(sys.argv[3])
"""
LOOK = """
import importlib, sys
from importlib import resources
import trainers
print("own", trainers.MINE)
import sweep_trainers
from sweep_trainers.data import images
for target in sweep_trainers.BUNDLED.values():
    importlib.import_module(target.split(":")[0])
print("bundled", *sorted(sweep_trainers.BUNDLED.values()))
print("images", images.__file__)
print("texts", images.load_images("digits").classes[0])
files = [entry.name for entry in resources.files("sweep_search_spaces").iterdir()]
print("studies", "focal.yaml" in files, "schema.json" in files, "own_sweep.py" in files)
print("alone", "sweep_trainers" in sys.modules and not hasattr(trainers, "BUNDLED"))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources alone, so that a build leaves nothing in the repository."""
    copy = tmp_path_factory.mktemp("source") / "repository"
    copy.mkdir()
    for name in ("sweep", "trainers", "search_spaces"):
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def built(source: Path, how: str, into: Path) -> Path:
    """Build a wheel and unpack it, as an installation does."""
    wheels = into / "wheels"
    wheels.mkdir()
    command = [sys.executable, "-c", BUILD, str(source), how, str(wheels)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    site = into / "site"
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    return site


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of the wheel."""
    return built(source, "build_wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def editable(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An editable installation of the sources."""
    return built(source, "build_editable", tmp_path_factory.mktemp("editable"))


def look(site: Path, folder: Path) -> list[str]:
    """What a Python that has the installation in `site` finds when it is started in `folder`."""
    code = (
        f"import site; site.addsitedir({str(site)!r})\nimport sys; sys.path.insert(0,"
        f" '')\n{LOOK}"
    )
    # A worktree may have these packages on its path already: what is looked at comes first.
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(params=["module", "package"])
def own_trainers(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A working folder that has a `trainers` of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    if request.param == "module":
        (folder / "trainers.py").write_text("MINE = 'mine'\n")
    else:
        (folder / "trainers").mkdir()
        (folder / "trainers" / "__init__.py").write_text("MINE = 'mine'\n")
    return folder


def check(found: list[str], data: Path) -> None:
    lines = dict(line.split(" ", 1) for line in found)
    assert lines["own"] == "mine"
    assert lines["bundled"].split() == [
        "sweep_trainers.clip:train",
        "sweep_trainers.fusion:train",
        "sweep_trainers.segmentation:train",
    ]
    assert Path(lines["images"]).resolve() == (data / "images.py").resolve()
    assert lines["texts"] == "three"
    assert lines["studies"] == "True True True"
    assert lines["alone"] == "True"


def test_a_wheel_installs_nothing_under_a_name_that_a_user_may_have(
    wheel: Path, own_trainers: Path
) -> None:
    packages = {
        path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")
    }
    assert packages == set(INSTALLED)
    for file in ("sweep_trainers/py.typed", "sweep_trainers/data/digits_texts.json"):
        assert (wheel / file).is_file()
    check(look(wheel, own_trainers), wheel / "sweep_trainers" / "data")


def test_an_editable_installation_maps_the_folders_to_those_names(
    source: Path, editable: Path, own_trainers: Path
) -> None:
    assert not (editable / "sweep_trainers").exists()
    check(look(editable, own_trainers), source / "trainers" / "data")


def imported(path: Path) -> Iterator[str]:
    """The first part of every module that a file imports by an absolute name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_imports_them_by_the_name_of_their_folder(folder: str) -> None:
    """They would be imported twice, or be a user's."""
    wrong = set()
    for path in (ROOT / folder).rglob("*.py"):
        if {"trainers", "search_spaces"} & set(imported(path)):
            wrong.add(str(path.relative_to(ROOT)))
    assert wrong == set()


def test_inside_the_trainers_all_imports_are_relative() -> None:
    """So the package works under whatever name it is installed."""
    wrong = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "trainers").rglob("*.py")
        if "sweep_trainers" in imported(path)
    }
    assert wrong == set()
