"""What every adapter promises: it is documented, can be installed, and says so where it is not."""

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sweep import adapters

FOLDER = Path(adapters.__file__).parent
ROOT = FOLDER.parents[1]
ADAPTERS = sorted(
    path.stem
    for path in FOLDER.glob("*.py")
    if path.stem not in ("__init__", "snapshot")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
# A process in which no framework is installed.
HIDING = """
import sys

class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("lightning", "pytorch_lightning", "transformers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hiding())
"""


@pytest.mark.parametrize("name", ADAPTERS)
class TestEveryAdapter:
    def test_is_in_the_tables_with_what_installs_it(self, name):
        install = f'pip install "{PROJECT["name"]}[{name}]"'
        row = rf"^\| `{name}` \|.*{re.escape(install)}"
        assert re.search(row, adapters.__doc__, re.MULTILINE)
        assert install in (FOLDER / "README.md").read_text(encoding="utf-8")

    def test_its_package_is_an_extra(self, name):
        assert PROJECT["optional-dependencies"][name]

    def test_offers_a_callback(self, name):
        assert importlib.import_module(f"sweep.adapters.{name}").SweepCallback.__doc__

    def test_without_its_package_it_says_what_to_install(self, name):
        command = [sys.executable, "-c", HIDING + f"import sweep.adapters.{name}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert (
            f'pip install "{PROJECT["name"]}[{name}]"' in done.stderr.splitlines()[-1]
        )
