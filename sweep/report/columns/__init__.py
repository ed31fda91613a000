"""The columns of the ablation table: one file per group, one protocol, one registry."""

from __future__ import annotations

from sweep.report.columns import (
    change,
    collapsed,
    components,
    cost,
    design,
    looks,
    metrics,
    runs,
    step,
    tuned,
    verdict,
)
from sweep.report.columns.protocol import Build

# Name → builder, in the order of the table, right of the arm's name: results, then the metrics
# they come from, then the cost.
COLUMNS: dict[str, Build] = {
    "verdict": verdict.columns,
    "design": design.columns,
    "change": change.columns,
    "looks": looks.columns,
    "step": step.columns,
    "components": components.columns,
    "metrics": metrics.columns,
    "collapsed": collapsed.columns,
    "tuned": tuned.columns,
    "runs": runs.columns,
    "cost": cost.columns,
}
