"""What commands print of a population: who waits, who copied whom, and what was found."""

from __future__ import annotations

from collections.abc import Iterator

from sweep.history.history import History
from sweep.model.by_epoch import described, short
from sweep.model.lineage import failure_of, lineage
from sweep.model.population_events import MemberCopied
from sweep.model.trial import State, Trial
from sweep.samplers import Pbt
from sweep.search import population
from sweep.session.plan import budget_epochs
from sweep.spec import StudySpec

_MOST_SHOWN = 3  # decisions that `sweep status` lists, the latest


def status_lines(history: History) -> Iterator[str]:
    """Members by their state, the latest decisions, and the schedule; none without a population."""
    pbt, members = population.section(history.spec), history.stage(population.STAGE)
    if pbt is None or not members:
        return
    ended = bool(history.sessions) and history.sessions[-1].ended == "done"
    yield _members(pbt, members, ended=ended)
    decisions = history.population
    if len(decisions) > _MOST_SHOWN:
        yield f"  … {len(decisions) - _MOST_SHOWN} earlier decisions"
    for decided in decisions[-_MOST_SHOWN:]:
        words = ", ".join(map(_copy, decided.copies)) or "no member copied"
        yield f"  after epoch {decided.after}: best {decided.members[0]}; {words}"
    schedule, best = population.schedule(history), population.best(history)
    if schedule is not None and best is not None:
        constant = (
            ""
            if lineage(best).steps
            else " (it never copied a member: its values are constant)"
        )
        yield f"schedule of the best member, trial {best.number}{constant}:"
        for name, value in schedule.items():
            yield f"  {name}: {described(value)}"


def _copy(copy: MemberCopied) -> str:
    """One copy as text: `3 copied 1`."""
    failed = " failed and" if copy.failure else ""
    return f"{copy.trial}{failed} copied {copy.source}"


def _members(pbt: Pbt, members: list[Trial], *, ended: bool) -> str:
    """`population of 8: 3 train, 5 wait for the others; …`; no member trains once it has ended."""
    counts = []
    waiting = "paused, no results" if ended else "wait for the others"
    lost = sum(failure_of(trial) is not None for trial in members)
    if lost:
        counts.append(f"{lost} failed and wait to be replaced")
    for state, word in (
        (State.RUNNING, "train"),
        (State.PAUSED, waiting),
        (State.COMPLETE, "complete"),
        (State.FAILED, "failed"),
        (State.PRUNED, "stopped"),
    ):
        count = sum(
            trial.state is state and failure_of(trial) is None for trial in members
        )
        if count:
            counts.append(f"{count} {word}")
    changed = ", ".join(pbt.parameters)
    states = ", ".join(counts)
    return (
        f"population of {pbt.trials}: {states}; decided every {pbt.interval} epochs; "
        f"explored: {changed}"
    )


def lineage_lines(history: History, trial: Trial) -> list[str]:
    """Where a member's weights began, each copy since, and what it lost; none without a copy."""
    pbt, way = population.section(history.spec), lineage(trial)
    if pbt is None or not way.steps:
        return []
    first = ", ".join(f"{name}={short(way.config[name])}" for name in pbt.parameters)
    lines = [f"its weights began in trial {way.root} with {first}"]
    for step in way.steps:
        values = ", ".join(f"{name}={short(v)}" for name, v in step.values.items())
        lines.append(
            f"after epoch {step.after} trial {step.trial} copied trial "
            f"{step.source} and continued with {values}"
        )
    return lines + _losses(history, trial)


def _losses(history: History, trial: Trial) -> list[str]:
    """Failures that a copy replaced, and which reports are of weights that are lost."""
    lines = []
    last = 0  # epochs trained before the member's last copy
    for decided in history.population:
        for copy in decided.copies:
            if copy.trial != trial.number:
                continue
            last = decided.after
            if copy.failure:
                lines.append(
                    f"it failed before epoch {last + 1} and was replaced: {copy.failure}"
                )
    if last:
        lines.append(
            f"its reports up to epoch {last} are of weights that a copy replaced"
        )
    return lines


def plan_line(spec: StudySpec) -> str:
    """Decisions, copies and epochs of a population; "" where there is none."""
    pbt = population.section(spec)
    budget = budget_epochs(spec)
    if pbt is None or budget is None:
        return ""
    decisions = len(pbt.boundaries(budget))
    copying = pbt.copying(pbt.trials)
    return (
        f"          population: {decisions} decisions, every {pbt.interval} of {budget} epochs; "
        f"at each up to {copying} of {pbt.trials} members copy and change "
        f"{', '.join(pbt.parameters)} ({pbt.explore}); {pbt.trials * budget} epochs in all"
    )
