"""Trials that do nothing but report: what is left is the tool's own time.

Seconds a trial are counted from one trial's end to the next, so that starting and ending a tool is
left out of them and stands in a table of its own. A contender that takes seconds a trial runs fewer
of them.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import Run, interleaved, run

MORE_REPORTS = 30
DOCUMENTED = "Ray Tune, as documented"
REUSED = "Ray Tune, reuse_actors + OptunaSearch"


def measure(quick: bool) -> list[Table]:
    """Seconds a trial, a report, and until the first trial has ended."""
    trials, few, rounds = (40, 4, 1) if quick else (200, 6, 2)
    contenders = {
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
    }
    notes = []
    if find_spec("syne_tune") is not None:
        contenders["Syne Tune, local backend"] = partial(
            _run, "syne_tune_local", few, 3
        )
    else:
        notes.append(
            "Syne Tune is not installed and not compared: pip install syne-tune."
        )
    found = interleaved(contenders, rounds)
    shown = [name for name in found if "more reports" not in name]
    pairs = {OURS: "sweep, more reports", REUSED: "the same, more reports"}
    return [
        Table(
            "overhead",
            f"a trial of 3 reports, of {trials}",
            "s",
            [
                Row(name, [r.per_trial for r in found[name]], _note(name, few))
                for name in shown
            ],
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
        ),
        Table(
            "overhead",
            f"a report: what {MORE_REPORTS} more of them add to a trial, divided among"
            " them",
            "ms",
            [
                _report(name, found[name], found[more])
                for name, more in pairs.items()
                if name in found and more in found
            ],
            aim="≤ 1 ms",
            goals=[
                Goal(1.0, what="a further report"),
                Goal(1.0, against=[REUSED], what="a further report"),
            ],
        ),
        Table(
            "overhead",
            "from the start of the program to the end of its first trial",
            "s",
            [Row(name, [r.until_first for r in found[name]]) for name in shown],
        ),
    ]


def _run(contender: str, trials: int, reports: int, **more: object) -> Run:
    return run(
        f"benchmarks.contenders.{contender}",
        {"trials": trials, "reports": reports, **more},
    )


def _note(name: str, few: int) -> str:
    return f"{few} trials" if "documented" in name or "Syne" in name else ""


def _report(name: str, few: list[Run], many: list[Run]) -> Row:
    pairs = zip(few, many, strict=False)  # where one of the two failed in a later round
    return Row(
        name,
        [
            (more.per_trial - less.per_trial) * 1e3 / MORE_REPORTS
            for less, more in pairs
        ],
    )
