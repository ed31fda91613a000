"""Studies of one file that were run on two machines."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from sweep import durable, elsewhere, study
from sweep.errors import StudyChanged, StudyExists, UsageError
from sweep.model.trial import State

TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), 2):
        run.report(epoch, {"val/acc": config["lr"] + epoch / 10 + run.seed / 100})
"""
STUDY = """
name: NAME
trainer: train.py:train
metric: {name: val/acc, goal: maximize}
parameters: {lr: {values: [0.1, 0.2]}, epochs: 2}
ablation:
  baseline: {lr: 0.1}
  seeds: SEEDS
  designs: {one_at_a_time: {lr: [0.2]}}
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """`machine(name, seeds)`: the study as a machine ran it with these seeds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(TRAINER)

    def run(name, seeds, **changes):
        text = STUDY.replace("NAME", name).replace("SEEDS", str(seeds))
        for old, new in changes.items():
            text = text.replace(old, new)
        (tmp_path / f"{name}.yaml").write_text(text)
        return study.run(f"{name}.yaml", engine="serial")

    return run


def test_the_seeds_of_both_are_one_ablation(machine):
    here, there = machine("here", [0, 1]), machine("there", [2, 3])
    merged, said = elsewhere.merge("both", ["here", "there"])
    assert said == []
    assert merged.history.spec.ablation.seeds == (0, 1, 2, 3)
    assert len(merged.history.trials) == len(here.history.trials) + len(
        there.history.trials
    )
    assert merged.table()["arm"].tolist() == ["baseline", "lr=0.2"]
    curves = {
        (t.label, t.seed): t.reports[-1].metrics for t in merged.history.trials.values()
    }
    for part in (here, there):
        for trial in part.history.trials.values():
            assert curves[trial.label, trial.seed] == trial.reports[-1].metrics


def test_a_trial_that_is_in_both_counts_once(machine):
    machine("here", [0, 1])
    machine("there", [1, 2])
    merged, said = elsewhere.merge("both", ["here", "there"])
    assert len(merged.history.trials) == 6
    assert said == ["2 trials are in several of the studies and are counted once"]
    assert {t.state for t in merged.history.trials.values()} == {State.COMPLETE}


def test_other_settings_or_code_are_refused_unless_accepted_and_marked(
    machine, tmp_path
):
    machine("here", [0, 1])
    (tmp_path / "train.py").write_text(TRAINER.replace("/ 100", "/ 50"))
    machine("there", [2, 3])
    with pytest.raises(StudyChanged, match="here and there differ in code"):
        elsewhere.merge("both", ["here", "there"])
    merged, said = elsewhere.merge("both", ["here", "there"], accept_changes=True)
    assert any("differ in code" in text for text in said)
    assert any("differ in code" in notice.message for notice in merged.history.notices)


def test_one_study_is_nothing_to_merge(machine):
    machine("here", [0])
    with pytest.raises(UsageError, match="at least two"):
        elsewhere.merge("both", ["here"])


def test_one_training_with_two_results_is_said(machine, monkeypatch):
    machine("here", [0, 1])
    monkeypatch.setenv("OTHER", "0.25")
    other = TRAINER.replace(
        'config["lr"] +',
        'config["lr"] + float(__import__("os").environ.get("OTHER", 0)) +',
    )
    Path("train.py").write_text(other)
    machine("there", [1, 2])
    _, said = elsewhere.merge("both", ["here", "there"], accept_changes=True)
    (text,) = [each for each in said if "different results" in each]
    assert text.startswith("2 trials that are in several studies have different values")
    assert "baseline, seed 1" in text


def test_a_merge_that_is_killed_at_any_call_to_the_disk_is_typed_again_and_whole(
    machine, failing_disk, killed, thorough
):
    machine("here", [0, 1])
    machine("there", [2, 3])

    def merged(at):
        """The table of a merge that was killed at a call, and typed again."""
        disk = failing_disk(at, torn=True)
        done = None
        with durable.on(disk.made()), suppress(killed):
            done, _ = elsewhere.merge("both", ["here", "there"])
        if (
            done is None
        ):  # the log, written last but for the study's file, is all or nothing
            with suppress(StudyExists):
                elsewhere.merge("both", ["here", "there"])
        done = study.load("both")
        table = done.table().to_csv()
        shutil.rmtree("results/both")
        return table, disk.calls

    wanted, calls = merged(None)
    for at in range(1, len(calls) + 1, 1 if thorough else 3):
        assert merged(at)[0] == wanted, f"killed at call {at}, {calls[at - 1]}"
    assert sorted(path.name for path in Path("results").iterdir()) == ["here", "there"]
