"""The search stage: trials for the configurations a sampler suggests, read off the history.

A suggestion is one configuration with one trial for each of `search.seeds` and folds; its objective
is the mean over them. The first one goes ahead: what is pruned or fails there is not trained with
the others. With `wilcoxon` a configuration that is worse than the best one on the same runs gets no
further ones; that is an event in the log.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sweep.history import records
from sweep.history.history import History
from sweep.log.event_log import Event
from sweep.model import grids, reports
from sweep.model.trial import Idle, Proposal, Report, State, Trial
from sweep.samplers import Observation
from sweep.search.observations import Past, Suggestion
from sweep.search.observations import past as past_of
from sweep.search.suggestion import DRAWS, suggest, used_up
from sweep.spec import StudySpec

NAME = "search"


def propose(history: History) -> Proposal | list[Event] | Idle:
    """The next search trial: another seed of an open suggestion, or a new suggestion."""
    trials = history.cohort(NAME)
    prior = [
        Observation(known["config"], State.COMPLETE, known["value"], prior=True)
        for known in history.prior
    ]
    answer = next_trial(history.spec, trials, NAME, NAME, {}, prior)
    return _ended_early(history, trials) if answer == "done" else answer


def _ended_early(history: History, trials: Sequence[Trial]) -> list[Event] | Idle:
    """`done`, after a notice if the search ran out of configurations before it ran out of trials."""
    tried, wanted = len(_past(history.spec, trials).suggestions), planned(history.spec)
    text = f"the search tried {tried} configurations, not {wanted}: {DRAWS} random draws brought no other"
    if tried >= wanted or any(notice["message"] == text for notice in history.notices):
        return "done"
    return [records.notice(text)]


def over(history: History) -> bool:
    """Whether every suggestion was made and has ended."""
    return finished(history.spec, history.cohort(NAME))


def suggestions(history: History) -> list[Suggestion]:
    """The search's trials grouped by configuration, in the order they were suggested."""
    return list(_past(history.spec, history.cohort(NAME)).suggestions)


def ranking(history: History) -> list[Trial]:
    """Completed suggestions from best to worst by their objective, each by its first trial."""
    return ranked(history.spec, history.cohort(NAME))


def planned(spec: StudySpec) -> int:
    """How many configurations the search tries: `search.trials`, but no more than there are."""
    if spec.search is None:
        return 0
    if spec.search.duplicates:
        return spec.search.trials
    limits = (spec.search.trials, grids.size(spec.parameters))
    return min(limit for limit in limits if limit is not None)


# --------------------------------------------------------------------------- any search: the study's, or one arm's


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
    past = _past(spec, trials)
    for suggestion in [past.suggestions[place] for place in past.open]:
        made, first = (
            {(trial.seed, trial.fold) for trial in suggestion.trials},
            suggestion.trials[0],
        )
        missing = [pair for pair in spec.search.pairs if pair not in made]
        if (
            missing
            and first.state is State.COMPLETE
            and suggestion.state not in (State.FAILED, State.PRUNED)
        ):
            if (why := _behind(spec, suggestion, past)) is not None:
                return [{"event": "configuration_given_up", "trial": first.number, "reason": why}]
            remembered = {key: told for key, told in first.attributes.items() if key != "reused"}
            return Proposal(stage, first.label, first.config, *missing[0], remembered)
    number = len(past.suggestions)
    if (
        number < planned(spec)
        and (found := suggest(spec, past.observations, prior, past.tried)) is not None
    ):
        config, memory = found
        remembered = {**attributes, "suggestion": number, "memory": memory}
        return Proposal(stage, f"{label} {number}", config, *spec.search.pairs[0], remembered)
    return "done" if all(past.suggestions[place].state.finished for place in past.open) else "wait"


def _behind(spec: StudySpec, suggestion: Suggestion, past: Past) -> str | None:
    """Why a configuration is not worth its remaining runs, by a rule that is asked between runs.

    Such a rule compares with the best complete configuration; to read every run of all the others
    would take long.
    """
    rule, goal = spec.early_terminate, spec.metric.goal
    if not rule.between_runs:
        return None
    seen = zip(past.observations, past.suggestions, strict=True)
    complete = [(told.value, other) for told, other in seen if told.value is not None]
    if not complete:
        return None
    _, best = (max if goal == "maximize" else min)(complete, key=lambda pair: pair[0])
    return rule.stop_reason(
        _by_run(spec, suggestion), [_by_run(spec, best)], spec.metric.name, goal
    )


def _by_run(spec: StudySpec, suggestion: Suggestion) -> Trial:
    """A configuration as such a rule sees it: one report a complete run, its `epoch` the place of its seed and fold."""
    pairs = [] if spec.search is None else spec.search.pairs
    runs = {
        (t.seed, t.fold): value(spec, t) for t in suggestion.trials if t.state is State.COMPLETE
    }
    reports = [
        Report(i, {spec.metric.name: runs[pair]}, 0.0)
        for i, pair in enumerate(pairs)
        if pair in runs
    ]
    return replace(suggestion.trials[0], state=observe(spec, suggestion).state, reports=reports)


def finished(spec: StudySpec, trials: Sequence[Trial]) -> bool:
    """Whether every suggestion of a search was made and has ended."""
    past = _past(spec, trials)
    if past.open:
        return False
    return len(past.suggestions) >= planned(spec) or used_up(spec, past.observations, past.tried)


def _past(spec: StudySpec, trials: Sequence[Trial]) -> Past:
    told = (
        ()
        if spec.search is None
        else (tuple(spec.search.pairs), tuple(o.name for o in spec.search.objectives))
    )
    return past_of(
        trials,
        lambda suggestion: observe(spec, suggestion),
        (told, spec.metric, spec.report.select),
    )


def ranked(spec: StudySpec, trials: Sequence[Trial]) -> list[Trial]:
    """Completed suggestions of a search from best to worst by their objective, each by its first trial."""
    past = _past(spec, trials)
    best_first = sorted(
        (
            (o.value, s)
            for o, s in zip(past.observations, past.suggestions, strict=True)
            if o.value is not None
        ),
        key=lambda pair: pair[0],
        reverse=spec.metric.goal == "maximize",
    )
    return [suggestion.trials[0] for _, suggestion in best_first]


def observe(spec: StudySpec, suggestion: Suggestion) -> Observation:
    """What a sampler is told of a suggestion."""
    first = suggestion.trials[0]
    state = suggestion.state
    wanted = len(spec.search.pairs) if spec.search is not None else 0
    if state is State.COMPLETE and len(suggestion.trials) < wanted:
        state = State.RUNNING  # its other runs are still to come
    if state is State.COMPLETE and any(lacking(spec, t) for t in suggestion.trials):
        state = State.FAILED  # taken over from a study that did not want these objectives
    return Observation(
        config=first.config,
        state=state,
        value=statistics.fmean(value(spec, t) for t in suggestion.trials)
        if state is State.COMPLETE
        else None,
        values=_mean_objectives(spec, suggestion) if state is State.COMPLETE else (),
        curve=reports.curve_so_far(first.reports, spec.metric.name),
        memory=first.attributes["memory"],
    )


def _mean_objectives(spec: StudySpec, suggestion: Suggestion) -> tuple[float, ...]:
    found = [objectives(spec, trial) for trial in suggestion.trials]
    return tuple(
        statistics.fmean(v for run in found if (v := run[name]) is not None) for name in found[0]
    )


def value(spec: StudySpec, trial: Trial) -> float:
    """The study's metric of one trial at its selected epoch: the best one, or the last (`report.select`)."""
    if spec.report.select == "last":
        curve = trial.curve(spec.metric.name)
        return curve[max(curve)]
    values = reports.finite(trial.reports, spec.metric.name)
    return max(values) if spec.metric.goal == "maximize" else min(values)


def objectives(spec: StudySpec, trial: Trial) -> dict[str, float | None]:
    """The search's objectives and a search trial's values, read at the epoch that the study's metric selects."""
    if spec.search is None or not spec.search.objectives or trial.stage != NAME:
        return {}
    report = trial.selected(spec.metric.name, spec.metric.goal, spec.report.select)
    told = {} if report is None else report.metrics
    return {objective.name: told.get(objective.name) for objective in spec.search.objectives}


def lacking(spec: StudySpec, trial: Trial) -> str | None:
    """Why a trial that carries the study's metric is no result of the search all the same; None if it is one."""
    absent = [name for name, found in objectives(spec, trial).items() if found is None]
    if not absent:
        return None
    report = trial.selected(spec.metric.name, spec.metric.goal, spec.report.select)
    if report is None:
        return f"no epoch carries a finite {spec.metric.name}"
    names = ", ".join(absent)
    return f"epoch {report.epoch}, the selected one, carries no finite {names}: report every objective with each epoch"
