"""Programs of a few lines, in Python and sh, and the studies that drive them."""

from __future__ import annotations

import textwrap

import pytest

from sweep import study
from sweep.command.macros import TrialContext
from sweep.spec import Command


@pytest.fixture
def context(tmp_path):
    return TrialContext(
        folder=tmp_path / "trial",
        base=tmp_path,
        seed=7,
        fold=None,
        folds=None,
        start_epoch=0,
    )


@pytest.fixture
def command():
    """`command(run=[...], ...)`: the section, read as from a study file."""
    return lambda **keys: Command.model_validate({"run": ["true"], **keys})


@pytest.fixture
def write(tmp_path):
    """`write("train.py", text)`: a file beside the study file."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(write, tmp_path):
    """`run(text)`: the trials of a study, run in this process; a study that stops early
    is read all the same."""

    def run(text, **options):
        path = write("study.yaml", text)
        try:
            study.run(path, results=tmp_path / "results", engine="serial", **options)
        except study.SweepError as error:
            if not (tmp_path / "results").exists():
                raise
            run.error = error
        return list(
            study.load("study", results=tmp_path / "results").history.trials.values()
        )

    run.error = None
    return run
