"""Members of a population that failed: replaced by a copy of a better one, or given up.

Jaderberg et al. 2017 let a worker that is lost go on from another member's weights. Here a member
that fails, diverges or breaks a health rule waits until the others reach the next decision. It then
copies the checkpoint of one of the best, with changed values, and the log says so. Which members
are replaced depends on their numbers and not on the order in which they failed, so a study that is
killed and resumed, or run with another number of workers, replaces the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from sweep.history.history import History
from sweep.model.events import Event
from sweep.model.lineage import failure_of
from sweep.model.trial import State, Trial
from sweep.model.trial_events import TrialFinished
from sweep.search import population
from sweep.search.population import STAGE


def replaceable(history: History, trial: Trial) -> bool:
    """Whether a member that fails now can be replaced: another decision follows."""
    pbt = population.section(history.spec)
    if pbt is None or not pbt.most_replaced:
        return False
    reached = population.epochs_reached(trial)
    return any(after > reached for after in population.boundaries(history.spec, trial))


def next_events(history: History) -> list[Event]:
    """What becomes of the paused members; [] while one trains, or if none is paused.

    Failed members that nobody replaces are given up first.

    Raises:
        SweepError: see `population.decision`.
    """
    if any(history.cohort(STAGE).running()):
        return []
    sound = population.waiting(history)
    if not sound:
        return given_up(history)
    after = population.epochs_reached(sound[0])
    failed = [
        trial
        for trial in waiting_to_be_replaced(history)
        if population.epochs_reached(trial) < after
    ]
    allowed = _remaining(history) if _has_a_value(history, sound) else 0
    if failed[allowed:]:
        return [_failed_for_good(trial) for trial in failed[allowed:]]
    decided = population.decision(history, failed)
    return [] if decided is None else [decided]


def given_up(history: History) -> list[Event]:
    """The end of every failed member that waits, where no decision follows any more."""
    return [_failed_for_good(trial) for trial in waiting_to_be_replaced(history)]


def waiting_to_be_replaced(history: History) -> list[Trial]:
    """The failed members that wait for the next decision, by number."""
    paused = sorted(history.cohort(STAGE).paused)
    trials = [history.trials[number] for number in paused]
    return [trial for trial in trials if failure_of(trial) is not None]


def any_sound(history: History) -> bool:
    """Whether a member has reached a decision."""
    paused = [history.trials[number] for number in history.cohort(STAGE).paused]
    waits = any(failure_of(trial) is None for trial in paused)
    return waits or bool(history.population)


def replaced(history: History) -> int:
    """How many failed members were replaced so far."""
    count = 0
    for decided in history.population:
        count += sum(bool(copy.failure) for copy in decided.copies)
    return count


def _remaining(history: History) -> int:
    """How many failed members may still be replaced."""
    pbt = population.section(history.spec)
    allowed = 0 if pbt is None else pbt.most_replaced
    return max(allowed - replaced(history), 0)


def _has_a_value(history: History, sound: Sequence[Trial]) -> bool:
    """Whether a member has a finite value, so that it can be copied."""
    return any(population.value(history.spec, trial) is not None for trial in sound)


def _failed_for_good(trial: Trial) -> TrialFinished:
    """The event of a failed member that is not replaced."""
    return TrialFinished(trial.number, State.FAILED, failure_of(trial) or "", 0.0)
