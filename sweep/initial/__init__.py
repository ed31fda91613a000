"""`sweep init`: write a commented study file for a trainer, ready for `sweep check`.

| module | job |
|---|---|
| `introspection` | find parameters and metrics of a trainer or a function |
| `script` | the same for a script: `arguments` of its command line, `logged` and `printed` metrics |
| `source`, `found` | parse Python without running it; what is known about a trainer |
| `printed` | patterns for the numbers that a script prints |
| `text` | the text of the study file |
"""  # noqa: E501  a table

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
        path: default: a file named after the trainer, in the current folder.

    Raises:
        TrainerNotFound: there is no such trainer, or it cannot be imported.
        UsageError: the file exists, or its folder does not.
    """
    if path is None:
        name = Path(
            trainer.partition(":")[0].removesuffix(".py").replace(".", "/")
            if ":" in trainer
            else trainer
        ).stem
        path = Path(f"{name}.yaml")
    found = read(trainer, path.parent)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(study_file(found, path))
    except FileExistsError:
        raise UsageError(
            f"{path} exists already and is not overwritten; -o names another file"
        ) from None
    except FileNotFoundError:
        raise UsageError(f"there is no folder {path.parent}") from None
    return path
