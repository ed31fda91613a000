"""`sweep init`: a commented study file for a trainer, ready for `sweep check`.

| module | job |
|---|---|
| `introspection` | what a trainer or a function says of its parameters and metrics |
| `script` | what a script says: `arguments` of its command line, `logged` and `printed` of its metrics |
| `source`, `found` | Python read and not run; what is known of a trainer |
| `printed` | patterns for the numbers that a script prints |
| `text` | the study file that is made of it |
"""  # noqa: E501  a table

from __future__ import annotations

from pathlib import Path

from sweep.errors import UsageError
from sweep.initial.introspection import read
from sweep.initial.text import study_file

__all__ = ["write"]


def write(trainer: str, path: Path | None = None) -> Path:
    """Write a study file for a trainer, and return where; a file that is there stays as it is.

    Args:
        trainer: a bundled name, `file.py:function`, `package.module:function`, or a script
            (`train.py`). A function is imported; a script is only read.
        path: default: named after the trainer, in the working folder.

    Raises:
        TrainerNotFound: there is no such trainer, or it cannot be imported.
        UsageError: the file is there already, or its folder is not.
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
            f"{path} is there already, and is left as it is; -o names another file"
        ) from None
    except FileNotFoundError:
        raise UsageError(f"there is no folder {path.parent}") from None
    return path
