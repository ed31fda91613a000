"""Population based training: when members wait, who copies whom, and what was found.

Every member pauses after each `search.interval` epochs. Once all of them wait, one event says who
goes on from whose checkpoint and with which values. So a decision depends on what members had
reached at that epoch and not on who was there first: a study that is killed and resumed, and one
with another number of workers, decide the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweep.errors import SweepError
from sweep.history.history import History
from sweep.model.lineage import current_config, has_copied, lineage
from sweep.model.population_events import MemberCopied, PopulationDecided
from sweep.model.trial import State, Trial
from sweep.samplers import Pbt
from sweep.samplers.bandit import Improvement, chosen
from sweep.samplers.exploration import perturbed
from sweep.search.suggestion import seed_for
from sweep.spec import StudySpec

STAGE = "search"
_SOURCE, _VALUES = 1, 2  # what a seed is for: whom a member copies, its values


def section(spec: StudySpec) -> Pbt | None:
    """The study's `search` where it is population based training, else None."""
    return spec.search if isinstance(spec.search, Pbt) else None


def boundaries(spec: StudySpec, trial: Trial) -> list[int]:
    """Numbers of epochs after which a member waits; none for any other trial."""
    pbt = section(spec)
    if pbt is None or trial.stage != STAGE or trial.budget is None:
        return []
    return pbt.boundaries(trial.budget)


def pause_reason(spec: StudySpec, trial: Trial) -> str | None:
    """Why a member pauses after its latest report; None: it goes on.

    A report without the study's metric says nothing of the member, so it goes on to the next.
    """
    metric = spec.metric.name
    ahead = boundaries(spec, trial)
    if not ahead or metric not in trial.reports[-1].metrics:
        return None
    carrying = [report for report in trial.reports if metric in report.metrics]
    done = trial.epochs_done(carrying[-1].epoch)
    before = trial.epochs_done(carrying[-2].epoch) if len(carrying) > 1 else 0
    if trial.budget is not None and done >= trial.budget:
        return None
    passed = [epochs for epochs in ahead if before < epochs <= done]
    return f"waits for the population after {done} epochs" if passed else None


def decision(history: History) -> PopulationDecided | None:
    """What becomes of the members that wait; None while one of them still trains.

    Members that stand at an earlier epoch than others are decided on first.

    Raises:
        SweepError: members have no checkpoint to copy, or stand between two boundaries.
    """
    pbt = section(history.spec)
    members = history.cohort(STAGE)
    if pbt is None or any(members.running()) or not members.paused:
        return None
    waiting = [history.trials[number] for number in members.paused]
    after = min(_done(trial) for trial in waiting)
    here = [trial for trial in waiting if _done(trial) == after]
    _check(history, pbt, here, after)
    ranked = sorted(here, key=lambda trial: _standing(history.spec, trial))
    copies = tuple(_copies(history, pbt, ranked, after))
    members_in_order = tuple(trial.number for trial in ranked)
    reason = f"{history.spec.metric.name} after {after} epochs"
    return PopulationDecided(after, members_in_order, copies, reason)


def as_trained(spec: StudySpec, trial: Trial) -> Mapping[str, Any]:
    """The configuration that a trial's weights were trained with, values by epoch where they
    changed: a run of it with the trial's seed repeats the trial.
    """
    pbt = section(spec)
    if pbt is None or not has_copied(trial):
        return trial.config
    return lineage(trial).scheduled(pbt.parameters)


def best(history: History) -> Trial | None:
    """The complete member with the best value at its last epoch; None: none is complete."""
    complete = [
        trial for trial in history.cohort(STAGE) if trial.state is State.COMPLETE
    ]
    return min(complete, key=lambda trial: _standing(history.spec, trial), default=None)


def ranked(history: History) -> list[Trial]:
    """Every member from best to worst by its latest value; those without one last."""
    return sorted(
        history.cohort(STAGE), key=lambda trial: _standing(history.spec, trial)
    )


def schedule(history: History) -> dict[str, Any] | None:
    """Explored parameter → its values by epoch, as the best member was trained.

    None while no member is complete.
    """
    pbt, member = section(history.spec), best(history)
    if pbt is None or member is None:
        return None
    config = as_trained(history.spec, member)
    return {name: config[name] for name in pbt.parameters}


# --------------------------------------------------------------------------- who copies
# whom


def _done(trial: Trial) -> int:
    return trial.epochs_done(trial.reports[-1].epoch)


def value(spec: StudySpec, trial: Trial) -> float | None:
    """A member's value of the study's metric at its last report that carries it."""
    for report in reversed(trial.reports):
        if spec.metric.name in report.metrics:
            return report.metrics[spec.metric.name]
    return None


def _badness(spec: StudySpec, trial: Trial) -> float:
    """How bad a member is: less is better, infinite without a value."""
    reached = value(spec, trial)
    if reached is None:
        return float("inf")
    return -reached if spec.metric.goal == "maximize" else reached


def _standing(spec: StudySpec, trial: Trial) -> tuple[float, int]:
    """Sorts members from best to worst; of equals the earlier is the better."""
    return _badness(spec, trial), trial.number


def _check(history: History, pbt: Pbt, waiting: Sequence[Trial], after: int) -> None:
    """What would make a copy impossible, before anything is decided.

    Raises:
        SweepError: see `decision`.
    """
    if after % pbt.interval:
        raise SweepError(
            f"members of the population stand after {after} epochs, and search.interval is "
            f"{pbt.interval}: the trainer reports {history.spec.metric.name} at other epochs. Give "
            f"search.interval a multiple of the epochs between its reports"
        )
    for trial in waiting:
        epoch = trial.reports[-1].epoch
        if epoch not in history.checkpoints.get(trial.number, {}):
            raise SweepError(
                f"trial {trial.number} reported epoch {epoch} without a checkpoint, and members of "
                f"a population copy each other's: register the model and the optimiser with "
                f"run.restore(model=model, optimizer=optimizer), or choose another search.method"
            )


def _copies(
    history: History, pbt: Pbt, ranked: Sequence[Trial], after: int
) -> Iterator[MemberCopied]:
    """Each of the worst takes over one of the best, unless that one is no better."""
    spec, count = history.spec, pbt.copying(len(ranked))
    best_ones, worst_ones = ranked[:count], ranked[len(ranked) - count :]
    staying = ranked[: len(ranked) - count]
    taken = [_explored(pbt, trial) for trial in staying]
    for trial in worst_ones:
        number = trial.number
        pick = seed_for(pbt.seed, after, number, _SOURCE)
        source = best_ones[pick % count] if count else trial
        if not _badness(spec, source) < _badness(spec, trial):
            taken.append(_explored(pbt, trial))
            continue
        seed = seed_for(pbt.seed, after, number, _VALUES)
        values = _changed(history, pbt, source, taken, after, seed)
        taken.append(values)
        epoch = source.reports[-1].epoch
        checkpoint = history.checkpoints[source.number][epoch]
        yield MemberCopied(number, source.number, epoch, checkpoint, values)


def _explored(pbt: Pbt, trial: Trial) -> dict[str, Any]:
    config = current_config(trial)
    return {name: config[name] for name in pbt.parameters}


def _changed(
    history: History,
    pbt: Pbt,
    source: Trial,
    taken: Sequence[dict[str, Any]],
    after: int,
    seed: int,
) -> dict[str, Any]:
    """The values that a member goes on with once it has copied another one."""
    values = _explored(pbt, source)
    space = {name: history.spec.parameters[name] for name in pbt.parameters}
    if pbt.explore == "pb2":
        known = improvements(history)
        interval = after // pbt.interval
        best_values = chosen(space, known, taken, values, interval, seed)
        if best_values is not None:
            return best_values
    return perturbed(space, values, pbt.factors, pbt.resample, seed)


# --------------------------------------------------------------------------- what values
# have brought


def improvements(history: History) -> list[Improvement]:
    """What each member's values brought it in each interval that is over, in order.

    A member that copied another one began the interval with that one's value. In the first interval
    all began alike, with a value that nobody reported: only differences between members count.
    """
    pbt = section(history.spec)
    if pbt is None:
        return []
    known: list[Improvement] = []
    for trial in history.cohort(STAGE):
        known += _of_member(history, pbt, trial)
    return sorted(known, key=lambda each: each.interval)


def _of_member(history: History, pbt: Pbt, trial: Trial) -> Iterator[Improvement]:
    sign = 1.0 if history.spec.metric.goal == "maximize" else -1.0
    values = {name: trial.config[name] for name in pbt.parameters}
    began = 0.0
    copied = {
        (decided.after, copy.trial): copy
        for decided in history.population
        for copy in decided.copies
    }
    for interval, after in enumerate(boundaries(history.spec, trial)):
        ended = value_after(history.spec, trial, after)
        if ended is None:
            return
        yield Improvement(interval, values, sign * (ended - began))
        copy = copied.get((after, trial.number))
        if copy is None:
            began = ended
            continue
        source = value_after(history.spec, history.trials[copy.source], after)
        began, values = (ended if source is None else source), dict(copy.values)


def value_after(spec: StudySpec, trial: Trial, after: int) -> float | None:
    """A trial's value of the study's metric after so many epochs; None if it has none there."""
    metric = spec.metric.name
    for report in trial.reports:
        if trial.epochs_done(report.epoch) == after:
            return report.metrics.get(metric)
    return None
