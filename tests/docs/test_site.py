"""The site builds without a warning, and describes everything there is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sweep import spec
from sweep.command.macros import VARIABLES
from sweep.commands import COMMANDS
from sweep.model.events import EVENTS
from sweep.spec.command import MACROS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-f",
         str(ROOT / "docs" / "mkdocs.yml"), "-d", str(folder)],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def page(site, name):
    return (site / "reference" / f"{name}.html").read_text(encoding="utf-8")


def test_every_section_of_a_study_file_has_a_heading(site):
    text = page(site, "study-file")
    assert [
        name
        for name in spec.json_schema()["$defs"]
        if f'id="{name.lower()}"' not in text
    ] == []


def test_every_command_has_a_heading(site):
    text = page(site, "commands")
    assert [name for name in COMMANDS if f'id="sweep-{name}"' not in text] == []


def test_every_event_has_a_heading(site):
    text = page(site, "events")
    assert [kind for kind in EVENTS if f'id="{kind}"' not in text] == []


def test_macros_and_variables_are_listed(site):
    text = page(site, "macros")
    assert [name for name in (*MACROS, *VARIABLES) if name not in text] == []


def test_nothing_is_fetched_from_elsewhere(site):
    loaded = (
        '<script src="http',
        '<link rel="stylesheet" href="http',
        '<img src="http',
    )
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert [mark for mark in loaded if any(mark in text for text in pages)] == []
