"""What a program gives to `wandb.log` reaches the study, and the program never notices."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sweep import command
from sweep.model.trial import State

STUDY = """
command: {run: [python, train.py], metrics: {wandb: true, epoch: null}}
metric: {name: val_loss, goal: minimize}
parameters: {epochs: 3}
ablation: {seeds: [0]}
"""
LOOP = """
for epoch in range(3):
    run.log({"val_loss": 1 - epoch / 10})
"""


def losses(trial):
    return [report.metrics["val_loss"] for report in trial.reports]


@pytest.mark.parametrize(
    "start, end",
    [
        ("run = wandb.init()", "run.finish()"),
        (
            "run = wandb.init()\nrun.define_metric('val_loss', summary='min')",
            "run.finish()",
        ),
        ("run = wandb.init(mode='disabled')", ""),
        ("run = wandb.init(mode='disabled')", "wandb.finish()"),
        (
            "run = wandb.init()",
            "run.summary['best'] = {'epoch': 1, 'note': 'x'}\nrun.finish()",
        ),
        ("run = wandb.init()\nrun.log({'h': wandb.Histogram([1, 2])})", ""),
    ],
)
def test_every_epoch_is_heard_and_the_program_ends_well(write, run, start, end):
    write("train.py", f"import wandb\n{start}\n{LOOP}\n{end}\nprint('SCRIPT DONE')\n")
    (trial,) = run(STUDY)
    assert trial.state is State.COMPLETE, trial.reason
    assert losses(trial) == pytest.approx([1.0, 0.9, 0.8])


def test_wandb_mode_disabled_in_the_environment_too(write, run, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    write("train.py", f"import wandb\nrun = wandb.init()\n{LOOP}")
    (trial,) = run(STUDY)
    assert losses(trial) == pytest.approx([1.0, 0.9, 0.8]), trial.reason


def test_data_that_cannot_be_read_is_told_and_harms_nothing(write, run, tmp_path):
    odd = "class Odd(dict):\n    def items(self): raise KeyError('items')\n"
    write(
        "train.py",
        f"import wandb\n{odd}run = wandb.init(mode='disabled')\nrun.log(Odd())\n{LOOP}",
    )
    (trial,) = run(STUDY)
    assert trial.state is State.COMPLETE, trial.reason
    (output,) = tmp_path.rglob("output.txt")
    assert (
        "a call of wandb.log could not be read: KeyError('items')" in output.read_text()
    )


def test_a_metric_that_is_in_the_summary_alone_is_heard_and_numbers_in_arrays_are(
    write, run
):
    write(
        "train.py",
        """
        import numpy, wandb
        run = wandb.init()
        run.log({"loss": numpy.float32(0.5)})
        run.summary["val_loss"] = 0.25
        """,
    )
    (trial,) = run(STUDY)
    assert [dict(report.metrics) for report in trial.reports] == [
        {"loss": 0.5, "val_loss": 0.25}
    ]


MINE = """
import sys
print("mine", [entry for entry in sys.path if entry.endswith("wandb_hook")])
"""


def test_a_sitecustomize_of_the_user_s_own_is_run_all_the_same(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(MINE)
    hook = str(Path(command.__file__).parent / "wandb_hook")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([hook, str(tmp_path)])}
    said = subprocess.check_output(
        [sys.executable, "-c", ""], text=True, env=environment
    )
    assert said == "mine []\n"
