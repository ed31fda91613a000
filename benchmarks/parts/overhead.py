"""Trials that only report: their time is the tool's overhead.

Seconds per trial are counted from one trial's end to the next, without the start and the end of the
tool, which have a table of their own. A contender that takes seconds per trial runs fewer trials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec

from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import Run, interleaved, run

MORE_REPORTS = 30
DOCUMENTED = "Ray Tune, as documented"
REUSED = "Ray Tune, reuse_actors + OptunaSearch"
SYNE_TUNE = "Syne Tune, local backend"


def measure(quick: bool) -> list[Table]:
    """Return seconds per trial, per report, and until the first trial has ended."""
    trials, few, rounds = (40, 4, 1) if quick else (200, 6, 2)
    contenders = _contenders(trials, few)
    notes = []
    if find_spec("syne_tune") is None:
        del contenders[SYNE_TUNE]
        notes.append(
            "Syne Tune is not installed and not compared: pip install syne-tune."
        )
    runs = interleaved(contenders, rounds)
    shown = [name for name in runs if "more reports" not in name]
    per_trial = []
    until_first = []
    for name in shown:
        seconds = [each.per_trial for each in runs[name]]
        per_trial.append(Row(name, seconds, _note(name, few)))
        until_first.append(Row(name, [each.until_first for each in runs[name]]))
    trial_table = Table(
        "overhead",
        f"a trial of 3 reports, of {trials}",
        "s",
        per_trial,
        aim=(
            "≤ 0.05 s; ≥ 60 times ahead of Ray Tune as documented, and ahead of it"
            " with reuse_actors"
        ),
        goals=[
            Goal(0.05),
            Goal(1 / 60, against=[DOCUMENTED]),
            Goal(1.0, against=[REUSED]),
        ],
        notes=notes,
    )
    start_table = Table(
        "overhead",
        "from the start of the program to the end of its first trial",
        "s",
        until_first,
    )
    return [trial_table, _report_table(runs), start_table]


def _contenders(trials: int, few: int) -> dict[str, Callable[[], Run]]:
    """Return all contenders; slow ones run `few` trials."""
    return {
        OURS: partial(_run, "ours", trials, 3),
        "sweep, more reports": partial(_run, "ours", trials, 3 + MORE_REPORTS),
        "sweep, --engine serial": partial(_run, "ours", trials, 3, engine="serial"),
        DOCUMENTED: partial(_run, "ray_tune", few, 3),
        "Ray Tune, as documented, importing torch": partial(
            _run, "ray_tune", few, 3, torch=True
        ),
        REUSED: partial(_run, "ray_reuse", trials, 3),
        "the same, more reports": partial(_run, "ray_reuse", trials, 3 + MORE_REPORTS),
        "Optuna, n_jobs=2": partial(_run, "optuna_threads", trials, 3),
        "Optuna, n_jobs=2, journal file": partial(
            _run, "optuna_threads", trials, 3, journal=True
        ),
        SYNE_TUNE: partial(_run, "syne_tune_local", few, 3),
    }


def _report_table(runs: Mapping[str, list[Run]]) -> Table:
    """Return the table of one further report."""
    pairs = {OURS: "sweep, more reports", REUSED: "the same, more reports"}
    rows = []
    for name, more in pairs.items():
        if name in runs and more in runs:
            rows.append(_report(name, runs[name], runs[more]))
    return Table(
        "overhead",
        f"a report: what {MORE_REPORTS} more of them add to a trial, divided among"
        " them",
        "ms",
        rows,
        aim="≤ 1 ms",
        goals=[
            Goal(1.0, what="a further report"),
            Goal(1.0, against=[REUSED], what="a further report"),
        ],
    )


def _run(contender: str, trials: int, reports: int, **more: object) -> Run:
    """Run a contender."""
    return run(
        f"benchmarks.contenders.{contender}",
        {"trials": trials, "reports": reports, **more},
    )


def _note(name: str, few: int) -> str:
    """Return the note of a contender that runs fewer trials."""
    return f"{few} trials" if "documented" in name or "Syne" in name else ""


def _report(name: str, few: list[Run], many: list[Run]) -> Row:
    """Return the milliseconds of a further report, from runs with few and many reports."""
    pairs = zip(
        few, many, strict=False
    )  # one of the two may have failed in a later round
    milliseconds = []
    for less, more in pairs:
        difference = more.per_trial - less.per_trial
        milliseconds.append(difference * 1e3 / MORE_REPORTS)
    return Row(name, milliseconds)
