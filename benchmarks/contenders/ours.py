"""This project: runs a study file with a trainer that only reports."""

from __future__ import annotations

import json
import sys
from pathlib import Path

TRAINER = """
from benchmarks.noop import stamp, value
{torch}
def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {{"value": value(config["x"], epoch)}}):
            break
    stamp()
"""
STUDY = """
name: noop
trainer: trainer.py:train
metric: {{name: value, goal: maximize}}
parameters: {{epochs: {reports}, x: {{min: 0.0, max: 1.0}}}}
search: {{method: {method}, trials: {trials}}}
resources: {{cpu: 1, max_concurrent: 2}}
"""


def main(
    trials: int,
    reports: int,
    engine: str = "ray",
    torch: bool = False,
    method: str = "tpe",
) -> None:
    """Run the study in the current folder."""
    import sweep

    Path("trainer.py").write_text(
        TRAINER.format(torch="import torch" if torch else ""), encoding="utf-8"
    )
    Path("study.yaml").write_text(
        STUDY.format(reports=reports, trials=trials, method=method), encoding="utf-8"
    )
    sweep.run("study.yaml", engine=engine)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
