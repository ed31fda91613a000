"""The versions that a report's bytes depend on.

`sweep verify` compares them, so that a file written by other versions is not called altered.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sweep.version import VERSION

# Libraries that compute a number, a table or a figure, or write it to a file.
_PACKAGES = (
    "jinja2",
    "matplotlib",
    "numpy",
    "optuna",
    "orjson",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "statsmodels",
)
_FOLDERS = ("report", "statistics")  # folders of this package that do so
_SOURCES = (".py", ".j2", ".css", ".js")


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Name → version of this package, Python, the libraries and the machine.

    This package's version includes a digest of the code that makes reports.
    """
    current = {"sweep": f"{VERSION} ({_code()})", "python": platform.python_version()}
    current |= {name: _version(name) for name in _PACKAGES}
    return current | {"machine": f"{platform.system()} {platform.machine()}"}


def changed(written: Mapping[str, str]) -> list[str]:
    """The versions that differ from those a report was written with.

    One line for each: `scipy 1.11.0, here 1.12.0`.
    """
    current = versions()
    return [
        f"{name} {version}, here {current.get(name, 'none')}"
        for name, version in written.items()
        if current.get(name) != version
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _code() -> str:
    """SHA-256 of the source files that make a report, 12 hex digits."""
    root = Path(str(resources.files("sweep")))
    total = hashlib.sha256()
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _SOURCES:
                total.update(path.relative_to(root).as_posix().encode() + b"\0")
                total.update(path.read_bytes() + b"\0")
    return total.hexdigest()[:12]
