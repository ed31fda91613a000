"""`sweep init`: write a commented study file for a trainer, ready for `sweep check`.

| module | job |
|---|---|
| `introspection` | finds parameters and metrics of a trainer or a function |
| `script` | finds a script's `arguments`, and its `logged` and `printed` metrics |
| `called`, `signatures` | find the arguments that libraries derive from functions and classes |
| `source`, `description` | parse Python without running it; describe a trainer |
| `choices` | chooses what a first study compares, tunes and sets |
| `text`, `lines` | write the text of the study file |
"""

from __future__ import annotations

from pathlib import Path

from sweep.errors import UsageError
from sweep.initial.introspection import read
from sweep.initial.text import study_file

__all__ = ["write"]


def write(trainer: str, path: Path | None = None) -> Path:
    """Write a study file for a trainer and return its path; never overwrite an existing file.

    Args:
        trainer: a bundled name, `file.py:function`, `package.module:function`, or a script
            (`train.py`). A function is imported; a script is only read.
        path: None: a file named after the trainer, in the current folder.

    Raises:
        TrainerNotFound: there is no such trainer, or it cannot be imported.
        UsageError: the file exists, or its folder does not.
    """
    if path is None:
        path = Path(f"{_stem(trainer)}.yaml")
    description = read(trainer, path.parent)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(study_file(description, path))
    except FileExistsError:
        raise UsageError(
            f"{path} exists already and is not overwritten; -o names another file"
        ) from None
    except FileNotFoundError:
        raise UsageError(f"there is no folder {path.parent}") from None
    return path


def _stem(trainer: str) -> str:
    """Return `train` for `train.py`, `lib/train.py:main` and `lib.train:main`."""
    if ":" not in trainer:
        return Path(trainer).stem
    module = trainer.partition(":")[0].removesuffix(".py")
    return Path(module.replace(".", "/")).stem
