"""The search stage: trials for the configurations a sampler suggests, read off the history.

A suggestion is one configuration with one trial for each of `search.seeds` and folds; its objective
is the mean over them. The first one goes ahead: what is pruned or fails there is not trained with
the others. With `wilcoxon` a configuration that is worse than the best one on the same runs gets no
further ones; that is an event in the log.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sweep import stopping
from sweep.history.history import History
from sweep.history.task_view import on_task
from sweep.model import grids, reports
from sweep.model.cohort import Cohort
from sweep.model.events import Event, Notice
from sweep.model.trial import Idle, Proposal, Report, State, Trial
from sweep.model.trial_events import ConfigurationGivenUp, TrialPromoted
from sweep.samplers import Observation
from sweep.search.observations import Observations, Observe, Suggestion, observations
from sweep.search.suggestion import DRAWS, suggest, used_up
from sweep.spec import StudySpec
from sweep.spec.tasks import tasks

NAME = "search"
_SEARCHED = (NAME, "retune")  # stages whose trials a sampler is told of


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next search trial: another seed of an open suggestion, or a new suggestion.

    In a study with tasks each is searched on its own; the one with the fewest trials comes first.
    """
    known = tasks(history.spec.parameters)
    if not known or history.spec.search is None:
        return _propose(history)
    fewest_first = sorted(known, key=lambda task: len(history.cohort(NAME, task.name)))
    waits = False
    for task in fewest_first:
        answer = _propose(on_task(history, task), task.name)
        if not isinstance(answer, str):
            return answer
        waits |= answer == "wait"
    return "wait" if waits else "done"


def _propose(
    history: History, task: str | None = None
) -> Proposal | list[Event] | Idle:
    trials = history.cohort(NAME)
    prior = [
        Observation(earlier.config, State.COMPLETE, earlier.value, prior=True)
        for earlier in history.prior
    ]
    label, group = (NAME, {}) if task is None else (f"{NAME} @ {task}", {"group": task})
    answer = next_trial(history.spec, trials, NAME, label, group, prior)
    return _ended_early(history, trials) if answer == "done" else answer


def _ended_early(history: History, trials: Sequence[Trial]) -> list[Event] | Idle:
    """`done`, after a notice if the search ran out of configurations before it ran out
    of trials.
    """
    tried = len(observed(history.spec, trials).suggestions)
    wanted = planned(history.spec)
    text = (
        f"the search tried {tried} configurations, not {wanted}: "
        f"{DRAWS} random draws brought no other"
    )
    if tried >= wanted or any(notice.message == text for notice in history.notices):
        return "done"
    return [Notice(text)]


def trained_out(history: History) -> list[Event]:
    """The promotion of the paused trial that got furthest, where no trial is complete.

    To be asked once no further trial of the search is started: else it would end without a result.
    In a study with tasks that holds of each task.
    """
    known = tasks(history.spec.parameters)
    for task in known:
        events = trained_out(on_task(history, task))
        if events:
            return events
    return [] if known else _trained_out(history.spec, history.cohort(NAME))


def over(history: History) -> bool:
    """Whether every suggestion was made and has ended, on every task."""
    for task in tasks(history.spec.parameters):
        if not over(on_task(history, task)):
            return False
    if tasks(history.spec.parameters):
        return True
    return finished(history.spec, history.cohort(NAME))


def suggestions(history: History) -> list[Suggestion]:
    """The search's trials grouped by configuration, in the order they were suggested.

    In a study with tasks they are those of the first task, then of the next.
    """
    found: list[Suggestion] = []
    for task in tasks(history.spec.parameters):
        found += suggestions(on_task(history, task))
    return found or suggestions_of(history.spec, history.cohort(NAME))


def suggestions_of(spec: StudySpec, trials: Sequence[Trial]) -> list[Suggestion]:
    """The trials of any search grouped by configuration, in the order they were suggested."""
    return list(observed(spec, trials).suggestions)


def ranking(history: History) -> list[Trial]:
    """Completed suggestions from best to worst by their objective, each by its first trial."""
    return ranked(history.spec, history.cohort(NAME))


def planned(spec: StudySpec) -> int:
    """How many configurations the search tries: `search.trials`, but no more than there are."""
    if spec.search is None:
        return 0
    size = grids.size(spec.parameters)
    if spec.search.duplicates or size is None:
        return spec.search.trials
    return min(spec.search.trials, size)


# --------------------------------------------------------------------------- any
# search: the study's, or one arm's


def next_trial(
    spec: StudySpec,
    trials: Sequence[Trial],
    stage: str,
    label: str,
    attributes: Mapping[str, Any],
    prior: Sequence[Observation] = (),
) -> Proposal | list[Event] | Idle:
    """The next trial of a search, or the event that a configuration gets no further one.

    Args:
        spec: with the search's settings and space; `spec.search` None is a search that is over.
        trials: all of this search so far.
        stage: of the proposal.
        label: of the proposal, to which the suggestion's number is added.
        attributes: of the proposal, beside what the search itself has to remember.
        prior: what the sampler knows from earlier studies.
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
    return _trained_out(spec, trials) or "done"


def _promotion(spec: StudySpec, trials: Sequence[Trial]) -> TrialPromoted | None:
    """The paused trial of a search that goes on before a new configuration is tried."""
    if spec.search is None:
        return None
    metric = spec.metric
    found = spec.early_terminate.promotable(
        trials, spec.search.pairs[0], metric.name, metric.goal
    )
    return None if found is None else TrialPromoted(*found)


def _trained_out(spec: StudySpec, trials: Sequence[Trial]) -> list[Event]:
    """See `trained_out`."""
    cohort = trials if isinstance(trials, Cohort) else Cohort.of(trials)
    if not cohort.paused or any(cohort.running()):
        return []
    so_far = observed(spec, trials)
    if so_far.open or any(seen.value is not None for seen in so_far.observations):
        return []
    paused = [cohort.trials[number] for number in cohort.paused]
    best = stopping.furthest(paused, spec.metric.name, spec.metric.goal)
    if best is None:
        return []
    reason = "no trial is complete: the best paused one is trained to the end"
    return [TrialPromoted(best.number, reason)]


def next_run(
    spec: StudySpec, stage: str, suggestion: Suggestion, so_far: Observations
) -> Proposal | list[Event] | None:
    """The next seed and fold of a suggestion whose first run is complete; None: there is none."""
    pairs = [] if spec.search is None else spec.search.pairs
    made = {(trial.seed, trial.fold) for trial in suggestion.trials}
    missing = [pair for pair in pairs if pair not in made]
    first = suggestion.trials[0]
    stopped = suggestion.state in (State.FAILED, State.PRUNED)
    if not missing or first.state is not State.COMPLETE or stopped:
        return None
    reason = _behind(spec, suggestion, so_far)
    if reason is not None:
        return [ConfigurationGivenUp(first.number, reason)]
    remembered = {
        key: value for key, value in first.attributes.items() if key != "reused"
    }
    return Proposal(stage, first.label, first.config, *missing[0], remembered)


def _behind(
    spec: StudySpec, suggestion: Suggestion, so_far: Observations
) -> str | None:
    """Why a configuration is not worth its remaining runs, by a rule that is asked between runs.

    Such a rule compares with the best complete configuration; to read every run of all the others
    would take long.
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
    """A configuration as a rule between runs sees it: one report for each complete run.

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
    """Whether every suggestion of a search was made and has ended."""
    so_far = observed(spec, trials)
    if (
        so_far.open
        or _promotion(spec, trials) is not None
        or _trained_out(spec, trials)
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
    """The complete suggestions by their objective; of equals the earlier first."""
    complete: list[tuple[float, Suggestion]] = []
    for observation, suggestion in zip(
        so_far.observations, so_far.suggestions, strict=True
    ):
        if observation.value is not None:
            complete.append((observation.value, suggestion))
    descending = spec.metric.goal == "maximize"
    complete.sort(key=lambda pair: pair[0], reverse=descending)
    return [suggestion for _, suggestion in complete]


def observed(spec: StudySpec, trials: Sequence[Trial]) -> Observations:
    """The suggestions of a search, and what its sampler is told of each."""
    runs: tuple[object, ...] = ()
    if spec.search is not None:
        objective_names = tuple(objective.name for objective in spec.search.objectives)
        runs = (tuple(spec.search.pairs), objective_names)
    depends_on = (runs, spec.metric, spec.report.select, spec.report.select_by)
    return observations(
        trials, Observe(depends_on, lambda suggestion: observe(spec, suggestion))
    )


# --------------------------------------------------------------------------- what a
# trial is worth to a search


def observe(spec: StudySpec, suggestion: Suggestion) -> Observation:
    """What a sampler is told of a suggestion."""
    first = suggestion.trials[0]
    state = suggestion.state
    wanted = len(spec.search.pairs) if spec.search is not None else 0
    if state is State.COMPLETE and len(suggestion.trials) < wanted:
        state = State.RUNNING  # its other runs are still to come
    until = _censored_at(spec, first)
    if state is State.PAUSED or (state is State.RUNNING and until is not None):
        state = (
            State.PRUNED
        )  # to a sampler: it knows how far the curve came, and no end
    if state is State.COMPLETE and any(
        lacking(spec, trial) for trial in suggestion.trials
    ):
        state = (
            State.FAILED
        )  # taken over from a study that did not want these objectives
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
    """The epoch up to which a sampler knows a trial that may still pause; None: all.

    One that goes on behind a rung stays what it was there until it gets to the next, or ends.
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


def value(spec: StudySpec, trial: Trial) -> float:
    """The study's metric of one trial at its selected epoch: see `StudySpec.selected`.

    NaN where that epoch does not carry it, which only `report.select_by` can bring about.
    """
    if spec.report.select == "last":
        curve = trial.curve(spec.metric.name)
        return curve[max(curve)]
    if spec.report.select_by is not None:
        report = spec.selected(trial)
        read = None if report is None else report.metrics.get(spec.metric.name)
        return math.nan if read is None else read
    values = reports.finite(trial.reports, spec.metric.name)
    return max(values) if spec.metric.goal == "maximize" else min(values)


def objectives(spec: StudySpec, trial: Trial) -> dict[str, float | None]:
    """The search's objectives and a search trial's values of them.

    They are read at the epoch that counts: see `StudySpec.selected`.
    """
    if spec.search is None or not spec.search.objectives or trial.stage != NAME:
        return {}
    report = spec.selected(trial)
    metrics = {} if report is None else report.metrics
    return {
        objective.name: metrics.get(objective.name)
        for objective in spec.search.objectives
    }


def lacking(spec: StudySpec, trial: Trial) -> str | None:
    """Why a trial that carries the study's metric is no result of the search all the same.

    None if it is one.
    """
    absent = [name for name, value in objectives(spec, trial).items() if value is None]
    by_another = spec.report.select_by is not None and trial.stage in _SEARCHED
    if by_another and trial.reports and math.isnan(value(spec, trial)):
        absent.append(spec.metric.name)
    if not absent:
        return None
    report = spec.selected(trial)
    if report is None:
        return f"no epoch carries a finite {spec.selector.name}"
    names = ", ".join(absent)
    return (
        f"epoch {trial.epochs_done(report.epoch)}, the selected one, carries no finite {names}: "
        f"report all of them with each epoch"
    )
