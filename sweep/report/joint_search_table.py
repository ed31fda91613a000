"""The table of a search over all tasks: the best configurations and their value on each task."""

from __future__ import annotations

import itertools

from sweep.model.search_space import searched
from sweep.model.trial import Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow
from sweep.report.search_caveats import note_caveats
from sweep.report.search_table import ROWS, setting
from sweep.report.table import Cell, Column, Note, Notes, Table
from sweep.search import joint_search
from sweep.search.joint_search import Judged
from sweep.search.range_ends import range_ends
from sweep.spec.tasks import on_task, tasks


def joint_search_tables(evidence: Evidence) -> list[Table]:
    """The ten best configurations by their objective over all tasks; none without such a search."""
    history = evidence.history
    search = history.spec.search
    if search is None or not joint_search.is_joint(history.spec):
        return []
    if not history.stage("search"):
        return []
    ranked = joint_search.best_first(history)
    all_tasks = tasks(history.spec.parameters)
    parameters = on_task(history.spec, all_tasks[0]).parameters
    names = searched(parameters)
    metric = history.spec.metric.name
    score_name = joint_search.WORDS[search.tasks]
    columns = (
        Column("rank", "Rank"),
        Column("score", f"{score_name.capitalize()} {arrow(history, metric)}"),
        *(Column(task.name, f"{metric} on {task.name}") for task in all_tasks),
        *(Column(f"config.{name}", name) for name in names),
    )
    best = enumerate(ranked[:ROWS], start=1)
    rows = tuple(_row(rank, judged, names) for rank, judged in best)
    title = (
        f"Search over {len(all_tasks)} tasks: the best {len(rows)} of {len(ranked)}"
        " configurations"
    )
    notes = _notes(evidence, score_name)
    return [Table("search_over_tasks", title, columns, rows, notes)]


def _row(rank: int, judged: Judged, names: list[str]) -> tuple[Cell, ...]:
    """The row of one configuration: rank, score, its value on each task, its parameters."""
    all_trials = [trial.number for trial in _trials(judged)]
    score = judged.observation.value or 0.0
    values = []
    for task, value in judged.values.items():
        trials = tuple(trial.number for trial in judged.trials[task])
        shown = numbers.MISSING if value is None else numbers.plain(value)
        values.append(Cell(shown, {"": value}, trials))
    trials_of_first_task = next(iter(judged.trials.values()))
    first_trial = trials_of_first_task[0]
    return (
        Cell(str(rank), {"": rank}),
        Cell(numbers.plain(score, 3), {"": score}, tuple(sorted(all_trials))),
        *values,
        *(setting(first_trial, name) for name in names),
    )


def _trials(judged: Judged) -> list[Trial]:
    """The trials of a configuration on all tasks."""
    return list(itertools.chain(*judged.trials.values()))


def _notes(evidence: Evidence, score_name: str) -> tuple[Note, ...]:
    """The notes: how the score is computed, and which configurations have none."""
    notes = Notes()
    tried = joint_search.judged(evidence.history)
    unranked = sum(judged.observation.value is None for judged in tried)
    search = evidence.history.spec.search
    how = "on each task minus the median, over the interquartile range of the configurations"
    if search is not None and search.tasks == "rank":
        how = "the rank is among the configurations on each task, from 1 for the smallest value"
    notes.add(f"One search chose for all tasks, by the {score_name}: {how}")
    notes.add(
        "The score compares these configurations only, and changes as more are tried"
    )
    if unranked:
        notes.add(
            f"Not ranked: {unranked} configurations without a result on every task"
        )
    for end in range_ends(evidence.history):
        notes.add(end.sentence)
    note_caveats(evidence, notes)
    notes.add("Selection bias: the best of many looks better than it is")
    return notes.all()
