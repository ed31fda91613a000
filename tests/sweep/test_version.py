"""The version of this program is one, wherever it is said."""

import tomllib
from pathlib import Path

import sweep
from sweep.version import VERSION

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())[
    "project"
]


def test_it_is_the_package_s_and_the_distribution_s():
    assert VERSION == sweep.__version__ == PROJECT["version"]
