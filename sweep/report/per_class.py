"""The per-class tables: one row a class, one column an arm."""

from __future__ import annotations

from collections import defaultdict

from sweep.report import numbers
from sweep.report.caveats import incomplete
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_bold
from sweep.report.table import Cell, Column, Notes, Table


def per_class_tables(evidence: Evidence) -> list[Table]:
    """One table per family of metrics named `<part>/<metric>/<class>`, such as `test/f1/eyes`.

    Only the part of the data that the study's first table metric is from (`test` for `test/f1`);
    never the terms of a loss, which are named alike.
    """
    part = evidence.metrics[0].partition("/")[0]
    families: dict[str, list[str]] = defaultdict(list)
    for metric in evidence.complete.select_dtypes("number").columns:
        pieces = str(metric).split("/")
        if len(pieces) >= 3 and pieces[0] == part != "train":
            families["/".join(pieces[:2])].append(str(metric))
    return [_table(evidence, family, metrics) for family, metrics in families.items()]


def _table(evidence: Evidence, family: str, metrics: list[str]) -> Table:
    notes = Notes()
    marks = {
        c.arm: notes.mark(c.text, c.trials)
        for c in incomplete(evidence)
        if c.arm is not None
    }
    columns = [
        Column("class", "Class", "left"),
        *(Column(arm, arm) for arm in evidence.arms),
    ]
    rows, found, alike = [], [], []
    for metric in metrics:
        name = metric.removeprefix(f"{family}/")
        best = evidence.best(metric)
        bold = dict(zip(evidence.arms, best.bold, strict=True))
        found.append(best)
        alike += [name] if best.all_alike else []
        row = [Cell(name, {"": name})]
        for arm in evidence.arms:
            mark = (marks[arm],) if arm in marks else ()
            estimate, trials = evidence.estimate(arm, metric)
            if estimate is None:
                row.append(
                    Cell(
                        numbers.MISSING, {"mean": None, "sd": None, "n": 0}, marks=mark
                    )
                )
                continue
            text = numbers.spread(estimate.mean, estimate.sd)
            values = {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n}
            row.append(Cell(text, values, trials, mark, bold[arm]))
        rows.append(tuple(row))
    explain_bold(evidence, alike, any(any(best.bold) for best in found), notes)
    title = (
        f"{family} per class {arrow(evidence.history, family)}: mean ± standard"
        " deviation over runs"
    )
    return Table(
        f"per_class_{family.replace('/', '_')}",
        title,
        tuple(columns),
        tuple(rows),
        notes.all(),
    )
