"""The path of a file of runs, from the text that a user gives."""

from __future__ import annotations

from pathlib import Path

from sweep.errors import UsageError

_SQLITE = "sqlite:///"


def path_of(text: str | Path) -> Path:
    """Return the path of a file or folder, which may be given as `sqlite:///study.db`.

    Raises:
        UsageError: the text is a server's address, whose content cannot be hashed and verified.
    """
    if isinstance(text, Path):
        return text
    if text.startswith(_SQLITE):
        return Path(text.removeprefix(_SQLITE))
    if "://" in text:
        kind = text.partition("://")[0]
        raise UsageError(
            f"{kind}://…: runs are read from files, which can be hashed and verified "
            "later, not from a server. Copy an Optuna study into a file first: "
            "optuna.copy_study(…, to_storage='sqlite:///copy.db'); export runs of MLflow with "
            "mlflow.search_runs(…).to_csv('runs.csv')"
        )
    return Path(text)
