"""Find a study file: at the path that the user gave, or among the shipped ones."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

STUDY_FILE = "study.yaml"  # the copy that a study's folder keeps


def find(path: str | Path) -> Path:
    """The file at a path, or else the study file of that name that is shipped with the package.

    Without such a file here, `search_spaces/focal.yaml` and `focal` both find the shipped one.
    """
    path = Path(path)
    if _is_there(path) or (len(path.parts) > 1 and path.parts[0] != "search_spaces"):
        return path
    shipped = resources.files("sweep_search_spaces") / path.with_suffix(".yaml").name
    return Path(str(shipped)) if _is_there(Path(str(shipped))) else path


def is_file(path: Path) -> bool:
    """Whether a file is there; False also in a folder that this user may not enter."""
    try:
        return path.is_file()
    except OSError:
        return False


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (
        OSError
    ):  # no file has so long a name; whoever reads it says what else is wrong with it
        return False
