"""The versions that a report's bytes depend on, so that a file written by others is not
called altered.
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

# Libraries that a number, a table or a figure passes through on its way into a file.
_PACKAGES = (
    *(
        "jinja2",
        "matplotlib",
        "numpy",
        "optuna",
        "orjson",
        "pandas",
        "pyarrow",
        "scikit-learn",
    ),
    *("scipy", "statsmodels"),
)
_OWN = ("report", "statistics")  # this package's own folders that do
_SOURCES = (".py", ".j2", ".css", ".js")


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Name → version: this package with a digest of its report's code, Python,
    libraries, machine.
    """
    found = {"sweep": f"{VERSION} ({_code()})", "python": platform.python_version()}
    found |= {name: _version(name) for name in _PACKAGES}
    return found | {"machine": f"{platform.system()} {platform.machine()}"}


def changed(written: Mapping[str, str]) -> list[str]:
    """What is another version here than where a report was written: `scipy 1.11.0, here 1.12.0`."""
    here = versions()
    return [
        f"{name} {version}, here {here.get(name, 'none')}"
        for name, version in written.items()
        if here.get(name) != version
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _code() -> str:
    """SHA-256 of the sources that make a report, 12 hex digits."""
    root = Path(str(resources.files("sweep")))
    total = hashlib.sha256()
    for folder in _OWN:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _SOURCES:
                total.update(path.relative_to(root).as_posix().encode() + b"\0")
                total.update(path.read_bytes() + b"\0")
    return total.hexdigest()[:12]
