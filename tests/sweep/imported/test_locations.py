"""What somebody typed for a file of runs."""

from pathlib import Path

import pytest

from sweep.errors import UsageError
from sweep.imported.locations import path_of


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("runs.csv", "runs.csv"),
        ("sqlite:///study.db", "study.db"),
        ("sqlite:////data/study.db", "/data/study.db"),
        (Path("a/b"), "a/b"),
    ],
)
def test_a_file_is_named_by_its_path_or_as_optuna_does(text, path):
    assert path_of(text) == Path(path)


def test_a_server_is_refused_with_what_to_do():
    with pytest.raises(UsageError, match="copy_study") as refused:
        path_of("postgresql://me:secret@host/db")
    assert "secret" not in str(refused.value)
