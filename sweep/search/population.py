"""Population based training: when members pause, who copies whom, and the resulting schedule.

Every member pauses after each `search.interval` epochs. Once all have paused, one event records who
continues from whose checkpoint with which values. The decision depends only on the members' values
at that epoch, not on the order in which they arrived: a study that is killed and resumed, or run
with another number of workers, makes the same decisions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from sweep.errors import SweepError
from sweep.history.history import History
from sweep.model.lineage import current_config, failure_of, has_copied, lineage
from sweep.model.population_events import MemberCopied, PopulationDecided
from sweep.model.trial import State, Trial
from sweep.samplers import Pbt
from sweep.samplers.bandit import Improvement, chosen
from sweep.samplers.exploration import perturbed
from sweep.search.suggestion import seed_for
from sweep.spec import StudySpec
from sweep.stopping.values import done_at_last_two

STAGE = "search"
_SOURCE, _VALUES = 1, 2  # what a seed draws: the member to copy, the new values


def section(spec: StudySpec) -> Pbt | None:
    """The study's `search` if it is population based training, else None."""
    return spec.search if isinstance(spec.search, Pbt) else None


def boundaries(spec: StudySpec, trial: Trial) -> list[int]:
    """Epochs done after which a member pauses; empty for a trial that is no member."""
    pbt = section(spec)
    if pbt is None or trial.stage != STAGE or trial.budget is None:
        return []
    return pbt.boundaries(trial.budget)


def pause_reason(spec: StudySpec, trial: Trial) -> str | None:
    """Why a member pauses after its latest report; None: it continues.

    A report without the study's metric cannot be compared, so the member continues to the next.
    """
    metric = spec.metric.name
    pauses = boundaries(spec, trial)
    if not pauses or metric not in trial.reports[-1].metrics:
        return None
    before, done = done_at_last_two(trial, metric)
    before = max(before, _copied_after(trial))
    if trial.budget is not None and done >= trial.budget:
        return None
    passed = any(before < epochs <= done for epochs in pauses)
    return f"waits for the population after {done} epochs" if passed else None


def epochs_reached(trial: Trial) -> int:
    """The number of epochs that a member's weights were trained."""
    done = trial.epochs_done(trial.reports[-1].epoch) if trial.reports else 0
    return max(done, _copied_after(trial))


def waiting(history: History) -> list[Trial]:
    """The members at the earliest decision, without those that failed; [] while one trains."""
    members = history.cohort(STAGE)
    if any(members.running()):
        return []
    paused = [history.trials[number] for number in members.paused]
    sound = [trial for trial in paused if failure_of(trial) is None]
    if not sound:
        return []
    after = min(_done(trial) for trial in sound)
    return [trial for trial in sound if _done(trial) == after]


def decision(
    history: History, replaced: Sequence[Trial] = ()
) -> PopulationDecided | None:
    """How the paused members continue; None while a member still trains.

    If members have paused at different epochs, the decision is about those at the earliest.

    Args:
        replaced: failed members, each of which becomes a copy of one of the best.

    Raises:
        SweepError: a member has no checkpoint to copy, or has paused between two boundaries.
    """
    pbt = section(history.spec)
    members_at_epoch = waiting(history)
    if pbt is None or not members_at_epoch:
        return None
    after = _done(members_at_epoch[0])
    _check(history, pbt, members_at_epoch, after)
    ranked = sorted(members_at_epoch, key=lambda trial: _standing(history.spec, trial))
    copies = tuple(_copies(history, pbt, ranked, replaced, after))
    members_in_order = tuple(trial.number for trial in (*ranked, *replaced))
    reason = f"{history.spec.metric.name} after {after} epochs"
    return PopulationDecided(after, members_in_order, copies, reason)


def as_trained(spec: StudySpec, trial: Trial) -> Mapping[str, Any]:
    """The configuration that produced a trial's weights; values that changed are given by epoch.

    Training it with the trial's seed repeats the trial.
    """
    pbt = section(spec)
    if pbt is None or not has_copied(trial):
        return trial.config
    return lineage(trial).scheduled(pbt.parameters)


def best(history: History) -> Trial | None:
    """The complete member with the best value at its last epoch; None if none is complete."""
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


# ------------------------------------------------------------------------- who copies whom


def _done(trial: Trial) -> int:
    """The epochs that a trial has trained."""
    return trial.epochs_done(trial.reports[-1].epoch)


def _copied_after(trial: Trial) -> int:
    """The number of epochs after which a member last took over another one's weights; else 0."""
    own = [step.after for step in lineage(trial).steps if step.trial == trial.number]
    return max(own, default=0)


def value(spec: StudySpec, trial: Trial) -> float | None:
    """A member's value of the study's metric at the last report that has it."""
    for report in reversed(trial.reports):
        if spec.metric.name in report.metrics:
            return report.metrics[spec.metric.name]
    return None


def _badness(spec: StudySpec, trial: Trial) -> float:
    """The member's value with the sign that makes smaller better; infinite without a value."""
    last_value = value(spec, trial)
    if last_value is None:
        return float("inf")
    return -last_value if spec.metric.goal == "maximize" else last_value


def _standing(spec: StudySpec, trial: Trial) -> tuple[float, int]:
    """Sort key: the best member first; of equals the earlier first."""
    return _badness(spec, trial), trial.number


def _check(history: History, pbt: Pbt, waiting: Sequence[Trial], after: int) -> None:
    """Check that every waiting member can be copied.

    Raises:
        SweepError: see `decision`.
    """
    if after % pbt.interval:
        raise SweepError(
            f"members of the population have reported {after} epochs, which is not "
            f"a multiple of search.interval ({pbt.interval}), because the trainer "
            f"does not report {history.spec.metric.name} at every epoch. Give "
            "search.interval a multiple of the epochs between its reports"
        )
    for trial in waiting:
        epoch = trial.reports[-1].epoch
        if epoch not in history.checkpoints.get(trial.number, {}):
            raise SweepError(
                f"trial {trial.number} reported epoch {epoch} without a checkpoint, "
                "but members of a population copy each other's checkpoints: "
                "register the model and the optimiser with "
                "run.restore(model=model, optimizer=optimizer), or choose another "
                "search.method"
            )


def _copies(
    history: History,
    pbt: Pbt,
    ranked: Sequence[Trial],
    replaced: Sequence[Trial],
    after: int,
) -> Iterator[MemberCopied]:
    """Each of the worst copies one of the best, unless that one is no better.

    Failed members are the worst of all, and each of them copies.
    """
    spec, number_of_members = history.spec, len(ranked) + len(replaced)
    count = pbt.copying(number_of_members)
    staying = ranked[: min(len(ranked), number_of_members - count)]
    worst_ones = [*ranked[len(staying) :], *replaced]
    best_ones = ranked[:count]
    with_value = [trial for trial in best_ones if isfinite(_badness(spec, trial))]
    taken = [_explored(pbt, trial) for trial in staying]
    for trial in worst_ones:
        has_failed = failure_of(trial) is not None
        pick = seed_for(pbt.seed, after, trial.number, _SOURCE)
        sources = with_value if has_failed else best_ones
        source = sources[pick % len(sources)]
        is_better = _badness(spec, source) < _badness(spec, trial)
        if not has_failed and not is_better:
            taken.append(_explored(pbt, trial))
            continue
        seed = seed_for(pbt.seed, after, trial.number, _VALUES)
        values = _changed(history, pbt, source, taken, after, seed)
        taken.append(values)
        yield _copied(history, trial, source, values)


def _copied(
    history: History, trial: Trial, source: Trial, values: dict[str, Any]
) -> MemberCopied:
    """The event of a member that continues from the latest checkpoint of its source."""
    epoch = source.reports[-1].epoch
    return MemberCopied(
        trial=trial.number,
        source=source.number,
        epoch=epoch,
        checkpoint=history.checkpoints[source.number][epoch],
        values=values,
        first_epoch=source.first_epoch,
        failure=failure_of(trial) or "",
    )


def _explored(pbt: Pbt, trial: Trial) -> dict[str, Any]:
    """The current values of the explored parameters."""
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
    """The new values of a member that has copied `source`."""
    values = _explored(pbt, source)
    space = {name: history.spec.parameters[name] for name in pbt.parameters}
    if pbt.explore == "pb2":
        known = improvements(history)
        interval = after // pbt.interval
        best_values = chosen(space, known, taken, values, interval, seed)
        if best_values is not None and best_values != values:
            return best_values
    return perturbed(space, values, pbt.factors, pbt.resample, seed)


# ---------------------------------------------------------- improvements of each interval


def improvements(history: History) -> list[Improvement]:
    """Each member's improvement in each finished interval, in the order of intervals.

    A member that copied another one started the interval from that one's value. The value before
    the first interval is unknown but equal for all, so it is taken as 0: the bandit uses only the
    differences between members within an interval.
    """
    pbt = section(history.spec)
    if pbt is None:
        return []
    known: list[Improvement] = []
    for trial in history.cohort(STAGE):
        known += _of_member(history, pbt, trial)
    return sorted(known, key=lambda each: each.interval)


def _of_member(history: History, pbt: Pbt, trial: Trial) -> Iterator[Improvement]:
    """Every interval that a member trained: its values, and what the metric gained."""
    sign = 1.0 if history.spec.metric.goal == "maximize" else -1.0
    values = {name: trial.config[name] for name in pbt.parameters}
    start_value = 0.0
    copies: dict[int, MemberCopied] = {}  # epochs done → what this member copied then
    for decided in history.population:
        for copy in decided.copies:
            if copy.trial == trial.number:
                copies[decided.after] = copy
    for interval, after in enumerate(boundaries(history.spec, trial)):
        end_value = value_after(history.spec, trial, after)
        has_failed = after in copies and bool(copies[after].failure)
        if end_value is None and not has_failed:
            return
        if end_value is not None and not has_failed:
            yield Improvement(interval, values, sign * (end_value - start_value))
            start_value = end_value
        if after not in copies:
            continue
        copied = copies[after]
        values = dict(copied.values)
        source = history.trials[copied.source]
        source_value = value_after(history.spec, source, after)
        if source_value is not None:
            start_value = source_value


def value_after(spec: StudySpec, trial: Trial, after: int) -> float | None:
    """A trial's value of the study's metric after `after` epochs; None if it reported none then."""
    metric = spec.metric.name
    for report in trial.reports:
        if trial.epochs_done(report.epoch) == after:
            return report.metrics.get(metric)
    return None
