"""The page on working with a study in Python: its code runs as it stands, on a study of
the same shape."""

import re
from pathlib import Path

from sweep import study

PAGE = Path(__file__).parents[2] / "results" / "README.md"
TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        value = config["strength"] * (epoch + 1) + run.seed / 100
        run.report(epoch, {"val/balanced_accuracy": value, "test/balanced_accuracy": value - 0.01})
"""
STUDY = """
name: focal
trainer: own.py:train
metric: {name: val/balanced_accuracy, goal: maximize}
parameters: {epochs: 3, strength: {min: 0.1, max: 0.3}}
search: {method: random, trials: 2}
ablation: {baseline: {strength: 0.1}, seeds: [0, 1, 2], designs: {arms: {strong: {strength: 0.2}}}}
report: {metrics: [test/balanced_accuracy]}
"""


def test_its_code_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(TRAINER, encoding="utf-8")
    Path("focal.yaml").write_text(STUDY, encoding="utf-8")
    study.run("focal.yaml", engine="serial")
    (code,) = re.findall(
        r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    exec(code, {})
    printed = capsys.readouterr().out
    assert "strong" in printed
    assert Path("forest.pdf").read_bytes().startswith(b"%PDF")
