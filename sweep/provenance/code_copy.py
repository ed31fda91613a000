"""Copy the trainer's sources to the study: `results/<study>/code/`.

Each version of a file is copied once. The first version keeps its name (`code/train.py`); versions
after accepted changes have a hash as well (`code/train.py.9f3a01c2`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from sweep import durable
from sweep.provenance.git_state import GitState

FOLDER = "code"
DIFF = "uncommitted.diff"
_LARGEST = 5_000_000  # bytes of a source file; a larger one is data
# folder of the copy for files that lie elsewhere than in the project
_OUTSIDE = "outside"


def keep(
    sources: Iterable[Path], root: Path, study: Path, git: GitState | None = None
) -> int:
    """Copy sources into a study's folder, and the checkout's diff; return how many files are new.

    Args:
        sources: absolute.
        root: the project's folder, which names in the copy are relative to.
        study: the study's folder.

    Raises:
        CannotWrite: the disk is full or failing.
    """
    folder = study / FOLDER
    new = 0
    for path in sorted(set(sources)):
        try:
            data = path.read_bytes() if path.stat().st_size <= _LARGEST else None
        except OSError:
            continue
        if data is not None:
            new += _keep(folder / _inside(path, root), data)
    if git is not None and git.diff:
        new += _keep(folder / DIFF, f"# on commit {git.commit}\n{git.diff}".encode())
    return new


def _keep(path: Path, data: bytes) -> bool:
    digest = hashlib.sha256(data).hexdigest()[:8]
    version = path.with_name(f"{path.name}.{digest}")
    if version.exists() or (path.exists() and path.read_bytes() == data):
        return False
    durable.make_folder(path.parent)
    durable.write_file(version if path.exists() else path, data, sync=False)
    return True


def _inside(path: Path, root: Path) -> Path:
    if path.is_relative_to(root):
        return path.relative_to(root)
    return Path(_OUTSIDE, *Path(os.path.abspath(path)).parts[1:])  # noqa: PTH100
