"""A trial's result for a search: its value, its objectives, and missing metrics."""

from __future__ import annotations

import math

from sweep.model import reports
from sweep.model.smoothing import trailing_means
from sweep.model.trial import Trial
from sweep.spec import StudySpec

STAGE = "search"
_SEARCHED = (STAGE, "retune")  # stages whose trials a sampler is told of


def value(spec: StudySpec, trial: Trial) -> float:
    """The study's metric of one trial at its selected epoch: see `StudySpec.selected`.

    With `report.select: smoothed` it is the mean over the latest epochs there (`smoothing`).
    It is NaN if that epoch lacks the metric, which is possible with `report.select_by` only.
    """
    if spec.report.select == "last":
        curve = trial.curve(spec.metric.name)
        return curve[max(curve)]
    if spec.report.select_by is not None:
        report = spec.selected(trial)
        read = None if report is None else report.metrics.get(spec.metric.name)
        return math.nan if read is None else read
    values = reports.finite(trial.reports, spec.metric.name)
    if spec.report.select == "smoothed":
        values = trailing_means(values)
    return max(values) if spec.metric.goal == "maximize" else min(values)


def objectives(spec: StudySpec, trial: Trial) -> dict[str, float | None]:
    """The search's objectives and a search trial's values of them.

    They are read at the epoch that counts: see `StudySpec.selected`.
    """
    if spec.search is None or not spec.search.objectives or trial.stage != STAGE:
        return {}
    report = spec.selected(trial)
    metrics = {} if report is None else report.metrics
    return {
        objective.name: metrics.get(objective.name)
        for objective in spec.search.objectives
    }


def lacking(spec: StudySpec, trial: Trial) -> str | None:
    """Why a trial with the study's metric is not a result of the search; None if it is."""
    absent = [name for name, value in objectives(spec, trial).items() if value is None]
    by_another = spec.report.select_by is not None and trial.stage in _SEARCHED
    if by_another and trial.reports and math.isnan(value(spec, trial)):
        absent.append(spec.metric.name)
    if not absent:
        return None
    report = spec.selected(trial)
    if report is None:
        return f"no epoch has a finite {spec.selector.name}"
    names = ", ".join(absent)
    return (
        f"epoch {trial.epochs_done(report.epoch)}, the selected one, has no finite "
        f"{names}: report all of them at each epoch"
    )
