"""Which way a metric is better, and the metric that arms are compared on."""

from __future__ import annotations

import re

from sweep.model.trial import Goal
from sweep.spec.study import StudySpec

_SMALLER_IS_BETTER = re.compile(
    r"(loss|error|perplexity|rmse|mse|mae|nll|brier|ece|distance|seconds)$"
)


def goal_of(spec: StudySpec, metric: str) -> Goal:
    """Which way is better.

    The study's goal for its own metric and for the same metric on another part of the data
    (`test/f1` for `val/f1`); otherwise by name: smaller for a loss, an error and the like, greater
    for all else.
    """
    own = spec.metric
    if metric.rpartition("/")[2] == own.name.rpartition("/")[2]:
        return own.goal
    return "minimize" if _SMALLER_IS_BETTER.search(metric) else "maximize"


def compared_metric(spec: StudySpec) -> str:
    """The metric that arms are compared on: the first of the report's, else the study's own."""
    shown = (*spec.report.compare, *spec.report.metrics)
    return shown[0] if shown else spec.metric.name
