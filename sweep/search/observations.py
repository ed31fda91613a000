"""The configurations that a search has suggested so far, and their observations for the sampler.

Of 10 000 suggestions only the few that are being trained change between two questions. Only these
and new ones are observed again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

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
        """COMPLETE if all its trials are; PRUNED or FAILED as soon as one is.

        It is also PRUNED if it is given up between two runs, and PAUSED while its first trial is.
        """
        states = {trial.state for trial in self.trials}
        if any(trial.given_up for trial in self.trials):
            states.add(State.PRUNED)
        for state in (State.FAILED, State.PRUNED, State.PAUSED, State.RUNNING):
            if state in states:
                return state
        return State.COMPLETE


@dataclass(frozen=True)
class Observe:
    """How a suggestion becomes an observation for the sampler.

    Attributes:
        depends_on: all that the observation depends on besides the suggestion; equal for equal
            `observe`.
        observe: computes the observation.
    """

    depends_on: Hashable
    observe: Callable[[Suggestion], Observation] = field(compare=False)


class Observations:
    """A view of a search's trials: its suggestions, in the order they were made.

    Attributes:
        suggestions, observations: of each configuration, in order.
        tried: keys of the configurations.
        open: indices of suggestions that run or have runs left, in order; without paused ones.
    """

    def __init__(self, observe: Observe) -> None:
        self.suggestions: list[Suggestion] = []
        self.observations: list[Observation] = []
        self.tried: set[str] = set()
        self.open: dict[int, None] = {}
        self._observe = observe.observe
        # number of a suggestion → its index in the lists
        self._index: dict[int, int] = {}
        self._trials: list[list[int]] = []  # of each suggestion
        # numbers of trials, and of changes, of the cohort that were read
        self._created = self._changed = 0
        self._outdated: dict[int, None] = {}  # indices to be observed again

    def update(self, cohort: Cohort) -> None:
        """Include the trials that were created or have changed since the last update."""
        self._outdated |= self.open
        for trial in cohort[self._created :]:
            self._add(trial)
            self._created += 1
        for trial in cohort.changed_after(self._changed):
            self._outdated[self._index[trial.attributes["suggestion"]]] = None
            self._changed += 1
        for index in sorted(self._outdated):
            self._observe_again(index, cohort)
            del self._outdated[index]

    def _add(self, trial: Trial) -> None:
        """Add a trial to its suggestion, which has to be observed again."""
        index = self._index.setdefault(
            trial.attributes["suggestion"], len(self._trials)
        )
        if index == len(self._trials):
            self._trials.append([])
            self.tried.add(configuration_key(trial.config))
        self._trials[index].append(trial.number)
        self._outdated[index] = None

    def _observe_again(self, index: int, cohort: Cohort) -> None:
        """Observe a suggestion again, or for the first time."""
        trials = tuple(cohort.trials[number] for number in self._trials[index])
        suggestion = Suggestion(trials[0].attributes["suggestion"], trials)
        observation = self._observe(suggestion)
        if index == len(self.suggestions):
            self.suggestions.append(suggestion)
            self.observations.append(observation)
        else:
            self.suggestions[index] = suggestion
            self.observations[index] = observation
        running = suggestion.state is State.RUNNING
        paused = suggestion.state is State.PAUSED
        if not running and (paused or observation.state.finished):
            self.open.pop(index, None)
        else:
            self.open[index] = None


def observations(trials: Sequence[Trial], observe: Observe) -> Observations:
    """The observations of a search.

    Args:
        trials: all trials of the search so far; for a history's cohort the observations are cached
            and updated.
        observe: computes an observation of a suggestion.
    """
    cohort = Cohort.of(trials)
    return cohort.derived(Observations, observe)
