"""The convergence table: training speed, stability and final loss of each arm."""

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
    """One row per arm with three measures of its curves of the study's own metric.

    The measures are the epochs to 95 % of the reference's best value, the standard deviation over
    the last third of the curve, and the final loss. Each is taken for every run, then averaged and
    compared with the reference's, paired by run, in percent of the reference's mean. No table
    without arms that have curves.
    """
    if evidence.complete.empty:
        return []
    measured = measure(evidence)
    derived = replace(evidence, results=measured)
    notes = Notes()
    marks: dict[str, tuple[str, ...]] = {}
    for caveat in incomplete(evidence):
        if caveat.arm is not None:
            marks[caveat.arm] = (notes.mark(caveat.text, caveat.trials),)
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
    for arm in evidence.arms:
        row = [Cell(arm, {"": arm}, marks=marks.get(arm, ()))]
        for name in shown:
            row += _cells(derived, arm, changes[name].get(arm), name, notes)
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
    """`evidence.results` with the three measures, and `reached`.

    `reached` says whether the run reached 95 % of the reference's best. A run that never did counts
    with all epochs it ran, a lower bound. The measures are NaN where there is no curve.
    """
    metric = evidence.history.spec.metric
    rows = evidence.complete
    frame = epochs_frame(
        evidence.history, [metric.name, LOSS], sorted({int(t) for t in rows["trial"]})
    )
    curves = {t: f[metric.name].dropna().to_numpy() for t, f in frame.groupby("trial")}
    trained = {
        t: f.loc[f[metric.name].notna(), "epoch"].to_numpy()
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
                target(curves[reference], metric.goal),
                curves[trial],
                trained[trial],
                metric.goal,
            )
        measured.append(
            (epochs, _late_sd(curves[trial]), _last(losses[trial]), reached)
        )
    columns = [_SPEED, _STABILITY, _LOSS, "reached"]
    return evidence.results.join(
        pd.DataFrame(measured, index=rows.index, columns=columns)
    )


def target(curve: Curve, goal: Goal) -> float:
    """The value to reach, given the reference's curve (epochs,).

    It is 95 % of the curve's best value where greater is better and the best is above 0; otherwise
    the value after 95 % of the way from the curve's first value to its best.
    """
    first = float(curve[0])
    best = float(curve.max() if goal == "maximize" else curve.min())
    if goal == "maximize" and best > 0:
        return SHARE * best
    return first + SHARE * (best - first)


def _epochs_to(
    value: float, curve: Curve, trained: npt.NDArray[np.int64], goal: Goal
) -> tuple[float, bool]:
    """Epochs trained when a curve (values,) first reaches a value, and whether it does."""
    if not len(curve):
        return math.nan, False
    reached = curve >= value if goal == "maximize" else curve <= value
    if not reached.any():
        return float(trained[-1]), False
    return float(trained[np.flatnonzero(reached)[0]]), True


def _late_sd(curve: Curve) -> float:
    """Standard deviation over the last third of the values; NaN for fewer than nine values."""
    if len(curve) < 9:
        return math.nan
    return float(np.std(curve[-(len(curve) // 3) :], ddof=1))


def _last(curve: Curve) -> float:
    """The last value of a curve; NaN for an empty one."""
    return float(curve[-1]) if len(curve) else math.nan


def _pairs(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """(seed, fold) of each row, fold -1 without cross-validation."""
    return list(
        zip(rows["seed"].astype(int), rows["fold"].fillna(-1).astype(int), strict=True)
    )


def _cells(
    evidence: Evidence, arm: str, comparison: Comparison | None, name: str, notes: Notes
) -> list[Cell]:
    """The cells of one arm for one metric: its mean, and its change in percent."""
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
        unreached = runs.loc[~runs["reached"].astype(bool), "trial"]
        late = tuple(sorted(int(trial) for trial in unreached))
        values["reached"] = estimate.n - len(late)
        if late:
            text = f"≥ {text}"
            note = (
                f"{arm}: {numbers.trial_list(late)} never reached 95 %; they count with"
                " all epochs they ran"
            )
            marks = (notes.mark(note, late),)
    cell = Cell(text, values, trials, marks)
    if comparison is None or comparison.same:
        return [cell, EMPTY]
    contrast, relative = comparison.contrast, comparison.relative
    if contrast is None or relative is None or math.isnan(relative.value):
        return [cell, Cell(numbers.MISSING)]
    share = [100 * value for value in (relative.value, relative.low, relative.high)]
    change, bracket, interval = numbers.change(*share).partition(" [")
    text = f"{change} %{bracket}{interval.replace(']', ' %]')}"
    parts: dict[str, Value] = {
        "percent": share[0],
        "low": share[1],
        "high": share[2],
        "n": contrast.n,
        "p": contrast.p,
    }
    return [cell, Cell(text, parts, comparison.trials, marks)]


def _explain(evidence: Evidence, shown: list[str], notes: Notes) -> None:
    """Add notes on how the shown columns are computed."""
    metric = evidence.history.spec.metric
    target_text = "95 % of the reference's best"
    if metric.goal == "minimize":
        target_text = "95 % of the way from the reference's first value to its best"
    notes.add(
        f"Epochs until {metric.name} first reaches {target_text}, the reference with the same"
        " seed and fold; counted from 1"
    )
    if _STABILITY in shown:
        notes.add(
            f"sd, last third: standard deviation of {metric.name} over the last third of its"
            " values, for runs with 9 or more"
        )
    if _LOSS in shown:
        notes.add(
            f"{LOSS} is the loss each arm minimises: comparable only between arms that"
            " minimise the same loss"
        )
    notes.add(
        "Changes are in percent of the reference's mean (its absolute value), paired by seed and "
        "fold; intervals are those of a ratio (Fieller 1954), and the intervals of a column hold "
        f"together with {evidence.confidence:.0%} confidence"
    )
