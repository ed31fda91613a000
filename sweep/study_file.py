"""Where a study file lies: where the user named it, and in the study's folder."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

STUDY_FILE = "study.yaml"  # the copy that a study's folder keeps


def find(path: str | Path) -> Path:
    """A file as the user named it, or the study file of that name that is shipped with the package.

    `search_spaces/focal.yaml` and `focal` both find the shipped one where the folder is not at
    hand.
    """
    path = Path(path)
    if _is_there(path) or (len(path.parts) > 1 and path.parts[0] != "search_spaces"):
        return path
    shipped = resources.files("sweep_search_spaces") / path.with_suffix(".yaml").name
    return Path(str(shipped)) if _is_there(Path(str(shipped))) else path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (
        OSError
    ):  # no file has so long a name; whoever reads it says what else is wrong with it
        return False
