"""The table of a search over all tasks: the best configurations, and what each is on every task."""

from __future__ import annotations

from sweep.model.domains import Constant
from sweep.model.trial import Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow
from sweep.report.search_table import ROWS, setting
from sweep.report.table import Cell, Column, Note, Notes, Table
from sweep.search import joint_search
from sweep.search.joint_search import Judged
from sweep.spec.tasks import on_task, tasks


def joint_search_tables(evidence: Evidence) -> list[Table]:
    """The ten best configurations by their objective over all tasks; none without such a search."""
    history = evidence.history
    search = history.spec.search
    if (
        search is None
        or not joint_search.is_joint(history.spec)
        or not history.stage("search")
    ):
        return []
    ranked = joint_search.best_first(history)
    known = tasks(history.spec.parameters)
    there = on_task(history.spec, known[0]).parameters
    names = [
        name for name, each in there.items() if not isinstance(each.domain, Constant)
    ]
    metric, words = history.spec.metric.name, joint_search.WORDS[search.tasks]
    columns = (
        Column("rank", "Rank"),
        Column("score", f"{words.capitalize()} {arrow(history, metric)}"),
        *(Column(task.name, f"{metric} on {task.name}") for task in known),
        *(Column(f"config.{name}", name) for name in names),
    )
    rows = [
        _row(place, each, names) for place, each in enumerate(ranked[:ROWS], start=1)
    ]
    title = f"Search over {len(known)} tasks: the best {len(rows)} of {len(ranked)} configurations"
    return [
        Table("search_over_tasks", title, columns, tuple(rows), _notes(evidence, words))
    ]


def _row(place: int, judged: Judged, names: list[str]) -> tuple[Cell, ...]:
    behind = tuple(sorted(trial.number for trial in _trials(judged)))
    score = judged.observation.value or 0.0
    first = next(iter(judged.trials.values()))[0]
    values = []
    for task, value in judged.values.items():
        trials = tuple(trial.number for trial in judged.trials[task])
        shown = numbers.MISSING if value is None else numbers.plain(value)
        values.append(Cell(shown, {"": value}, trials))
    return (
        Cell(str(place), {"": place}),
        Cell(numbers.plain(score, 3), {"": score}, behind),
        *values,
        *(setting(first, name) for name in names),
    )


def _trials(judged: Judged) -> list[Trial]:
    return [trial for trials in judged.trials.values() for trial in trials]


def _notes(evidence: Evidence, words: str) -> tuple[Note, ...]:
    notes = Notes()
    tried = joint_search.judged(evidence.history)
    whole = sum(each.observation.value is not None for each in tried)
    if (
        evidence.history.spec.search is not None
        and evidence.history.spec.search.tasks == "rank"
    ):
        how = "the rank is among the configurations on each task, from 1 for the smallest value"
    else:
        how = "on each task minus the median, over the interquartile range of the configurations"
    notes.add(f"One search chose for all tasks, by the {words}: {how}")
    notes.add(
        "The score changes as further configurations are tried: it compares these alone"
    )
    if whole < len(tried):
        notes.add(
            f"Not ranked: {len(tried) - whole} configurations without a result on every task"
        )
    notes.add("Selection bias: the best of many looks better than it is")
    return notes.all()
