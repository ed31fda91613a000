"""The configurations that a search has suggested so far, and what its sampler is told of them.

Of 10 000 suggestions all but the few that are being trained are what they were at the last
question: only those, and what is new, are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sweep.model.cohort import Cohort
from sweep.model.trial import State, Trial, configuration_key
from sweep.samplers import Observation


@dataclass(frozen=True)
class Suggestion:
    """A configuration the search chose, with the trials it has so far."""

    number: int
    trials: tuple[Trial, ...]

    @property
    def state(self) -> State:
        """COMPLETE when all its trials are; PRUNED or FAILED as soon as one is, or as it is given up between two."""
        states = [trial.state for trial in self.trials]
        states += [State.PRUNED for trial in self.trials if trial.given_up]
        return next(
            (s for s in (State.FAILED, State.PRUNED, State.RUNNING) if s in states), State.COMPLETE
        )


Observe = Callable[[Suggestion], Observation]


class Past:
    """A search's suggestions, in the order they were made.

    Attributes:
        suggestions, observations: of each.
        tried: their configurations' keys.
        open: places of those that are still observed as running, in order.
    """

    def __init__(self) -> None:
        self.suggestions: list[Suggestion] = []
        self.observations: list[Observation] = []
        self.tried: set[str] = set()
        self.open: dict[int, None] = {}
        self._place: dict[int, int] = {}  # number of a suggestion → its place in the lists
        self._numbers: list[list[int]] = []  # of its trials
        self._known = self._ended = 0

    def update(self, cohort: Cohort, observe: Observe) -> None:
        """Take in what has happened since the last time."""
        changed = dict(self.open)
        for trial in cohort[self._known :]:
            place = self._place.setdefault(trial.attributes["suggestion"], len(self._numbers))
            if place == len(self._numbers):
                self._numbers.append([])
                self.tried.add(configuration_key(trial.config))
            self._numbers[place].append(trial.number)
            changed[place] = None
        for number in cohort.ended[self._ended :]:
            changed[self._place[cohort.trials[number].attributes["suggestion"]]] = None
        self._known, self._ended = len(cohort), len(cohort.ended)
        for place in sorted(changed):
            self._look(place, cohort, observe)

    def _look(self, place: int, cohort: Cohort, observe: Observe) -> None:
        trials = tuple(cohort.trials[number] for number in self._numbers[place])
        suggestion = Suggestion(trials[0].attributes["suggestion"], trials)
        seen = observe(suggestion)
        if place == len(self.suggestions):
            self.suggestions.append(suggestion)
            self.observations.append(seen)
        else:
            self.suggestions[place], self.observations[place] = suggestion, seen
        if seen.state.finished:
            self.open.pop(place, None)
        else:
            self.open[place] = None


def past(trials: Sequence[Trial], observe: Observe, seen_by: object) -> Past:
    """The past of a search.

    Args:
        trials: all of the search so far; of a history's cohort the past is kept, and brought up to
            date.
        observe: what a sampler is told of a suggestion.
        seen_by: all that `observe` depends on beside the trials; where it changed, everything is
            looked at again.
    """
    if not isinstance(trials, Cohort):
        trials = Cohort.of(trials)
    known, kept = trials.memory.get("past") or (None, None)
    if kept is None or known != seen_by:
        kept = Past()
        trials.memory["past"] = (seen_by, kept)
    kept.update(trials, observe)
    return kept
