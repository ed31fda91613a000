"""The distribution: what is installed works away from this repository, under a name of its own.

The wheel in `dist/` is tried where `python -m build` has put one there; otherwise one is built from
a copy of the sources.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import sweep

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
NAME = PROJECT["name"]
# What a message or a page tells people to install, with extras.
INSTALL = re.compile(r"""pip install (?:-\S+ )*["']?([\w-]+)\[""")


def run(*command, **options):
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with a wheel and an sdist."""
    if list((ROOT / "dist").glob("*.whl")):
        return ROOT / "dist"
    if int(version("setuptools").split(".")[0]) < 77:
        pytest.skip(
            "NOT CHECKED: setuptools is older than 77; `python -m build` makes dist/"
        )
    copy = tmp_path_factory.mktemp("sources")
    for entry in run("git", "ls-files", cwd=ROOT).splitlines():
        if Path(entry).parts[0] not in ("tests", "benchmarks", "results", ".ci"):
            (copy / entry).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / entry, copy / entry, follow_symlinks=False)
    run(sys.executable, "-m", "build", "--no-isolation", copy)
    return copy / "dist"


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """`installed(…)`: what `sweep …` prints, of the wheel and in a folder far from the sources."""
    place, elsewhere = (
        tmp_path_factory.mktemp("installed"),
        tmp_path_factory.mktemp("elsewhere"),
    )
    (wheel,) = built.glob("*.whl")
    options = ["--no-deps", "--no-index", "--quiet", "--target", place]
    run(sys.executable, "-m", "pip", "install", *options, wheel)
    environment = {**os.environ, "PYTHONPATH": str(place)}

    def command(*arguments):
        return run(sys.executable, *arguments, cwd=elsewhere, env=environment)

    assert command("-c", "import sweep; print(sweep.__file__)").startswith(str(place))
    return lambda *arguments: command(place / "bin" / "sweep", *arguments)


def test_the_command_says_its_version(installed):
    assert installed("--version") == f"sweep {sweep.__version__}\n"


def test_a_shipped_study_is_checked_and_planned_by_its_name(installed):
    assert "a valid study" in installed("check", "focal")
    assert "trials" in installed("plan", "focal", "--no-probe")


def test_a_first_study_file_is_written_and_sound(installed):
    power, written = installed("init", "clip").strip().splitlines()
    assert written == "clip.yaml: sweep check clip.yaml"
    assert "detected with 80 % power" in power
    assert "a valid study" in installed("check", "clip.yaml")


def test_the_licence_travels_with_the_sources(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml"} <= names


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert sweep.__version__ == PROJECT["version"] == citation["version"]
    assert citation["license"] == PROJECT["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_no_page_and_no_message_installs_another_project_called_sweep():
    wrong = []
    for entry in run("git", "ls-files", cwd=ROOT).splitlines():
        if Path(entry).suffix in (".py", ".md", ".yaml", ".toml", ".txt", ".sh"):
            text = (ROOT / entry).read_text(encoding="utf-8")
            names = {name for name in INSTALL.findall(text) if "sweep" in name}
            wrong += [entry] if names - {NAME} else []
    assert wrong == []
