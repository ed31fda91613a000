"""A program that knows wandb alone runs as under an agent: its configuration, and what it logs."""

import os
from pathlib import Path

import pytest
import yaml

from sweep import study
from sweep.command.wandb import wandb_environment
from sweep.model.trial import State


def test_a_program_that_knows_wandb_alone_runs_as_under_an_agent(write, tmp_path):
    text = """
program: train.py
method: grid
metric: {name: val.acc, goal: maximize}
parameters:
  epochs: {value: 3}
  optimizer: {parameters: {lr: {values: [0.1, 0.2]}}}
"""
    path = write("sweep.yaml", text)
    write(
        "train.py",
        "import wandb\n"
        "with wandb.init() as run:\n"
        "    for epoch in range(run.config.epochs):\n"
        "        wandb.log({'loss': 1.0})\n"
        "        run.log({'val': {'acc': run.config.optimizer['lr'] * epoch}})\n",
    )
    done = study.run(path, results=tmp_path / "results", engine="serial")
    trials = list(done.history.trials.values())
    assert [t.state for t in trials] == [State.COMPLETE] * 2, [t.reason for t in trials]
    assert [[r.metrics["val.acc"] for r in t.reports] for t in trials] == [
        pytest.approx([0.0, 0.1, 0.2]),
        pytest.approx([0.0, 0.2, 0.4]),
    ]


CONFIG = {"lr": 0.1, "optimizer": {"name": "adam"}}


def test_the_configuration_lies_where_an_agent_would_leave_it(tmp_path):
    environment = wandb_environment(CONFIG, tmp_path, {})
    written = yaml.safe_load(Path(environment["WANDB_SWEEP_PARAM_PATH"]).read_text())
    assert written["wandb_version"] == 1
    assert {name: written[name]["value"] for name in CONFIG} == CONFIG


@pytest.mark.parametrize(
    "shell, given, mode",
    [({}, {}, "offline"), ({"WANDB_MODE": "online"}, {}, "online"),
     ({"WANDB_MODE": "online"}, {"WANDB_MODE": "disabled"}, None)],
)  # fmt: skip
def test_wandb_stays_offline_unless_the_study_or_the_shell_says_otherwise(
    tmp_path, monkeypatch, shell, given, mode
):
    monkeypatch.delenv("WANDB_MODE", raising=False)
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    assert wandb_environment(CONFIG, tmp_path, given).get("WANDB_MODE") == mode


@pytest.mark.parametrize("given", [{}, {"PYTHONPATH": "/of/the/study"}])
def test_the_hook_stands_in_front_of_the_modules_of_the_study_or_of_the_shell(
    tmp_path, monkeypatch, given
):
    monkeypatch.setenv("PYTHONPATH", "/of/the/shell")
    hook, *others = wandb_environment(CONFIG, tmp_path, given)["PYTHONPATH"].split(
        os.pathsep
    )
    assert (Path(hook) / "sitecustomize.py").is_file()
    assert others == [given.get("PYTHONPATH", "/of/the/shell")]
