"""A sampler's observations of the configurations that a search has suggested.

A suggestion's objective is the mean over its trials. A trial that may still pause at a rung is
observed as a curve without a final value.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from sweep.model import reports
from sweep.model.trial import State, Trial
from sweep.samplers import Observation
from sweep.search.observations import Observations, Observe, Suggestion, observations
from sweep.search.trial_value import lacking, objectives, value
from sweep.spec import StudySpec


def observed(spec: StudySpec, trials: Sequence[Trial]) -> Observations:
    """The suggestions of a search, each with its sampler's observation."""
    runs: tuple[object, ...] = ()
    if spec.search is not None:
        objective_names = tuple(objective.name for objective in spec.search.objectives)
        runs = (tuple(spec.search.pairs), objective_names)
    depends_on = (runs, spec.metric, spec.report.select, spec.report.select_by)
    return observations(
        trials, Observe(depends_on, lambda suggestion: observe(spec, suggestion))
    )


def observe(spec: StudySpec, suggestion: Suggestion) -> Observation:
    """A sampler's observation of a suggestion."""
    first = suggestion.trials[0]
    state = suggestion.state
    wanted = len(spec.search.pairs) if spec.search is not None else 0
    if state is State.COMPLETE and len(suggestion.trials) < wanted:
        state = State.RUNNING  # its other runs are still to come
    until = _censored_at(spec, first)
    if state is State.PAUSED or (state is State.RUNNING and until is not None):
        state = State.PRUNED  # the curve so far is known, and no final value
    if state is State.COMPLETE and any(
        lacking(spec, trial) for trial in suggestion.trials
    ):
        # Taken over from a study without these objectives.
        state = State.FAILED
    mean: float | None = None
    means: tuple[float, ...] = ()
    if state is State.COMPLETE:
        mean = statistics.fmean(value(spec, trial) for trial in suggestion.trials)
        means = _mean_objectives(spec, suggestion)
    return Observation(
        config=first.config,
        state=state,
        value=mean,
        values=means,
        curve=_curve_until(
            reports.curve_so_far(first.reports, spec.metric.name), until
        ),
        memory=first.attributes["memory"],
    )


def _censored_at(spec: StudySpec, first: Trial) -> int | None:
    """The epoch up to which a sampler sees a trial that may still pause; None: all.

    A trial that continues after a rung is seen as it was there, until it reaches the next rung or
    ends.
    """
    if first.state.finished:
        return None
    return spec.early_terminate.censored_at(first, spec.metric.name, spec.metric.goal)


def _curve_until(curve: Mapping[int, float], last: int | None) -> Mapping[int, float]:
    if last is None:
        return curve
    return {epoch: value for epoch, value in curve.items() if epoch <= last}


def _mean_objectives(spec: StudySpec, suggestion: Suggestion) -> tuple[float, ...]:
    runs = [objectives(spec, trial) for trial in suggestion.trials]
    means: list[float] = []
    for name in runs[0]:
        values = [run[name] for run in runs]
        means.append(statistics.fmean(value for value in values if value is not None))
    return tuple(means)
