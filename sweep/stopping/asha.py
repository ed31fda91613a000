"""`asha`: asynchronous successive halving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sweep.model.cohort import Ranking, ranking
from sweep.model.fault import Fault, Key
from sweep.model.fields import Count
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial
from sweep.stopping.promotion import (
    Ladder,
    Race,
    at_rung,
    leader,
    on_ladder,
    rungs,
    value_at_rung,
)
from sweep.stopping.protocol import Least, Looks
from sweep.stopping.rule import Rule, beyond_the_epochs, epochs_left
from sweep.stopping.values import at_least_as_good, done_at_last_two

Eta = Annotated[int, Field(strict=True, ge=2)]


class Asha(Rule):
    """Asynchronous successive halving (ASHA).

    See Li et al. (2020), "A System for Massively Parallel Hyperparameter Tuning". Rungs are after
    `min_iter · eta^k` epochs. At the first report at or after a rung, a trial continues if its
    value is among the best `1/eta` of all values reported at that rung so far, including its own.
    Otherwise the stopping form stops it for good; the single best trial always continues, as in
    Optuna's `SuccessiveHalvingPruner`. The promotion form (algorithm 2 of the paper) pauses it, and
    resumes it from its checkpoint once later trials have made it one of the best `1/eta`. A trial
    that passes several rungs in one report is judged at the highest.

    Exploring trials, whose configurations `gp_multifidelity` drew without its model, are compared
    among themselves, and so are all others at the first rung, and at a later one once ten of them
    are there. Compared with exploring ones, the model's suggestions would nearly all be among the
    best. In the promotion form, once a search starts no new trial, the best of all trials at a rung
    is resumed too, exploring or not.

    Attributes:
        type: `asha`.
        form: whether a trial that is not among the best is stopped for good or pauses; a study of a
            bundled trainer that does not set it has `promote`, since its trials resume exactly.
        min_iter: epochs of the first rung, which every trial trains.
        eta: one of `eta` trials continues at each rung.
        max_iter: epochs after which no trial is stopped; None: the trial's `epochs`.
    """

    type: Literal["asha"] = "asha"
    form: Literal["stop", "promote"] = "stop"
    min_iter: Count = 1
    eta: Eta = 3
    max_iter: Count | None = None
    wrappable: ClassVar[bool] = True
    few_complete: ClassVar[bool] = True

    @property
    def pauses(self) -> bool:
        """In the promotion form."""
        return self.form == "promote"

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """The first rung since the last report at which the trial is not among the best.

        In the promotion form: at which it has no value, by which it could be promoted.
        """
        for rung in self._passed(trial, metric):
            reason = self._beaten(trial, rivals, rung, metric, goal)
            if reason is not None:
                return reason
        return None

    def _passed(self, trial: Trial, metric: str) -> list[int]:
        """The rungs since the last report but one that carries the metric."""
        before, done = done_at_last_two(trial, metric)
        return [rung for rung in rungs(self.min_iter, self.eta, done) if rung > before]

    def _beaten(
        self, trial: Trial, rivals: Sequence[Trial], rung: int, metric: str, goal: Goal
    ) -> str | None:
        value = value_at_rung(trial, metric, rung)
        if value is None:
            return f"no finite {metric} at rung {rung}"
        if self.pauses:
            return None
        others = _at_rung(rivals, metric, rung, explores=trial.explores)
        ladder = Ladder(self.min_iter, self.eta, metric, goal)
        is_apart = ladder.is_apart(Race(rung, trial.explores), len(others))
        if not is_apart:
            exploring = _at_rung(rivals, metric, rung, explores=True)
            values = [exploring[rank] for rank in range(len(exploring))]
            others = others.plus(*values)
        ranked = others.plus(value)
        survivors = max(len(ranked) // self.eta, 1)
        cutoff = ranked.best(survivors - 1, goal)
        if at_least_as_good(value, cutoff, goal):
            return None
        apart = is_apart and (trial.explores or _any_explores(rivals))
        kind = _kind(explores=trial.explores, apart=apart)
        best = f"the best {survivors} of {len(ranked)}{kind}"
        return f"rung {rung}: {metric} {value:.4g}, {best} reach {cutoff:.4g}"

    def pause_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """That the trial is not among the best at the highest rung it has just passed."""
        if not self.pauses:
            return None
        ladder = Ladder(self.min_iter, self.eta, metric, goal)
        rung = ladder.just_passed(trial)
        own = None if rung is None else ladder.standing(trial, rung)
        if rung is None or own is None:
            return None
        on_rungs = on_ladder(rivals, ladder)
        race = Race(rung, trial.explores)
        ahead = on_rungs.ahead(race, own)
        if ahead < on_rungs.survivors(race, further=1):
            return None
        there = on_rungs.size(race) + 1
        kind = _kind(explores=trial.explores, apart=on_rungs.leaves_out_exploring(race))
        return f"rung {rung}: {ahead + 1} of {there}{kind} that reached it"

    def promotable(
        self,
        trials: Sequence[Trial],
        run: tuple[int, int | None],
        metric: str,
        goal: Goal,
    ) -> tuple[int, str] | None:
        """From the highest rung that has one, the best paused trial among the best `1/eta`."""
        if not self.pauses:
            return None
        on_rungs = on_ladder(trials, Ladder(self.min_iter, self.eta, metric, goal, run))
        found = on_rungs.promotable()
        if found is None:
            return None
        number, race = found
        there = on_rungs.size(race)
        kind = _kind(explores=race.explores, apart=on_rungs.leaves_out_exploring(race))
        best = f"the best {there // self.eta} of {there}{kind}"
        return number, f"among {best} at rung {race.rung}"

    def leader(
        self,
        trials: Sequence[Trial],
        run: tuple[int, int | None],
        metric: str,
        goal: Goal,
    ) -> tuple[int, str] | None:
        """From the highest rung that has one, the best of all trials there, exploring or not.

        Few suggestions of a model are not promoted among themselves, and a short search would end
        with the results of exploring trials alone.
        """
        if not self.pauses:
            return None
        ladder = Ladder(self.min_iter, self.eta, metric, goal, run)
        found = leader(trials, ladder)
        if found is None:
            return None
        number, rung, there = found
        return number, f"no new trial starts: the best of all {there} at rung {rung}"

    def censored_at(self, trial: Trial, metric: str, goal: Goal) -> int | None:
        """That of the report by which it stands at the last rung that it has got to."""
        if not self.pauses:
            return None
        ladder = Ladder(self.min_iter, self.eta, metric, goal)
        reached = ladder.reached(trial)
        report = at_rung(trial, metric, reached[-1]) if reached else None
        return None if report is None else report.epoch

    def may_stop(self, trial: Trial) -> bool:
        """Until `max_iter` epochs."""
        return epochs_left(trial, self.max_iter)

    def judged(self, epochs: int | None) -> list[int] | None:
        """At the rungs alone."""
        last = self.max_iter if self.max_iter is not None else epochs
        return None if last is None else rungs(self.min_iter, self.eta, last)

    def least(self) -> Least:
        """All but the leader may end at the first rung.

        Where each trial is worse than those before it, only the first one goes on.
        """
        return Least(whole=1, epochs=self.min_iter, until=self.max_iter)

    def looks(self, longest: int) -> Looks:
        """The rungs."""
        epochs = rungs(self.min_iter, self.eta, longest)
        if not epochs:
            return Looks()
        listed = ", ".join(map(str, epochs))
        return Looks(tuple(epochs), f"the rungs of asha after {listed} epochs")

    def notes(self) -> Iterator[str]:
        """What the promotion form asks of a trainer."""
        if self.pauses:
            yield (
                "form: promote resumes trials from checkpoints: `sweep plan` probes whether"
                " this trainer's resumed curve equals an uninterrupted one; without"
                " run.restore (or a checkpoint folder of a command) a promoted trial"
                " trains its first epochs again; form: stop resumes no trial"
            )

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """Bounds beyond the epochs of a trial."""
        return beyond_the_epochs(
            at, parameters, min_iter=self.min_iter, max_iter=self.max_iter
        )


def _any_explores(rivals: Sequence[Trial]) -> bool:
    """Whether some rival is an exploring trial."""
    exploring = ranking(
        rivals, "explores", lambda rival: 1.0 if rival.explores else None
    )
    return len(exploring) > 0


def _at_rung(
    rivals: Sequence[Trial], metric: str, rung: int, *, explores: bool
) -> Ranking:
    """The values at a rung of the rivals that explore, or of those that do not."""
    return ranking(
        rivals,
        ("rung", metric, rung, explores),
        lambda rival: (
            value_at_rung(rival, metric, rung) if rival.explores == explores else None
        ),
    )


def _kind(*, explores: bool, apart: bool) -> str:
    """The words behind a number of trials that are compared with each other.

    Args:
        explores: whether they are exploring trials.
        apart: whether some trials are exploring, so that only a part is compared.
    """
    if explores:
        return " exploring trials"
    return " non-exploring trials" if apart else ""
