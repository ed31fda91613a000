"""The per-class tables: one row per class, one column per arm."""

from __future__ import annotations

from collections import defaultdict

from sweep.report import numbers
from sweep.report.caveats import incomplete
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_bold
from sweep.report.table import Cell, Column, Notes, Table


def per_class_tables(evidence: Evidence) -> list[Table]:
    """Return a table for each family of metrics `<part>/<metric>/<class>`, such as `test/f1/eyes`.

    The part of the data is that of the study's first table metric (`test` for `test/f1`). Terms of
    a loss have names of the same form on the part `train` and are left out.
    """
    part = evidence.metrics[0].partition("/")[0]
    if part == "train":
        return []
    tables = []
    for family, metrics in _families(evidence, part).items():
        table = _table(evidence, family, metrics)
        tables.append(table)
    return tables


def _families(evidence: Evidence, part: str) -> dict[str, list[str]]:
    """Return `<part>/<metric>` → its metrics of single classes."""
    metrics = evidence.complete.select_dtypes("number").columns
    families: dict[str, list[str]] = defaultdict(list)
    for metric in map(str, metrics):
        words = metric.split("/")
        if len(words) >= 3 and words[0] == part:
            family = f"{part}/{words[1]}"
            families[family].append(metric)
    return families


def _table(evidence: Evidence, family: str, metrics: list[str]) -> Table:
    """Return the table of one family."""
    notes = Notes()
    marks = _incomplete_marks(evidence, notes)
    columns = [Column("class", "Class", "left")]
    columns += [Column(arm, arm) for arm in evidence.arms]
    rows: list[tuple[Cell, ...]] = []
    indistinct: list[str] = []
    any_bold = False
    for metric in metrics:
        class_name = metric.removeprefix(f"{family}/")
        best = evidence.best(metric)
        any_bold |= any(best.bold)
        if best.all_alike:
            indistinct.append(class_name)
        row = [Cell(class_name, {"": class_name})]
        for arm, bold in zip(evidence.arms, best.bold, strict=True):
            arm_marks = marks.get(arm, ())
            cell = _cell(evidence, arm, metric, arm_marks, bold=bold)
            row.append(cell)
        rows.append(tuple(row))
    explain_bold(evidence, indistinct, any_bold, notes)
    direction = arrow(evidence.history, family)
    title = f"{family} per class {direction}: mean ± standard deviation over runs"
    name = f"per_class_{family.replace('/', '_')}"
    return Table(name, title, tuple(columns), tuple(rows), notes.all())


def _incomplete_marks(evidence: Evidence, notes: Notes) -> dict[str, tuple[str, ...]]:
    """Add a note for each arm without all its runs, and return arm → its mark."""
    marks: dict[str, tuple[str, ...]] = {}
    for caveat in incomplete(evidence):
        if caveat.arm is not None:
            mark = notes.mark(caveat.text, caveat.trials)
            marks[caveat.arm] = (mark,)
    return marks


def _cell(
    evidence: Evidence, arm: str, metric: str, marks: tuple[str, ...], *, bold: bool
) -> Cell:
    """Return the cell of one arm for one class."""
    estimate, trials = evidence.estimate(arm, metric)
    if estimate is None:
        return Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0}, marks=marks)
    text = numbers.spread(estimate.mean, estimate.sd)
    values = {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n}
    return Cell(text, values, trials, marks, bold)
