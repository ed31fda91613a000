"""The convergence table: how fast, how steady and how far each arm trains."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from sweep.model.trial import Goal
from sweep.report import numbers
from sweep.report.caveats import incomplete
from sweep.report.columns.design import reference_pairs
from sweep.report.comparisons import Comparison, compare_arms
from sweep.report.evidence import Evidence
from sweep.report.frames import epochs_frame
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value

Curve = npt.NDArray[np.float64]

SHARE = 0.95  # of the reference's best value
LOSS = "train/loss"

_SPEED, _STABILITY, _LOSS = "epochs_to_95", "late_sd", "final_loss"
_TITLES = {
    _SPEED: "Epochs to 95 % ↓",
    _STABILITY: "sd, last third ↓",
    _LOSS: f"Final {LOSS} ↓",
}


def convergence_tables(evidence: Evidence) -> list[Table]:
    """Epochs to 95 % of the reference's best, standard deviation over the last third of the curve,
    final loss.

    Curves are those of the study's own metric. Each is measured run by run, then averaged, and
    compared with the reference run by run, in percent of the reference's mean. No table without
    arms that have curves.
    """
    if evidence.complete.empty:
        return []
    measured = measure(evidence)
    derived = replace(evidence, results=measured)
    notes = Notes()
    marks = {
        c.arm: notes.mark(c.text, c.trials)
        for c in incomplete(evidence)
        if c.arm is not None
    }
    shown = [name for name in _TITLES if measured[name].notna().any()]
    _explain(evidence, shown, notes)
    columns = [Column("arm", "Arm", "left")]
    for name in shown:
        columns += [
            Column(name, _TITLES[name]),
            Column(f"{name}.change", f"Change [{evidence.confidence:.0%} CI]"),
        ]
    rows = []
    pairs = reference_pairs(evidence)
    changes = {name: compare_arms(derived, pairs, [name]).of(name) for name in shown}
    for arm in evidence.arms.values():
        row = [
            Cell(
                arm.name,
                {"": arm.name},
                marks=(marks[arm.name],) if arm.name in marks else (),
            )
        ]
        for name in shown:
            row += _cells(derived, arm.name, changes[name].get(arm.name), name, notes)
        rows.append(tuple(row))
    return [
        Table(
            "convergence",
            "Convergence: mean ± standard deviation over runs",
            tuple(columns),
            tuple(rows),
            notes.all(),
        )
    ]


def measure(evidence: Evidence) -> pd.DataFrame:
    """`evidence.results` with the three measures, and `reached`: whether the run came to 95 % of
    the reference's best.

    A run that never did counts with the epochs it ran, a lower bound. The measures are NaN where
    there is no curve.
    """
    own = evidence.history.spec.metric
    rows = evidence.complete
    frame = epochs_frame(
        evidence.history, [own.name, LOSS], sorted({int(t) for t in rows["trial"]})
    )
    curves = {t: f[own.name].dropna().to_numpy() for t, f in frame.groupby("trial")}
    trained = {
        t: f.loc[f[own.name].notna(), "epoch"].to_numpy()
        for t, f in frame.groupby("trial")
    }
    losses = {t: f[LOSS].dropna().to_numpy() for t, f in frame.groupby("trial")}
    trial_of = {
        (arm, pair): int(t)
        for arm, pair, t in zip(rows["arm"], _pairs(rows), rows["trial"], strict=True)
    }

    measured = []
    for (arm, pair), trial in trial_of.items():
        reference = trial_of.get((evidence.every_arm[arm].reference or arm, pair))
        epochs, reached = math.nan, False
        if reference is not None and len(curves[reference]):
            epochs, reached = _epochs_to(
                target(curves[reference], own.goal),
                curves[trial],
                trained[trial],
                own.goal,
            )
        measured.append(
            (epochs, _late_sd(curves[trial]), _last(losses[trial]), reached)
        )
    columns = [_SPEED, _STABILITY, _LOSS, "reached"]
    return evidence.results.join(
        pd.DataFrame(measured, index=rows.index, columns=columns)
    )


def target(curve: Curve, goal: Goal) -> float:
    """The value to be reached: 95 % of the best of a curve (epochs,), where greater is better and
    the best above 0.

    Otherwise the value after 95 % of the way from the curve's first value to its best.
    """
    first, best = (
        float(curve[0]),
        float(curve.max() if goal == "maximize" else curve.min()),
    )
    if goal == "maximize" and best > 0:
        return SHARE * best
    return first + SHARE * (best - first)


def _epochs_to(
    value: float, curve: Curve, trained: npt.NDArray[np.int64], goal: Goal
) -> tuple[float, bool]:
    """Epochs trained when a curve (values,) first comes to a value, and whether it does."""
    if not len(curve):
        return math.nan, False
    hits = np.flatnonzero(curve >= value if goal == "maximize" else curve <= value)
    return (float(trained[hits[0]]), True) if len(hits) else (float(trained[-1]), False)


def _late_sd(curve: Curve) -> float:
    """Standard deviation over the last third of the values, NaN where these are fewer
    than three.
    """
    return (
        float(np.std(curve[-(len(curve) // 3) :], ddof=1))
        if len(curve) >= 9
        else math.nan
    )


def _last(curve: Curve) -> float:
    return float(curve[-1]) if len(curve) else math.nan


def _pairs(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """(seed, fold) of each row, fold -1 without cross-validation."""
    return list(
        zip(rows["seed"].astype(int), rows["fold"].fillna(-1).astype(int), strict=True)
    )


def _cells(
    evidence: Evidence, arm: str, comparison: Comparison | None, name: str, notes: Notes
) -> list[Cell]:
    estimate, trials = evidence.estimate(arm, name)
    if estimate is None:
        return [Cell(numbers.MISSING), EMPTY]
    marks: tuple[str, ...] = ()
    text = numbers.spread(estimate.mean, estimate.sd)
    values: dict[str, Value] = {
        "mean": estimate.mean,
        "sd": estimate.sd,
        "n": estimate.n,
    }
    if name == _SPEED:
        runs = evidence.runs(arm).dropna(subset=[name])
        late = tuple(
            sorted(int(t) for t in runs.loc[~runs["reached"].astype(bool), "trial"])
        )
        values["reached"] = estimate.n - len(late)
        if late:
            text = f"≥ {text}"
            said = (
                f"{arm}: {numbers.trial_list(late)} never came to 95 %, and count with"
                " all epochs they ran"
            )
            marks = (notes.mark(said, late),)
    cell = Cell(text, values, trials, marks)
    if comparison is None or comparison.same:
        return [cell, EMPTY]
    contrast, relative = comparison.contrast, comparison.relative
    if contrast is None or relative is None or math.isnan(relative.value):
        return [cell, Cell(numbers.MISSING)]
    share = [100 * value for value in (relative.value, relative.low, relative.high)]
    text = numbers.change(*share)
    head, bracket, rest = text.replace("]", " %]").partition(" [")
    parts: dict[str, Value] = {
        "percent": share[0],
        "low": share[1],
        "high": share[2],
        "n": contrast.n,
        "p": contrast.p,
    }
    return [cell, Cell(f"{head} %{bracket}{rest}", parts, comparison.trials, marks)]


def _explain(evidence: Evidence, shown: list[str], notes: Notes) -> None:
    own = evidence.history.spec.metric
    what = "95 % of the reference's best"
    if own.goal == "minimize":
        what = "95 % of the way from the reference's first value to its best"
    notes.add(
        f"Epochs until {own.name} first comes to {what}, the reference with the same"
        " seed and fold; counted from 1"
    )
    if _STABILITY in shown:
        notes.add(
            f"sd, last third: standard deviation of {own.name} over the last third of its values, "
            "for runs with 9 or more"
        )
    if _LOSS in shown:
        notes.add(
            f"{LOSS} is the loss each arm minimises: comparable only between arms that"
            " minimise the same loss"
        )
    notes.add(
        "Changes are in percent of the size of the reference's mean, paired by seed and fold; "
        "intervals are "
        "those of a ratio (Fieller 1954), and the intervals of a column hold together with "
        f"{evidence.confidence:.0%} confidence"
    )
