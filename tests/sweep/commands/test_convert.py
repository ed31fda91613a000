"""`sweep convert`: the study file goes to standard output, notes on what differs to
standard error."""

from pathlib import Path

from typer.testing import CliRunner

from sweep import cli, yaml_file
from tests.sweep.commands.invoking import sweep

WANDB = """
program: train.py
method: bayes
metric: {name: val/f1, goal: maximize}
parameters: {learning_rate: {min: 0.001, max: 0.1}}
run_cap: 7
"""


def test_the_converted_study_file_is_printed_without_notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sweep.yaml").write_text(WANDB, encoding="utf-8")
    Path("train.py").touch()
    result = CliRunner().invoke(cli.app, ["convert", "sweep.yaml"])
    assert result.exit_code == 0
    converted = yaml_file.parse(result.stdout).data
    assert converted["search"]["trials"] == 7
    assert converted["metric"] == {"name": "val/f1", "goal": "maximize"}
    assert "note: " not in result.stdout


def test_a_file_that_is_not_a_wandb_sweep_is_refused(study_file):
    code, message = sweep("convert", "nowhere.yaml")
    assert code == 2
    assert "nowhere.yaml" in message
