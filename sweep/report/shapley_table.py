"""The Shapley tables: each component's Shapley value, and the subsets it is computed from."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.caveats import incomplete
from sweep.report.columns.components import CHECK
from sweep.report.columns.verdict import TONES
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_reading, uncorrected_scope
from sweep.report.shapley_values import ShapleyValues, name_of, shapley_of
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.report.verdict_sentence import margin_text
from sweep.statistics.shapley import Share, members
from sweep.statistics.verdicts import Judgement


def shapley_tables(evidence: Evidence) -> list[Table]:
    """The values with their interactions, then every subset; no table without the design."""
    shapley = shapley_of(evidence)
    if shapley is None:
        return []
    subsets = _subsets(evidence, shapley)
    return [_values(evidence, shapley), subsets] if shapley.values else [subsets]


def _values(evidence: Evidence, shapley: ShapleyValues) -> Table:
    """The table of the values, their sum and the interactions."""
    columns = (
        Column("component", "Component", "left"),
        Column("verdict", "Verdict", "left"),
        Column("value", f"Adds to {shapley.metric} [{evidence.confidence:.0%} CI]"),
        Column("kind", "Kind", "left", detail=True),
    )
    rows = []
    trials = shapley.trials
    for share, verdict in zip(shapley.values, shapley.verdicts, strict=True):
        verdict_cell = _verdict(verdict, trials)
        value_cell = _value(share, trials)
        rows.append(
            (_name(shapley, share), verdict_cell, value_cell, _kind("component"))
        )
    nan = float("nan")
    total = Cell(numbers.change(shapley.total, nan, nan), {"": shapley.total}, trials)
    total_name = "sum = full − baseline"
    rows.append((Cell(total_name, {"": total_name}), EMPTY, total, _kind("sum")))
    for share in shapley.interactions:
        value_cell = _value(share, trials)
        rows.append((_name(shapley, share), EMPTY, value_cell, _kind("interaction")))
    title = f"Shapley values: what each component adds to {shapley.metric}"
    notes = _notes(evidence, shapley).all()
    return Table("shapley", title, columns, tuple(rows), notes)


def _verdict(judgement: Judgement, trials: tuple[int, ...]) -> Cell:
    """The cell of a component's verdict."""
    values: dict[str, Value] = {
        "": judgement.verdict.value,
        "words": judgement.words,
    }
    return Cell(judgement.words, values, trials, tone=TONES[judgement.verdict])


def _name(shapley: ShapleyValues, share: Share) -> Cell:
    """The cell with the name of a component, or of a pair."""
    name = name_of(shapley, share)
    return Cell(name, {"": name})


def _kind(kind: str) -> Cell:
    """The cell that says what a row is; only in CSV, parquet and JSON."""
    return Cell(kind, {"": kind})


def _value(share: Share, trials: tuple[int, ...]) -> Cell:
    """The cell of a Shapley value or an interaction."""
    interval = share.interval
    values: dict[str, Value] = {
        "": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "sd": share.sd,
        "sampling_error": share.sampling_error,
        "n": len(share.per_seed),
    }
    text = numbers.change(interval.mean, interval.low, interval.high, share.sd)
    return Cell(text, values, trials)


def _notes(evidence: Evidence, shapley: ShapleyValues) -> Notes:
    """How the values were computed, which intervals form a family, and what is left out."""
    notes, seeds = Notes(), len(shapley.seeds)
    notes.add(
        "A component's Shapley value is what it adds on average over all orders in which the "
        "components could have been added; the values add up to full minus baseline"
    )
    notes.add(
        f"One contrast per seed, Student's t over {seeds} seeds, Bonferroni over "
        f"{len(shapley.values)} components; assumes normal contrasts"
        + ("; the folds of a seed are averaged" if evidence.folds else "")
    )
    if shapley.interactions:
        notes.add(
            "An interaction (Grabisch & Roubens 1999) above 0: the two components add more "
            "together than the sum of each alone; Bonferroni over "
            f"{len(shapley.interactions)} interactions, a separate family"
        )
    if shapley.permutations:
        notes.add(
            f"{shapley.permutations} orders were sampled, in pairs of an order and its reverse; "
            "the intervals include the sampling error"
        )
    margin = margin_text(evidence.history)
    if margin:
        exact = ", taken as exact" if "%" in margin else ""
        notes.add(f"No difference: the interval lies within ±{margin}{exact}")
    explain_reading(evidence, shapley.metric, notes)
    notes.add(uncorrected_scope(evidence.history, [shapley.metric]))
    if shapley.left_out:
        left = ", ".join(map(str, shapley.left_out))
        notes.add(f"Left out, as they lack a completed subset: seeds {left}")
    return notes


def _subsets(evidence: Evidence, shapley: ShapleyValues) -> Table:
    """Mean ± standard deviation of every trained subset."""
    metric = shapley.metric
    columns = [Column("subset", "Subset", "left", detail=True)]
    columns += [
        Column(f"component.{name}", name, "center") for name in shapley.components
    ]
    columns.append(Column(metric, f"{metric} {arrow(evidence.history, metric)}"))
    columns.append(Column("runs", "Runs"))
    smallest_first = sorted(shapley.arms, key=lambda bits: (bits.bit_count(), bits))
    rows = tuple(_subset(evidence, shapley, subset) for subset in smallest_first)
    notes = Notes()
    if shapley.problem:
        notes.add(f"No Shapley values: {shapley.problem}")
    names = {arm.name for arm in shapley.arms.values()}
    for caveat in incomplete(evidence):
        if caveat.arm in names:
            notes.add(caveat.text, caveat.trials)
    title = f"Subsets of components: mean ± standard deviation of {metric}"
    return Table("shapley_subsets", title, tuple(columns), rows, notes.all())


def _subset(
    evidence: Evidence, shapley: ShapleyValues, subset: int
) -> tuple[Cell, ...]:
    """The row of one subset: a check mark for each of its components, its mean, its runs."""
    arm = shapley.arms[subset]
    included = members(subset)
    marks = []
    for index in range(len(shapley.components)):
        has_component = index in included
        text = CHECK if has_component else ""
        marks.append(Cell(text, {"": has_component}))
    estimate, trials = evidence.estimate(arm.name, shapley.metric)
    mean = Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
    if estimate is not None:
        values: dict[str, Value] = {
            "mean": estimate.mean,
            "sd": estimate.sd,
            "n": estimate.n,
        }
        mean = Cell(numbers.spread(estimate.mean, estimate.sd), values, trials)
    done = len(evidence.runs(arm.name))
    runs = Cell(str(done), {"": done}, trials)
    return (Cell(arm.name, {"": arm.name}), *marks, mean, runs)
