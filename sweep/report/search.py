"""The search table: the best configurations that the search found."""

from __future__ import annotations

import math
from collections import defaultdict

from sweep.parameters import Constant
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow
from sweep.report.frames import selected_report
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.statistics.paired import mean_interval
from sweep.trial import State, Trial, configuration_key

ROWS = 10


def search_tables(evidence: Evidence) -> list[Table]:
    """The ten best configurations by the study's own metric, with every parameter that was searched.

    Only configurations whose trials all completed are ranked. Numbers on the test set are left out: choosing by them
    would spoil it. No table without a search.
    """
    history = evidence.history
    trials = history.stage("search")
    if not trials:
        return []
    metric = history.spec.metric
    ranked = sorted(_ranked(evidence, trials), key=lambda entry: entry[0], reverse=metric.goal == "maximize")
    names = [name for name, parameter in history.spec.parameters.items() if not isinstance(parameter.domain, Constant)]
    columns = [
        Column("rank", "Rank"),
        Column("trial", "Trial"),
        Column(metric.name, f"{metric.name} {arrow(history, metric.name)}"),
        *(Column(f"config.{name}", name) for name in names),
        Column("epochs", "Epochs"),
        Column("seconds", "Time"),
    ]
    rows = [_row(evidence, rank, group, names) for rank, (_, group) in enumerate(ranked[:ROWS], start=1)]
    notes = Notes()
    left_out = {s: sum(t.state is s for t in trials) for s in State if s is not State.COMPLETE}
    said = ", ".join(f"{n} {state.value}" for state, n in left_out.items() if n)
    notes.add(f"{len(ranked)} configurations ranked" + (f"; trials not ranked: {said}" if said else ""))
    notes.add(
        "The best of many is better by luck than it is: its value here is optimistic; the ablation's runs are fresh"
    )
    title = f"Search: the best {min(ROWS, len(ranked))} of {len(ranked)} configurations"
    return [Table("search", title, tuple(columns), tuple(rows), notes.all())]


def _ranked(evidence: Evidence, trials: list[Trial]) -> list[tuple[float, list[Trial]]]:
    """(mean objective over seeds, trials) of every configuration whose trials are all complete."""
    groups: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[configuration_key(trial.config)].append(trial)
    found = []
    for group in groups.values():
        values = [_objective(evidence, trial) for trial in group if trial.state is State.COMPLETE]
        if len(values) == len(group) and not any(map(math.isnan, values)):
            found.append((math.fsum(values) / len(values), group))
    return found


def _objective(evidence: Evidence, trial: Trial) -> float:
    report = selected_report(evidence.history, trial)
    value = None if report is None else report.metrics.get(evidence.history.spec.metric.name)
    return math.nan if value is None else value


def _row(evidence: Evidence, rank: int, group: list[Trial], names: list[str]) -> tuple[Cell, ...]:
    trials = tuple(trial.number for trial in group)
    estimate = mean_interval([_objective(evidence, trial) for trial in group], evidence.confidence)
    epochs = sum(len(trial.reports) for trial in group)
    seconds = sum(trial.seconds for trial in group)
    values: dict[str, Value] = {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n}
    return (
        Cell(str(rank), {"": rank}),
        Cell(", ".join(map(str, trials)), {"": trials[0]}),
        Cell(numbers.spread(estimate.mean, estimate.sd), values, trials),
        *(_setting(group[0], name) for name in names),
        Cell(str(epochs), {"": epochs}, trials),
        Cell(numbers.duration(seconds), {"": seconds}, trials),
    )


def _setting(trial: Trial, name: str) -> Cell:
    if name not in trial.config:
        return EMPTY
    value = trial.config[name]
    if isinstance(value, float):
        return Cell(numbers.plain(value), {"": value})
    return Cell(str(value), {"": value if isinstance(value, int | str | bool | None) else str(value)})
