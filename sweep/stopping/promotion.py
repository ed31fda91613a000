"""Which trials reached which rung, and which paused trial continues next.

Asynchronous successive halving in its promotion form (Li et al. 2020, "A System for Massively
Parallel Hyperparameter Tuning", algorithm 2): a trial pauses at each rung, and continues once it is
among the best `1/eta` of all trials that ever reached it.

Exploring trials, whose configurations a sampler drew without its model, are compared among
themselves. Among the suggestions of a model they would hardly ever be the best, so that the model
would never learn how they end; and suggestions compared with them would nearly all continue. At the
later rungs a few suggestions are compared with them nevertheless; see `ALONE`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge
from typing import NamedTuple

from sweep.model.cohort import Cohort, Rivals
from sweep.model.trial import Goal, Report, State, Trial
from sweep.stopping.values import done_at_last_two

# So many suggestions of a model at a later rung are compared with each other alone. Fewer are
# compared with the exploring trials too: among a few suggestions hardly one would continue, and a
# short search would end with few complete trials.
ALONE = 10
# A trial's value at a rung, smaller is better, and its number: among equals the earlier is better.
Standing = tuple[float, int]


class Race(NamedTuple):
    """Trials that are compared with each other: those at one rung, exploring ones by themselves."""

    rung: int
    explores: bool


@dataclass(frozen=True)
class Ladder:
    """Where the rungs are, and what trials are compared by there.

    Attributes:
        min_iter: epochs of the first rung.
        eta: each further one takes so many times the epochs; one of so many trials goes on.
        metric, goal: by which trials are compared.
        run: seed and fold of the trials that are compared; None: of all.
    """

    min_iter: int
    eta: int
    metric: str
    goal: Goal
    run: tuple[int, int | None] | None = None

    def is_apart(self, race: Race, size: int) -> bool:
        """Whether so many trials of a race are compared with each other alone."""
        return race.explores or race.rung == self.min_iter or size >= ALONE

    def reached(self, trial: Trial) -> list[int]:
        """The rungs that a trial has got to, ascending."""
        latest = _last_measured(trial.reports, self.metric)
        if latest is None:
            return []
        return rungs(self.min_iter, self.eta, trial.epochs_done(latest.epoch))

    def just_passed(self, trial: Trial) -> int | None:
        """The highest rung that a trial got to with its latest report."""
        reached = self.reached(trial)
        if not reached or self.metric not in trial.reports[-1].metrics:
            return None
        before, _ = done_at_last_two(trial, self.metric)
        return reached[-1] if reached[-1] > before else None

    def standing(self, trial: Trial, rung: int) -> Standing | None:
        """A trial's standing at a rung; None if it did not get there with a finite value."""
        value = value_at_rung(trial, self.metric, rung)
        if value is None:
            return None
        return (-value if self.goal == "maximize" else value), trial.number


class Rungs:
    """A view of a cohort: who got to each rung, and who waits there."""

    def __init__(self, ladder: Ladder) -> None:
        self.there: dict[Race, list[Standing]] = {}  # standings, the best first
        self.waiting: dict[Race, list[Standing]] = {}  # of those that are paused there
        self._ladder = ladder
        self._changes = 0
        # trial → the highest rung at which it was counted
        self._counted: dict[int, int] = {}
        self._waits: dict[int, tuple[Race, Standing]] = {}

    def update(self, cohort: Cohort) -> None:
        """Take in what trials have reported and which of them paused or went on."""
        for trial in cohort.changed_after(self._changes):
            self._take(trial)
            self._changes += 1
        for trial in cohort.running():
            self._take(trial)

    def compared(self, race: Race) -> list[list[Standing]]:
        """The standings that the trials of a race are compared with."""
        own = self.there.get(race, [])
        if self._ladder.is_apart(race, len(own)):
            return [own]
        return [own, self.there.get(Race(race.rung, explores=True), [])]

    def size(self, race: Race) -> int:
        """How many trials the trials of a race are compared with, themselves included."""
        return sum(map(len, self.compared(race)))

    def survivors(self, race: Race, further: int = 0) -> int:
        """How many trials go on from a rung, if `further` ones get there."""
        return (self.size(race) + further) // self._ladder.eta

    def leaves_out_exploring(self, race: Race) -> bool:
        """Whether exploring trials are at the rung with which the race's are not compared."""
        exploring = self.there.get(Race(race.rung, explores=True))
        return bool(exploring) and len(self.compared(race)) == 1

    def ahead(self, race: Race, standing: Standing) -> int:
        """How many trials stand better at a rung."""
        return sum(bisect_left(there, standing) for there in self.compared(race))

    def promotable(self) -> tuple[int, Race] | None:
        """The paused trial that goes on next, and its race; None if none does.

        From the highest rung that has one, the best there; at one rung an exploring one first.
        """
        for race in sorted(self.waiting, reverse=True):
            if not self.waiting[race]:
                continue
            best = self.waiting[race][0]
            if self.ahead(race, best) < self.survivors(race):
                return best[1], race
        return None

    def _take(self, trial: Trial) -> None:
        """Take in a trial's latest reports: the rungs that it has reached since."""
        ladder, number = self._ladder, trial.number
        if ladder.run not in (None, (trial.seed, trial.fold)):
            return
        reached = ladder.reached(trial)
        for rung in reached:
            if rung <= self._counted.get(number, 0):
                continue
            self._counted[number] = rung
            standing = ladder.standing(trial, rung)
            if standing is not None:
                race = Race(rung, trial.explores)
                insort(self.there.setdefault(race, []), standing)
        if number in self._waits:
            race, standing = self._waits.pop(number)
            self.waiting[race].remove(standing)
        if trial.state is State.PAUSED and reached:
            standing = ladder.standing(trial, reached[-1])
            if standing is not None:
                race = Race(reached[-1], trial.explores)
                self._waits[number] = race, standing
                insort(self.waiting.setdefault(race, []), standing)


def on_ladder(trials: Sequence[Trial], ladder: Ladder) -> Rungs:
    """Who got to each rung, among some trials; of a history's own the view is kept."""
    if isinstance(trials, Rivals):
        return trials.cohort.derived(Rungs, ladder)
    cohort = Cohort.of(trials)
    return cohort.derived(Rungs, ladder)


def leader(trials: Sequence[Trial], ladder: Ladder) -> tuple[int, int, int] | None:
    """The best of all trials at a rung if it is paused there, from the highest such rung.

    Exploring trials and others are compared with each other. Trials that failed or were stopped are
    passed over.

    Returns:
        its number, the rung, and how many trials reached it; None if no rung has one.
    """
    cohort = Cohort.of(trials)
    on_rungs = on_ladder(cohort, ladder)
    for rung in sorted({race.rung for race in on_rungs.waiting}, reverse=True):
        races = [Race(rung, explores) for explores in (False, True)]
        there = [on_rungs.there.get(race, []) for race in races]
        waiting = [on_rungs.waiting.get(race, []) for race in races]
        for standing in merge(*there):
            state = cohort.trials[standing[1]].state
            if state in (State.FAILED, State.PRUNED):
                continue
            if any(standing in paused[:1] for paused in waiting):
                return standing[1], rung, sum(map(len, there))
            break
    return None


def furthest(trials: Sequence[Trial], metric: str, goal: Goal) -> Trial | None:
    """The paused trial that got furthest; of those that got as far, the best by its latest value.

    None if no trial is paused.
    """
    sign = 1.0 if goal == "maximize" else -1.0
    best: Trial | None = None
    best_rank = (-1, 0.0)
    for trial in trials:
        if trial.state is not State.PAUSED:
            continue
        latest = trial.reports[-1]
        value = latest.metrics.get(metric)
        rank = (latest.epoch, float("-inf") if value is None else sign * value)
        if rank > best_rank:
            best, best_rank = trial, rank
    return best


def rungs(min_iter: int, eta: int, budget: int) -> list[int]:
    """Numbers of epochs after which asha decides, ascending, none above `budget`."""
    epochs = []
    rung = min_iter
    while rung <= budget:
        epochs.append(rung)
        rung *= eta
    return epochs


def value_at_rung(trial: Trial, metric: str, rung: int) -> float | None:
    """The trial's value at its first report at or behind a rung that carries the metric."""
    report = at_rung(trial, metric, rung)
    return None if report is None else report.metrics[metric]


def at_rung(trial: Trial, metric: str, rung: int) -> Report | None:
    """The trial's first report at or behind a rung that carries the metric."""
    at_least = rung - 1 + trial.first_epoch
    for report in trial.reports:
        if report.epoch >= at_least and metric in report.metrics:
            return report
    return None


def _last_measured(reports: Sequence[Report], metric: str) -> Report | None:
    """The latest report with the metric; None without one."""
    return next(
        (report for report in reversed(reports) if metric in report.metrics), None
    )
