"""Floor 5: the search stage: trials for the configurations a sampler suggests, read off the history.

A suggestion is one configuration with one trial for each of `search.seeds`; its objective is the mean over them. The
first seed goes ahead: what is pruned or fails there is not trained with the others.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep import designs, parameters
from sweep.history import History
from sweep.samplers import Memory, Observation, sampler
from sweep.spec import StudySpec
from sweep.trial import Idle, Proposal, State, Trial, configuration_key

NAME = "search"
_TRIES = 20  # how often a sampler is asked for a configuration that was not tried before


@dataclass(frozen=True)
class Suggestion:
    """A configuration the search chose, with the trials it has so far."""

    number: int
    trials: tuple[Trial, ...]

    @property
    def state(self) -> State:
        """COMPLETE when all its trials are; PRUNED or FAILED as soon as one is."""
        states = [trial.state for trial in self.trials]
        return next((s for s in (State.FAILED, State.PRUNED, State.RUNNING) if s in states), State.COMPLETE)


def propose(history: History) -> Proposal | Idle:
    """The next search trial: another seed of an open suggestion, or a new suggestion."""
    return next_trial(history.spec, history.stage(NAME), NAME, NAME, {})


def over(history: History) -> bool:
    """Whether every suggestion was made and has ended."""
    return finished(history.spec, history.stage(NAME))


def suggestions(history: History) -> list[Suggestion]:
    """The search's trials grouped by configuration, in the order they were suggested."""
    return grouped(history.stage(NAME))


def ranking(history: History) -> list[Trial]:
    """Completed suggestions from best to worst by their objective, each by its first trial."""
    return ranked(history.spec, history.stage(NAME))


def planned(spec: StudySpec) -> int:
    """How many configurations the search tries: `search.trials`, but no more than there are."""
    if spec.search is None:
        return 0
    limits = (spec.search.trials, parameters.size(spec.parameters))
    return min(limit for limit in limits if limit is not None)


# --------------------------------------------------------------------------- any search: the study's, or one arm's


def next_trial(
    spec: StudySpec, trials: Sequence[Trial], stage: str, label: str, attributes: Mapping[str, Any]
) -> Proposal | Idle:
    """The next trial of a search.

    Args:
        spec: with the search's settings and space; `spec.search` None is a search that is over.
        trials: all of this search so far.
        stage: of the proposal.
        label: of the proposal, to which the suggestion's number is added.
        attributes: of the proposal, beside what the search itself has to remember.
    """
    if spec.search is None:
        return "done"
    past = grouped(trials)
    for suggestion in past:
        missing = [s for s in spec.search.seeds if s not in {trial.seed for trial in suggestion.trials}]
        first = suggestion.trials[0]
        if missing and first.state is State.COMPLETE and suggestion.state is not State.FAILED:
            return Proposal(stage, first.label, first.config, missing[0], None, first.attributes)
    if len(past) < planned(spec):
        observations = [observe(spec, suggestion) for suggestion in past]
        if (found := suggest(spec, observations)) is not None:
            config, memory = found
            remembered = {**attributes, "suggestion": len(past), "memory": memory}
            return Proposal(stage, f"{label} {len(past)}", config, spec.search.seeds[0], None, remembered)
    return "done" if all(s.state.finished for s in past) else "wait"


def finished(spec: StudySpec, trials: Sequence[Trial]) -> bool:
    """Whether every suggestion of a search was made and has ended."""
    past = grouped(trials)
    return len(past) >= planned(spec) and all(observe(spec, s).state.finished for s in past)


def grouped(trials: Sequence[Trial]) -> list[Suggestion]:
    """A search's trials by configuration, in the order they were suggested."""
    groups: dict[int, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.attributes["suggestion"], []).append(trial)
    return [Suggestion(number, tuple(group)) for number, group in groups.items()]


def ranked(spec: StudySpec, trials: Sequence[Trial]) -> list[Trial]:
    """Completed suggestions of a search from best to worst by their objective, each by its first trial."""
    complete = [(observe(spec, s), s) for s in grouped(trials)]
    best_first = sorted(
        ((seen.value, s) for seen, s in complete if seen.value is not None),
        key=lambda pair: pair[0],
        reverse=spec.metric.goal == "maximize",
    )
    return [suggestion.trials[0] for _, suggestion in best_first]


def observe(spec: StudySpec, suggestion: Suggestion) -> Observation:
    """What a sampler is told of a suggestion."""
    first = suggestion.trials[0]
    state = suggestion.state
    wanted = len(spec.search.seeds) if spec.search is not None else 0
    if state is State.COMPLETE and len(suggestion.trials) < wanted:
        state = State.RUNNING  # its other seeds are still to come
    return Observation(
        config=first.config,
        state=state,
        value=statistics.fmean(value(spec, t) for t in suggestion.trials) if state is State.COMPLETE else None,
        curve=first.curve(spec.metric.name),
        memory=first.attributes["memory"],
    )


def value(spec: StudySpec, trial: Trial) -> float:
    """The study's metric of one trial at its selected epoch: the best one, or the last (`report.select`)."""
    curve = trial.curve(spec.metric.name)
    if spec.report.select == "last":
        return curve[max(curve)]
    return max(curve.values()) if spec.metric.goal == "maximize" else min(curve.values())


def suggest(spec: StudySpec, past: Sequence[Observation]) -> tuple[dict[str, Any], Memory] | None:
    """A complete configuration that was not tried before, and what to remember with it; None if there is none left.

    Raises:
        UnknownName: no such search method.
    """
    if spec.search is None:
        return None
    sample, size = sampler(spec.search.method), parameters.size(spec.parameters)
    if size is not None and len(past) >= size:
        return None
    tried = {configuration_key(seen.config) for seen in past}
    for attempt in range(_TRIES):
        drawn, memory = sample(spec, past, seed_for(spec.search.seed, len(past), attempt))
        config, _ = designs.complete(spec.parameters, drawn, None, NAME)
        if configuration_key(config) not in tried:
            return config, memory
    if size is None:
        return config, memory  # a continuous space that repeats itself this often has converged
    untried = (c for c in parameters.grid(spec.parameters) if configuration_key(c) not in tried)
    left_out = next(untried, None)
    return None if left_out is None else (left_out, {})


def seed_for(study_seed: int, *numbers: int) -> int:
    """A seed for one question: 32 bits of BLAKE2b over the study's seed and the question's numbers."""
    text = ",".join(map(str, (study_seed, *numbers)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")
