"""The trainer that users are told to copy does what the contract says."""

import re
from pathlib import Path

import torch

from sweep import LocalRun

README = Path(__file__).parents[2] / "trainers" / "README.md"


def load(name):
    """Two separable classes, named by the configuration as a user's data would be."""
    x = torch.randn(256, 2, generator=torch.Generator().manual_seed(0))
    y = (x.sum(1) > 0).long()
    return (x[:192], y[:192]), (x[192:], y[192:])


def copied():
    (code,) = re.findall(
        r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    namespace = {"load": load}
    exec(code, namespace)
    return namespace["train"]


CONFIG = {"data": "mine", "learning_rate": 0.1, "epochs": 4}


def reports_of(folder, **options):
    seen = []
    run = LocalRun(
        folder,
        on_report=lambda report: (
            seen.append(report) or options.get("stop") == report.epoch
        ),
    )
    copied()(CONFIG, run)
    return seen


def test_it_learns(tmp_path):
    assert reports_of(tmp_path)[-1].metrics["val/accuracy"] > 0.9


def test_stopped_and_started_again_it_gives_the_same_numbers(tmp_path):
    whole = reports_of(tmp_path / "whole")
    first = reports_of(tmp_path / "parts", stop=1)
    rest = reports_of(tmp_path / "parts")
    assert [r.epoch for r in [*first, *rest]] == [0, 1, 2, 3]
    assert [r.metrics for r in [*first, *rest]] == [r.metrics for r in whole]
