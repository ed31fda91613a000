"""The tables of a population: its members, the best member's schedule, and the copies.

The weights of a member that copied another one were trained with several values in turn, partly by
other members. Its result does not belong to its last values: the tables give values by epoch, and
the trial in which the weights began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweep.history.history import History
from sweep.model.by_epoch import described
from sweep.model.lineage import Lineage, failure_of, lineage
from sweep.model.population_events import MemberCopied
from sweep.model.search_space import searched
from sweep.model.trial import State, Trial, trial_folder
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow
from sweep.report.search_caveats import note_caveats
from sweep.report.table import Cell, Column, Note, Notes, Table, Value
from sweep.samplers import Pbt
from sweep.search import population


def population_tables(evidence: Evidence) -> list[Table]:
    """Members, schedule and copies; no table if the search is not `pbt`."""
    history = evidence.history
    pbt = population.section(history.spec)
    if pbt is None or not history.stage(population.STAGE):
        return []
    tables = [_members(evidence, pbt)]
    best = population.best(history)
    if best is not None:
        tables.append(_schedule(history, pbt, best))
    has_copies = any(decision.copies for decision in history.population)
    if has_copies:
        tables.append(_copies(history, pbt))
    return tables


# --------------------------------------------------------------------------- members


def _members(evidence: Evidence, pbt: Pbt) -> Table:
    """Every member by its value at the last epoch; those without a result last."""
    history = evidence.history
    metric = history.spec.metric.name
    names = searched(history.spec.parameters)
    columns = (
        Column("rank", "Rank"),
        Column("trial", "Member"),
        Column(metric, f"{metric} {arrow(history, metric)}"),
        Column("state", "State", "left"),
        Column("began", "Weights began in"),
        Column("copies", "Copied after", "left"),
        *(Column(f"config.{name}", name, "left") for name in names),
        Column("epochs", "Epochs"),
        Column("seconds", "Time"),
    )
    ranked = population.ranked(history)
    complete = [trial for trial in ranked if trial.state is State.COMPLETE]
    others = [trial for trial in ranked if trial.state is not State.COMPLETE]
    rows = []
    for rank, trial in enumerate(complete, start=1):
        rows.append(_member(history, trial, rank, names))
    rows += [_member(history, trial, None, names) for trial in others]
    title = f"Search: a population of {len(ranked)} members"
    notes = _member_notes(evidence, pbt)
    return Table("search", title, columns, tuple(rows), notes)


def _member(
    history: History, trial: Trial, rank: int | None, names: Sequence[str]
) -> tuple[Cell, ...]:
    """The row of one member.

    Args:
        history: the study's.
        trial: the member.
        rank: among the complete members, 1 is best; None for another member.
        names: of the searched parameters.
    """
    trials = (trial.number,)
    root = lineage(trial).root
    value = population.value(history.spec, trial)
    config = population.as_trained(history.spec, trial)
    copied = ", ".join(_own_copies(history, trial))
    state = "failed, to be replaced" if failure_of(trial) else trial.state.value
    return (
        Cell(numbers.MISSING if rank is None else str(rank), {"": rank}),
        Cell(str(trial.number), {"": trial.number}),
        Cell(_plain_or_missing(value), {"": value}, trials),
        Cell(state, {"": trial.state.value}),
        Cell(str(root), {"": root}, (root,)),
        Cell(copied, {"": copied}),
        *(_setting(config, name) for name in names),
        Cell(str(trial.epochs_trained), {"": trial.epochs_trained}, trials),
        Cell(numbers.duration(trial.seconds), {"": trial.seconds}, trials),
    )


def _plain_or_missing(value: float | None) -> str:
    """A value of the metric as text, also if there is none."""
    return numbers.MISSING if value is None else numbers.plain(value)


def _every_copy(history: History) -> Iterator[tuple[int, MemberCopied]]:
    """Each copy, with the number of epochs after which it was made."""
    for decision in history.population:
        for copy in decision.copies:
            yield decision.after, copy


def _own_copies(history: History, trial: Trial) -> Iterator[str]:
    """The numbers of epochs after which a member copied another one's checkpoint."""
    for after, copy in _every_copy(history):
        if copy.trial == trial.number:
            yield f"{after} (failed)" if copy.failure else str(after)


def _setting(config: Any, name: str) -> Cell:
    """The cell of one parameter; empty if the member does not have it."""
    if name not in config:
        return Cell("")
    text = described(config[name])
    return Cell(text, {"": text})


def _member_notes(evidence: Evidence, pbt: Pbt) -> tuple[Note, ...]:
    """The notes on the members: caveats, replaced members, and the method."""
    history = evidence.history
    members = history.stage(population.STAGE)
    notes = Notes()
    notes.add(
        "Members are not independent results. A member that copied another "
        "continues from its weights, so its result comes from all values that it "
        "was trained with, not from its last ones; members that descend from one "
        "trial share their first epochs"
    )
    notes.add(
        f"Selection bias: the best of {len(members)} members looks better "
        f"than it is; {_confirmation(history)}"
    )
    paused = [trial.number for trial in members if trial.state is State.PAUSED]
    if paused:
        notes.add(
            f"Paused at a decision, without a result: {numbers.trial_list(paused)}; they continue "
            "in a session that has budget left",
            paused,
        )
    note_caveats(evidence, notes)
    for text, trials in _replacements(history):
        notes.add(text, trials)
    notes.explain(
        f"Every {pbt.interval} epochs the worst {pbt.quantile:.0%} copied one of the best "
        f"{pbt.quantile:.0%} and changed {', '.join(pbt.parameters)} ({_explore(pbt)}); members "
        f"are compared by {history.spec.metric.name} at their last epoch"
    )
    return notes.all()


def _replacements(history: History) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A sentence for each failed member that was replaced, and the member's number."""
    for after, copy in _every_copy(history):
        if copy.failure:
            text = (
                f"Member {copy.trial} failed ({copy.failure}) and was replaced after epoch "
                f"{after} by a copy of member {copy.source}: what it had trained until "
                f"then is lost"
            )
            yield text, (copy.trial,)


def _explore(pbt: Pbt) -> str:
    """How a copy's values are changed, with the source of the method."""
    if pbt.explore == "pb2":
        return "PB2's bandit, Parker-Holder et al. 2020"
    factors = " or ".join(f"{factor:g}" for factor in pbt.factors)
    resampled = ""
    if pbt.resample:
        resampled = f", or sampled again with probability {pbt.resample:g}"
    return f"times {factors}{resampled}; Jaderberg et al. 2017"


def _confirmation(history: History) -> str:
    """Whether an arm trains the best schedule from the start, which measures its value."""
    best = population.best(history)
    if best is not None:
        arms = [arm.name for arm in history.arms if arm.origin == best.number]
        if arms:
            return (
                f"{', '.join(arms)} of the ablation trains its schedule from the start"
            )
    return "an arm with schedule: best would train its schedule from the start"


# --------------------------------------------------------------------------- the schedule


def _schedule(history: History, pbt: Pbt, best: Trial) -> Table:
    """The best member's values, a row for each stretch of epochs."""
    metric = history.spec.metric.name
    ancestry = lineage(best)
    columns = (
        Column("epochs", "Epochs", "left"),
        *(Column(name, name) for name in pbt.parameters),
        Column("trial", "Trained by"),
        Column("source", "Copied from"),
        Column(metric, f"{metric} {arrow(history, metric)}"),
    )
    rows = list(_stretches(history, pbt, ancestry, best.budget or 0))
    folder = f"trials/{trial_folder(best)}/config.json"
    notes = Notes()
    notes.add(
        "Found by selection during training; the values were reached by weights "
        f"that began in trial {ancestry.root}"
    )
    if not ancestry.steps:
        notes.add(
            "The best member never copied another one: its values are "
            "constant, and no schedule was better"
        )
    notes.explain(
        f"To repeat trial {best.number} alone, with these values from the first "
        f"epoch and seed {best.seed}: sweep try {folder}"
    )
    title = f"Schedule: values by epoch of the best member, trial {best.number}"
    return Table("schedule", title, columns, tuple(rows), notes.all())


def _stretches(
    history: History, pbt: Pbt, ancestry: Lineage, epochs: int
) -> Iterator[tuple[Cell, ...]]:
    """The rows of the schedule: one until the first copy, and one after each copy.

    Args:
        history: the study's.
        pbt: the search.
        ancestry: of the best member's weights.
        epochs: for which the best member was trained.
    """
    config = dict(ancestry.config)
    ends = [*(step.after for step in ancestry.steps), epochs]
    yield _stretch(history, pbt, config, (0, ends[0]), ancestry.root, None)
    for step, end in zip(ancestry.steps, ends[1:], strict=True):
        config.update(step.values)
        stretch = (step.after, end)
        yield _stretch(history, pbt, config, stretch, step.trial, step.source)


def _stretch(
    history: History,
    pbt: Pbt,
    config: Mapping[str, Any],
    stretch: tuple[int, int],
    number: int,
    source: int | None,
) -> tuple[Cell, ...]:
    """The row of one stretch.

    Args:
        history: the study's.
        pbt: the search.
        config: with which the weights were trained.
        stretch: epochs trained before it, and at its end.
        number: of the trial that trained the weights.
        source: the trial whose checkpoint it copied before; None: the weights began here.
    """
    begin, end = stretch
    reached = population.value_after(history.spec, history.trials[number], end)
    return (
        Cell(_span(begin, end), {"first": begin + 1, "last": end}),
        *(_value(config[name]) for name in pbt.parameters),
        Cell(str(number), {"": number}, (number,)),
        Cell("" if source is None else str(source), {"": source}),
        Cell(_plain_or_missing(reached), {"": reached}, (number,)),
    )


def _span(begin: int, end: int) -> str:
    """The epochs of a stretch, counted from 1: `6–10`, or `6` for a single one."""
    first = begin + 1
    return str(end) if end == first else f"{first}–{end}"


def _value(value: Value) -> Cell:
    """The cell of a parameter's value."""
    return Cell(numbers.value_text(value), {"": value})


# --------------------------------------------------------------------------- copies


def _copies(history: History, pbt: Pbt) -> Table:
    """A row per copy: the member, its source, and the values that it continued with."""
    metric = history.spec.metric.name
    columns = (
        Column("after", "After epoch"),
        Column("trial", "Member"),
        Column(metric, f"{metric} {arrow(history, metric)}"),
        Column("source", "Copied"),
        Column(f"{metric}.source", f"its {metric}"),
        Column("why", "Why", "left"),
        *(Column(name, f"{name} from there on") for name in pbt.parameters),
    )
    copies = _every_copy(history)
    rows = [_copy(history, pbt, after, copy) for after, copy in copies]
    title = f"Copies: {len(rows)} in {len(history.population)} decisions"
    return Table("copies", title, columns, tuple(rows))


def _copy(
    history: History, pbt: Pbt, after: int, copy: MemberCopied
) -> tuple[Cell, ...]:
    """The row of one copy, made after a number of epochs."""
    return (
        Cell(str(after), {"": after}),
        Cell(str(copy.trial), {"": copy.trial}),
        _reached(history, copy.trial, after),
        Cell(str(copy.source), {"": copy.source}),
        _reached(history, copy.source, after),
        _why(copy),
        *(_value(copy.values[name]) for name in pbt.parameters),
    )


def _why(copy: MemberCopied) -> Cell:
    """The cell that says why a member copied another one."""
    reason = "failed" if copy.failure else "among the worst"
    return Cell(reason, {"": copy.failure or reason})


def _reached(history: History, number: int, after: int) -> Cell:
    """The cell of the metric that a trial had reached after a number of epochs."""
    trial = history.trials[number]
    value = population.value_after(history.spec, trial, after)
    return Cell(_plain_or_missing(value), {"": value}, (number,))
