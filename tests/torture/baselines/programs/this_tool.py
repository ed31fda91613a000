"""This tool, in the same comparison; `work HOME` runs or resumes, `results HOME` prints
what the log says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sweep.log.reader import replay
from sweep.study import load, resume, run
from tests.torture.baselines.programs.learning import EPOCHS, PLANNED, Learner, witness

STUDY = f"""
name: study
trainer: tests.torture.baselines.programs.this_tool:train
metric: {{name: val/accuracy, goal: maximize}}
parameters:
  epochs: {EPOCHS}
  activation: {{values: [relu, tanh]}}
  width: {{values: [8, 16, 32]}}
  learning_rate: {{distribution: log_uniform_values, min: 1e-3, max: 1e-1}}
  dropout: {{min: 0.0, max: 0.5, when: {{activation: relu}}}}
search: {{method: tpe, trials: {PLANNED}}}
early_terminate: {{type: asha, min_iter: 1, eta: 2}}
resources: {{max_concurrent: 2}}
"""


def train(config: dict[str, Any], run: Any) -> None:
    """The trainer."""
    home, trial = run.folder.parents[3], int(run.folder.name[:5])
    learner = Learner(config, run.seed)
    for epoch in range(run.restore(learner=learner), EPOCHS):
        witness(home, "epoch", trial, epoch)
        if run.report(epoch, {"val/accuracy": learner.epoch()}):
            break


def work(home: Path) -> None:
    """Start, or resume what there is."""

    def said(history: Any, event: dict[str, Any]) -> None:
        if event["event"] == "trial_finished":
            witness(
                home,
                "end",
                event["trial"],
                len(history.trials[event["trial"]].reports) - 1,
            )

    log = home / "results/study/events.jsonl"
    if log.exists() and replay(log).events:
        resume("study", results=home / "results", listen=said)
    else:
        (home / "study.yaml").write_text(STUDY, encoding="utf-8")
        run(home / "study.yaml", results=home / "results", listen=said)


def results(home: Path) -> dict[str, list[Any]]:
    """Trial → state and epochs, as the log has them."""
    trials = load("study", results=home / "results").history.trials.values()
    return {
        str(t.number): [
            "finished" if t.state.value in ("complete", "pruned") else t.state.value,
            len(t.reports),
        ]
        for t in trials
    }


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(Path(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(results(Path(sys.argv[2]))))
