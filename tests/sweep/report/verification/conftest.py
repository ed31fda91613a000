"""A finished study with its whole report, made once, and a copy of it for each test."""

import os
import shutil
from pathlib import Path

import pytest

from sweep.commands import reporting, verification
from sweep.study import Study
from tests.sweep import small

TRAINER = """
import torch

def train(config, run):
    model = torch.nn.Linear(1, 1)
    for epoch in range(run.restore(model=model), config["epochs"]):
        value = config["learning_rate"] * (epoch + 1) / 10 + run.seed / 100
        if run.report(epoch, {"val/f1": value, "test/f1": value / 2}):
            break

train.metrics = ("val/f1", "test/f1")
"""
FORMATS = ("markdown", "html", "latex", "csv", "parquet", "json", "terminal")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished study with its whole report, made once."""
    home = tmp_path_factory.mktemp("home")
    before = Path.cwd()
    os.chdir(home)
    try:
        (home / "own.py").write_text(TRAINER)
        small.write(
            home,
            ("{values: [0.1, 0.2, 0.3]}", "{min: 0.1, max: 0.4}"),
            ("method: grid", "method: random, trials: 3"),
        )
        study = small.run()
        evidence = reporting.gather(study)
        reporting.write(study, evidence, formats=FORMATS)
        yield (home / study.folder).resolve()
    finally:
        os.chdir(before)


@pytest.fixture
def study(finished, tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(finished, folder, symlinks=True)
    return Study(folder)


@pytest.fixture
def verify():
    """`verify(study)`: the problems, and every line that was said."""

    def run(study):
        said = []
        return verification.verify(study, said.append), said

    return run
