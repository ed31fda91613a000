"""Build a study's document of tables, and write it to files or show it in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import RenderableType

from sweep import durable
from sweep.errors import named
from sweep.history.history import History
from sweep.model.trial import State, Trial, trial_folder
from sweep.report import numbers
from sweep.report.ablation import ablation_tables
from sweep.report.convergence import convergence_tables
from sweep.report.cost import cost_tables
from sweep.report.evidence import Evidence
from sweep.report.factorial import factorial_tables
from sweep.report.formats import DEFAULT_FORMATS, format_named, terminal
from sweep.report.health_table import health_tables
from sweep.report.joint_search_table import joint_search_tables
from sweep.report.pareto import pareto_tables
from sweep.report.path_table import path_tables
from sweep.report.per_class import per_class_tables
from sweep.report.provenance_table import provenance_tables
from sweep.report.renaming import renamed
from sweep.report.search_table import search_tables
from sweep.report.shapley_table import shapley_tables
from sweep.report.table import Document, Figure, Run, Table
from sweep.report.task_evidence import on_tasks
from sweep.report.tasks_description import tasks_description_tables
from sweep.report.tasks_table import tasks_tables
from sweep.report.variance_table import variance_tables
from sweep.spec import slugify

# Name → builder; a builder returns no table if the study has no content for it.
TABLES: dict[str, Callable[[Evidence], Sequence[Table]]] = {
    "tasks": tasks_tables,
    "tasks_description": tasks_description_tables,
    "ablation": ablation_tables,
    "factorial": factorial_tables,
    "shapley": shapley_tables,
    "path": path_tables,
    "variance": variance_tables,
    "per_class": per_class_tables,
    "convergence": convergence_tables,
    "search": search_tables,
    "search_over_tasks": joint_search_tables,
    "pareto": pareto_tables,
    "health": health_tables,
    "cost": cost_tables,
    "provenance": provenance_tables,
}
# Tables made once for all tasks of a study; the others are made for each task.
OF_ALL_TASKS = (
    "tasks",
    "tasks_description",
    "search_over_tasks",
    "health",
    "cost",
    "provenance",
)


def tables(evidence: Evidence, names: Iterable[str] | None = None) -> tuple[Table, ...]:
    """The study's tables that have content, in the order of `TABLES` or of `names`.

    Raises:
        UnknownName: no such table.
    """
    chosen = list(TABLES) if names is None else list(names)
    builders = {name: named(TABLES, name, "table") for name in chosen}
    for name, build in builders.items():
        if name not in evidence.tables:
            built = _built(evidence, name, build)
            display_names = evidence.layout.names
            evidence.tables[name] = [renamed(table, display_names) for table in built]
    return tuple(table for name in chosen for table in evidence.tables[name])


def _built(
    evidence: Evidence, name: str, build: Callable[[Evidence], Sequence[Table]]
) -> Sequence[Table]:
    """A study's tables of one kind, for each task unless the kind is in `OF_ALL_TASKS`."""
    on = on_tasks(evidence)
    if not on or name in OF_ALL_TASKS:
        return build(evidence)
    built = []
    for task, of_task in on.items():
        for table in build(of_task):
            title = f"{table.title}, task {task}"
            file_stem = f"{table.name}_{slugify(task)}"
            built.append(replace(table, name=file_stem, title=title, task=task))
    return built


def document(
    evidence: Evidence,
    names: Iterable[str] | None = None,
    figures: Sequence[Figure] = (),
) -> Document:
    """Everything that a format renders."""
    history = evidence.history
    return Document(
        history.spec.name,
        _summary(history),
        tables(evidence, names),
        tuple(figures),
        evidence.layout,
        _trials(history),
    )


def save(
    evidence: Evidence,
    folder: Path,
    formats: Sequence[str] = DEFAULT_FORMATS,
    tables: Iterable[str] | None = None,
    figures: Sequence[Figure] = (),
) -> list[Path]:
    """Write a study's report and return its files, in the order of the formats.

    Args:
        evidence: of the study, see `gather`.
        folder: created if missing; files of an earlier report are replaced.
        formats: names in `sweep.report.formats.FORMATS`.
        tables: names in `TABLES`, by default all that have content.
        figures: for the formats that embed figures.

    Raises:
        UnknownName: a format or table does not exist; nothing was written.
        SweepError: a file cannot be written.
    """
    chosen = [format_named(name) for name in formats]
    content = document(evidence, tables, figures)
    files: dict[str, bytes] = {}
    for chosen_format in chosen:
        files |= chosen_format.render(content)
    return durable.write_files(files, folder)


def show(
    evidence: Evidence, tables: Iterable[str] | None = ("tasks", "ablation", "shapley")
) -> RenderableType:
    """The report for a terminal: by default the tables of tasks, arms and Shapley values."""
    return terminal.renderable(document(evidence, tables))


def _trials(history: History) -> tuple[Run, ...]:
    """Every trial, with the path of its folder relative to the report.

    Imported and reused trials have no folder in this study.
    """
    imported = bool(history.imports)
    return tuple(_run(trial, imported=imported) for trial in history.trials.values())


def _run(trial: Trial, *, imported: bool) -> Run:
    folder = f"../trials/{trial_folder(trial)}"
    fold = "" if trial.fold is None else f", fold {trial.fold}"
    return Run(
        trial.number,
        trial.stage,
        trial.label,
        f"{trial.seed}{fold}",
        trial.state.value,
        trial.epochs_trained,
        "" if imported or trial.reused else folder,
    )


def _summary(history: History) -> tuple[str, ...]:
    trials = history.trials.values()
    counts = {state: sum(t.state is state for t in trials) for state in State}
    listed = ", ".join(f"{n} {state.value}" for state, n in counts.items() if n)
    lines = []
    if history.spec.description:
        lines.append(history.spec.description)
    seconds = sum(t.seconds for t in trials if not t.reused)
    line = (
        f"Trainer {history.spec.trainer}; {len(trials)} trials ({listed or 'none yet'})"
    )
    if seconds or not history.imports:
        line += f"; {numbers.duration(seconds)} of worker time"
    lines.append(line)
    if history.running or history.unfinished():
        lines.append("The study has not finished: these tables are provisional")
    return tuple(lines)
