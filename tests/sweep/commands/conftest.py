"""A study of a pure-Python trainer, to run, and one that has been run."""

import os
import shutil
from pathlib import Path

import pytest

from tests.sweep.commands.invoking import run_to_the_end

TRAINER = """
import random

def train(config, run):
    noise = random.Random(run.seed)
    for epoch in range(run.restore(), config["epochs"]):
        score = config["strength"] * (epoch + 1) / config["epochs"] + noise.uniform(0, 0.01)
        if run.report(epoch, {"val/score": score, "test/score": score, "train/loss": 1 - score}):
            break
"""

STUDY = """
name: tiny
trainer: trainer.py:train
metric: {name: val/score, goal: maximize}
parameters:
  epochs: 4
  strength: {min: 0.1, max: 0.9}
search: {method: random, trials: 4}
ablation:
  baseline: {strength: 0.2}
  seeds: [0, 1, 2]
  designs:
    arms: {strong: {strength: 0.8}}
report: {metrics: [test/score]}
profiles: {quick: {epochs: 1, search.trials: 2}}
"""


def write(folder):
    (folder / "trainer.py").write_text(TRAINER, encoding="utf-8")
    path = folder / "tiny.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture
def study_file(tmp_path, monkeypatch):
    """The study's file, in a folder that is the working folder."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


@pytest.fixture(scope="session")
def _finished_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    write(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        code, printed = run_to_the_end()
    finally:
        os.chdir(before)
    assert code == 0, printed
    return folder


@pytest.fixture
def finished(_finished_once, tmp_path, monkeypatch):
    """The folder of a finished study, `results/tiny`; file and results lie in the
    working folder."""
    shutil.copytree(_finished_once, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Path("results/tiny")
