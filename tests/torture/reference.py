"""The same study without a fault, in one process: what the tables of a tortured one are
held against."""

from __future__ import annotations

from pathlib import Path

from sweep.history.history import History
from sweep.study import load
from sweep.study import run as run_study
from tests.torture import driver, study

_ORDER = (
    "trials",
    "seconds",
    "seconds.total",
    "marks",
    "notes",
)  # columns that tell when, where and as which number


def run(home: Path) -> History:
    """The uninterrupted study's history."""
    study.write(home, concurrent=1, pause=0.0)
    return run_study(
        home / "study.yaml", results=home / "results", engine="serial"
    ).history


def ablation_table(results: Path) -> bytes:
    """The ablation table at full precision as CSV, without the columns that depend on
    order and time."""
    table = load(driver.NAME, results=results).table("ablation")
    kept = [
        name
        for name in table.columns
        if name not in _ORDER and not name.endswith(".trials")
    ]
    return table[kept].sort_values("arm").to_csv(index=False).encode()


def story(history: History) -> list[object]:
    """What was tried and what it gave: follows from the study file alone where trials
    run one after another."""
    return [
        (
            *(
                trial.number,
                trial.stage,
                trial.label,
                {**trial.config, "pause": 0},
                trial.seed,
                trial.state,
            ),
            [(report.epoch, dict(report.metrics)) for report in trial.reports],
        )
        for trial in history.trials.values()
    ]
