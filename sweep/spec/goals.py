"""Whether a metric is maximized or minimized, and the metric that arms are compared on."""

from __future__ import annotations

import re

from sweep.model.trial import Goal
from sweep.spec.study import StudySpec

_SMALLER_IS_BETTER = re.compile(
    r"(loss|error|perplexity|rmse|mse|mae|nll|brier|ece|distance|seconds)$"
)


def goal_of(spec: StudySpec, metric: str) -> Goal:
    """Whether a metric is maximized or minimized.

    The study's goal counts for its own metric and for the same metric on other data (`test/f1` for
    `val/f1`). Otherwise the name decides: a loss, an error and the like are minimized, everything
    else is maximized.
    """
    study_metric = spec.metric
    if metric.rpartition("/")[2] == study_metric.name.rpartition("/")[2]:
        return study_metric.goal
    return "minimize" if _SMALLER_IS_BETTER.search(metric) else "maximize"


def compared_metric(spec: StudySpec) -> str:
    """The metric that arms are compared on: the report's first metric, else the study's metric."""
    shown = (*spec.report.compare, *spec.report.metrics)
    return shown[0] if shown else spec.metric.name
