"""What a trial does to its process ends with it: the next one finds nothing of it."""

import os
from pathlib import Path

import orjson
import pytest

import sweep.study
from benchmarks import poison

STUDY = f"""
name: poison
trainer: {Path(poison.__file__)}:train
metric: {{name: m, goal: maximize}}
parameters: {{poison: {{values: [before, all, after]}}}}
search: {{method: grid, trials: 3}}
resources: {{cpu: {os.cpu_count()}}}
"""
ENGINES = ["serial", pytest.param("ray", marks=pytest.mark.ray)]


def test_there_are_many_kinds():
    assert len(poison.KINDS) >= 25


@pytest.mark.parametrize("engine", ENGINES)
def test_no_kind_of_poison_reaches_the_next_trial(tmp_path, engine):
    (tmp_path / "poison.yaml").write_text(STUDY)
    done = sweep.study.run(
        tmp_path / "poison.yaml", results=tmp_path / "results", engine=engine
    )
    assert [trial.state.value for trial in done.history.trials.values()] == [
        "complete"
    ] * 3
    found = sorted((tmp_path / "results/poison/trials").iterdir())
    states = [orjson.loads((folder / "state.json").read_bytes()) for folder in found]
    before, poisoned, after = states
    assert poisoned == before, "a trial finds what a new process has"
    changed = {kind for kind in before if before[kind] != after[kind]}
    assert not changed
