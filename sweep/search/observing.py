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
    rule = Observe(depends_on, lambda suggestion: observe(spec, suggestion))
    return observations(trials, rule)


def observe(spec: StudySpec, suggestion: Suggestion) -> Observation:
    """A sampler's observation of a suggestion."""
    first = suggestion.trials[0]
    last_epoch = _censored_at(spec, first)
    state = _observed_state(spec, suggestion, is_censored=last_epoch is not None)
    mean: float | None = None
    means: tuple[float, ...] = ()
    if state is State.COMPLETE:
        mean = statistics.fmean(value(spec, trial) for trial in suggestion.trials)
        means = _mean_objectives(spec, suggestion)
    curve = reports.curve_so_far(first.reports, spec.metric.name)
    return Observation(
        config=first.config,
        state=state,
        value=mean,
        values=means,
        curve=_curve_until(curve, last_epoch),
        memory=first.attributes["memory"],
    )


def _observed_state(
    spec: StudySpec, suggestion: Suggestion, *, is_censored: bool
) -> State:
    """The state of a suggestion as its sampler sees it.

    Args:
        spec: the study.
        suggestion: its trials.
        is_censored: whether its first trial may still pause at a rung.
    """
    state = suggestion.state
    planned = 0 if spec.search is None else len(spec.search.pairs)
    if state is State.COMPLETE and len(suggestion.trials) < planned:
        state = State.RUNNING  # its other runs are still to come
    if state is State.PAUSED or (state is State.RUNNING and is_censored):
        return State.PRUNED  # the curve so far is known, and no final value
    if state is State.COMPLETE:
        # A trial taken over from a study without these objectives lacks them.
        is_lacking = any(lacking(spec, trial) for trial in suggestion.trials)
        return State.FAILED if is_lacking else State.COMPLETE
    return state


def _censored_at(spec: StudySpec, first: Trial) -> int | None:
    """The epoch up to which a sampler sees a trial that may still pause; None: all.

    A trial that continues after a rung is seen as it was there, until it reaches the next rung or
    ends.
    """
    if first.state.finished:
        return None
    return spec.early_terminate.censored_at(first, spec.metric.name, spec.metric.goal)


def _curve_until(curve: Mapping[int, float], last: int | None) -> Mapping[int, float]:
    """A curve up to its last epoch; None: the whole curve."""
    if last is None:
        return curve
    return {epoch: value for epoch, value in curve.items() if epoch <= last}


def _mean_objectives(spec: StudySpec, suggestion: Suggestion) -> tuple[float, ...]:
    """The mean of each objective over a suggestion's trials, in the order of the objectives."""
    runs = [objectives(spec, trial) for trial in suggestion.trials]
    means: list[float] = []
    for name in runs[0]:
        values = [run[name] for run in runs]
        present = [value for value in values if value is not None]
        means.append(statistics.fmean(present))
    return tuple(means)
