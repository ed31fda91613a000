"""The columns of the ablation table: one file a column or a group, one protocol, one registry."""

from __future__ import annotations

from sweep.report.columns import (
    change,
    collapsed,
    components,
    cost,
    design,
    looks,
    metrics,
    step,
    tuned,
    verdict,
)
from sweep.report.columns.protocol import Build

# Name → builder, in the order of the table, right of the arm's name.
COLUMNS: dict[str, Build] = {
    "verdict": verdict.columns,
    "components": components.columns,
    "design": design.columns,
    "metrics": metrics.columns,
    "collapsed": collapsed.columns,
    "change": change.columns,
    "looks": looks.columns,
    "step": step.columns,
    "tuned": tuned.columns,
    "cost": cost.columns,
}
