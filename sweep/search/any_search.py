"""The next trial of a search: the study's, or the retuning of one arm.

A suggestion is one configuration with one trial for each pair of `search.seeds` and fold. Its first
trial runs alone: if that one is pruned or fails, the others are not trained. With `wilcoxon` a
configuration that is worse than the best one on the same runs is given up; the log records it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sweep import stopping
from sweep.model import grids
from sweep.model.cohort import Cohort
from sweep.model.events import Event
from sweep.model.lineage import failure_of
from sweep.model.trial import Idle, Proposal, Report, State, Trial
from sweep.model.trial_events import ConfigurationGivenUp, TrialPromoted
from sweep.samplers import Observation
from sweep.search.observations import Observations, Suggestion
from sweep.search.observing import observe, observed
from sweep.search.suggestion import suggest, used_up
from sweep.search.trial_value import lacking, value
from sweep.spec import StudySpec


def planned(spec: StudySpec) -> int:
    """Configurations that the search tries: `search.trials`, or all of a smaller space."""
    if spec.search is None:
        return 0
    size = grids.size(spec.parameters)
    if spec.search.duplicates or size is None:
        return spec.search.trials
    return min(spec.search.trials, size)


def next_trial(
    spec: StudySpec,
    trials: Sequence[Trial],
    stage: str,
    label: str,
    attributes: Mapping[str, Any],
    prior: Sequence[Observation] = (),
) -> Proposal | list[Event] | Idle:
    """The next trial of a search, or the event that a configuration is given up or promoted.

    Args:
        spec: with the search's settings and space; if `spec.search` is None, the search is over.
        trials: all trials of this search so far.
        stage: stage of the proposal.
        label: label of the proposal; the suggestion's number is appended.
        attributes: attributes of the proposal, in addition to those that the search stores.
        prior: observations from earlier studies.
    """
    if spec.search is None:
        return "done"
    so_far = observed(spec, trials)
    for index in so_far.open:
        answer = next_run(spec, stage, so_far.suggestions[index], so_far)
        if answer is not None:
            return answer
    promotion = _promotion(spec, trials)
    if promotion is not None:
        return [promotion]
    number = len(so_far.suggestions)
    if number < planned(spec):
        suggested = suggest(spec, so_far.observations, prior, so_far.tried)
        if suggested is not None:
            config, memory = suggested
            remembered = {**attributes, "suggestion": number, "memory": memory}
            seed, fold = spec.search.pairs[0]
            return Proposal(stage, f"{label} {number}", config, seed, fold, remembered)
    running = any(not so_far.suggestions[index].state.finished for index in so_far.open)
    if running:
        return "wait"
    return last_promotion(spec, trials) or "done"


def _promotion(spec: StudySpec, trials: Sequence[Trial]) -> TrialPromoted | None:
    """The paused trial that continues before a new configuration is tried; None: there is none."""
    if spec.search is None:
        return None
    metric = spec.metric
    promoted = spec.early_terminate.promotable(
        trials, spec.search.pairs[0], metric.name, metric.goal
    )
    return None if promoted is None else TrialPromoted(*promoted)


def fallback_promotion(spec: StudySpec, trials: Sequence[Trial]) -> list[Event]:
    """Promote the paused trial that got furthest if no trial is complete; [] otherwise.

    Call it when the search starts no further trial: without a promotion it would end without a
    result.
    """
    cohort = Cohort.of(trials)
    if not cohort.paused or any(cohort.running()):
        return []
    so_far = observed(spec, trials)
    has_result = any(one.value is not None for one in so_far.observations)
    if so_far.open or has_result:
        return []
    paused = [cohort.trials[number] for number in cohort.paused]
    paused = [trial for trial in paused if failure_of(trial) is None]
    best = stopping.furthest(paused, spec.metric.name, spec.metric.goal)
    if best is None:
        return []
    reason = "no trial is complete: the best paused trial is trained to the end"
    return [TrialPromoted(best.number, reason)]


def last_promotion(spec: StudySpec, trials: Sequence[Trial]) -> list[Event]:
    """Promote a paused trial that goes on once the search starts no new one; [] if none does.

    If no trial is complete, that is the one that got furthest; else the best of all at a rung.
    """
    fallback = fallback_promotion(spec, trials)
    if fallback:
        return fallback
    cohort = Cohort.of(trials)
    if spec.search is None or not cohort.paused or any(cohort.running()):
        return []
    if observed(spec, trials).open:
        return []
    run, metric = spec.search.pairs[0], spec.metric
    found = spec.early_terminate.leader(cohort, run, metric.name, metric.goal)
    return [] if found is None else [TrialPromoted(*found)]


def next_run(
    spec: StudySpec, stage: str, suggestion: Suggestion, so_far: Observations
) -> Proposal | list[Event] | None:
    """The next run of a suggestion whose first run is complete, or the event that gives it up.

    None: nothing is left to run, or not yet.
    """
    pairs = [] if spec.search is None else spec.search.pairs
    existing = {(trial.seed, trial.fold) for trial in suggestion.trials}
    missing = [pair for pair in pairs if pair not in existing]
    first = suggestion.trials[0]
    stopped = suggestion.state in (State.FAILED, State.PRUNED)
    if not missing or first.state is not State.COMPLETE or stopped:
        return None
    reason = _behind(spec, suggestion, so_far)
    if reason is not None:
        return [ConfigurationGivenUp(first.number, reason)]
    attributes = dict(first.attributes)
    attributes.pop("reused", None)
    seed, fold = missing[0]
    return Proposal(stage, first.label, first.config, seed, fold, attributes)


def _behind(
    spec: StudySpec, suggestion: Suggestion, so_far: Observations
) -> str | None:
    """Why a rule that decides between runs gives a configuration up; None: it continues.

    The rule compares with the best complete configuration only: reading every run of all the others
    would take too long.
    """
    rule, goal = spec.early_terminate, spec.metric.goal
    if not rule.between_runs:
        return None
    best = next(iter(_best_first(spec, so_far)), None)
    if best is None:
        return None
    runs, best_runs = _by_run(spec, suggestion), _by_run(spec, best)
    return rule.stop_reason(runs, [best_runs], spec.metric.name, goal)


def _by_run(spec: StudySpec, suggestion: Suggestion) -> Trial:
    """A configuration as one trial, for a rule that decides between runs: a report for each run.

    The report's `epoch` is the index of the run's seed and fold.
    """
    pairs = [] if spec.search is None else spec.search.pairs
    values: dict[tuple[int, int | None], float] = {}
    for trial in suggestion.trials:
        if trial.state is State.COMPLETE and lacking(spec, trial) is None:
            values[trial.seed, trial.fold] = value(spec, trial)
    runs = [
        Report(index, {spec.metric.name: values[pair]}, 0.0)
        for index, pair in enumerate(pairs)
        if pair in values
    ]
    state = observe(spec, suggestion).state
    return replace(suggestion.trials[0], state=state, reports=runs)


def finished(spec: StudySpec, trials: Sequence[Trial]) -> bool:
    """Whether the search has made all its suggestions, and all have ended."""
    so_far = observed(spec, trials)
    if (
        so_far.open
        or _promotion(spec, trials) is not None
        or last_promotion(spec, trials)
    ):
        return False
    if len(so_far.suggestions) >= planned(spec):
        return True
    return used_up(spec, so_far.observations, so_far.tried)


def ranked(spec: StudySpec, trials: Sequence[Trial]) -> list[Trial]:
    """Completed suggestions of a search from best to worst by their objective.

    Each is given by its first trial.
    """
    best_first = _best_first(spec, observed(spec, trials))
    return [suggestion.trials[0] for suggestion in best_first]


def _best_first(spec: StudySpec, so_far: Observations) -> list[Suggestion]:
    """The complete suggestions, best objective first; of equals the earlier first."""
    complete: list[tuple[float, Suggestion]] = []
    for observation, suggestion in zip(
        so_far.observations, so_far.suggestions, strict=True
    ):
        if observation.value is not None:
            complete.append((observation.value, suggestion))
    descending = spec.metric.goal == "maximize"
    complete.sort(key=lambda pair: pair[0], reverse=descending)
    return [suggestion for _, suggestion in complete]
