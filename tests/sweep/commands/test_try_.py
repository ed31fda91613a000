"""`sweep try`: one trial in this process."""

from pathlib import Path

import pytest

from tests.sweep.commands.invoking import sweep


def test_a_study_file_gives_its_baseline(study_file):
    code, printed = sweep("try", "tiny.yaml")
    assert code == 0
    first, *epochs = printed.strip().splitlines()
    assert (
        first == "trainer.py:train, seed 0: epochs=4, strength=0.2"
        or "strength=0.2" in first
    )
    assert len(epochs) == 4
    assert not Path("results").exists()


def test_a_seed_and_a_value_on_the_command_line_are_taken(study_file):
    _, printed = sweep("try", "tiny.yaml", "--seed", 7, "--set", "epochs=2")
    first, *epochs = printed.strip().splitlines()
    assert "seed 7" in first
    assert len(epochs) == 2


ONE_OPEN = """
trainer: train.py:train
metric: {name: val/f, goal: maximize}
parameters: {epochs: 1, lr: {min: 0.01, max: 1.0}}
search: {method: random, trials: 2}
"""
PRINTING = """
def train(config, run):
    run.report(0, {"val/f": config["lr"]})
"""


@pytest.fixture
def one_open(tmp_path, monkeypatch):
    """A study whose only open parameter is `lr`, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(PRINTING)
    (tmp_path / "study.yaml").write_text(ONE_OPEN)


def test_the_only_open_parameter_may_be_given_a_value(one_open):
    code, printed = sweep("try", "study.yaml", "--set", "lr=0.1")
    assert (code, "val/f 0.1000" in printed) == (0, True)


def test_a_value_outside_its_domain_is_refused(one_open):
    code, printed = sweep("try", "study.yaml", "--set", "lr=3")
    assert code == 2
    assert "--set lr: 3 is not in the parameter's domain" in printed
    assert "a number from 0.01 to 1.0" in printed


def test_the_value_of_an_arm_may_be_given(one_open, tmp_path):
    ablation = (
        "ablation: {baseline: {lr: 0.1}, seeds: [0], designs: {arms: {a: {lr: 0.2}}}}\n"
    )
    (tmp_path / "study.yaml").write_text(ONE_OPEN + ablation)
    code, printed = sweep("try", "study.yaml", "--set", "lr=0.2")
    assert (code, "val/f 0.2000" in printed) == (0, True)


def test_files_are_kept_where_a_folder_is_named(study_file):
    assert sweep("try", "tiny.yaml", "--folder", "kept")[0] == 0
    assert (Path("kept") / "history.jsonl").is_file()


def test_it_repeats_a_trial_of_a_study(finished):
    _, shown = sweep("show", "tiny", 5)
    line = next(line for line in shown.splitlines() if "sweep try" in line)
    config = line.rpartition(" ")[2]
    code, alone = sweep("try", config)
    assert code == 0
    last = alone.strip().splitlines()[-1].split("val/score ")[1].split()[0]
    history = Path(config).with_name("history.jsonl").read_text(encoding="utf-8")
    assert f'"val/score":{last}'[:16] in history.splitlines()[-1]
