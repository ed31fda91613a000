"""The figures of a report, from the log alone: sized for a paper and reproducible.

Captions name the runs that are missing.

    from sweep.report import figures, gather

    evidence = gather(history)
    drawn = figures.drawings(evidence)  # every figure that the study can fill
    figures.save(drawn, folder)  # as PDF and PNG
    figures.draw("forest", evidence).figure  # one of them, a matplotlib Figure

Importing this package loads Matplotlib. A separate process computes the parameter importances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sweep import durable
from sweep.errors import named
from sweep.report.evidence import Evidence
from sweep.report.figures.critical_difference import critical_difference
from sweep.report.figures.forest import forest
from sweep.report.figures.importance import importance
from sweep.report.figures.interactions import interactions
from sweep.report.figures.ladder import ladder
from sweep.report.figures.learning import learning
from sweep.report.figures.optimisation import optimisation
from sweep.report.figures.parallel import parallel
from sweep.report.figures.pareto import pareto
from sweep.report.figures.path import path
from sweep.report.figures.population import population
from sweep.report.figures.rendering import PRINTED
from sweep.report.figures.shapley import shapley
from sweep.report.figures.slices import slices
from sweep.report.figures.style import FORMATS, Drawing, rendered
from sweep.report.figures.terms import gradients, shares, weights
from sweep.report.figures.timeline import timeline
from sweep.report.figures.tuning_cost import tuning_cost
from sweep.report.figures.verdicts import verdict_intervals, verdicts_on_all_tasks
from sweep.report.table import Figure
from sweep.report.task_evidence import on_tasks
from sweep.spec import slugify

__all__ = [
    "CAPTIONS",
    "FIGURES",
    "FORMATS",
    "WRITTEN",
    "Drawing",
    "contents",
    "draw",
    "drawings",
    "embedded",
    "rendered",
    "save",
]

# called with the figure now being drawn, the number of finished figures, and that of all
Progress = Callable[[str, int, int], None]

# Name → function that draws it; it returns None if the study has nothing to draw.
FIGURES: dict[str, Callable[[Evidence], Drawing | None]] = {
    "critical_difference": critical_difference,
    "verdicts_over_tasks": verdicts_on_all_tasks,
    "verdicts": verdict_intervals,
    "forest": forest,
    "ladder": ladder,
    "learning": learning,
    "shares": shares,
    "gradients": gradients,
    "weights": weights,
    "interactions": interactions,
    "path": path,
    "shapley": shapley,
    "optimisation": optimisation,
    "tuning_cost": tuning_cost,
    "population": population,
    "pareto": pareto,
    "importance": importance,
    "slices": slices,
    "parallel": parallel,
    "timeline": timeline,
}
# Figures drawn once for all tasks of a study; the others are drawn for each task.
OF_ALL_TASKS = ("critical_difference", "verdicts_over_tasks", "timeline")
# Figure → the table that it is shown next to; the others are shown alone.
BESIDE = {
    "critical_difference": "tasks",
    "verdicts_over_tasks": "tasks",
    "verdicts": "ablation",
    "forest": "ablation",
    "ladder": "ablation",
    "interactions": "factorial",
    "path": "path",
    "shapley": "shapley",
    "learning": "convergence",
    "optimisation": "search",
    "tuning_cost": "search",
    "population": "search",
    "pareto": "pareto",
}
CAPTIONS = "captions.txt"
WRITTEN = ("pdf", "png")  # the formats of figures in a report
_LAST = "importance"


def draw(name: str, evidence: Evidence) -> Drawing | None:
    """One figure; None if the study has nothing to draw.

    Raises:
        UnknownName: no such figure.
    """
    return named(FIGURES, name, "figure")(evidence)


def drawings(
    evidence: Evidence,
    names: Iterable[str] | None = None,
    progress: Progress | None = None,
    formats: Sequence[str] = (),
) -> dict[str, Drawing]:
    """Name → figure, in the order of `names`, without figures that the study has no data for.

    Args:
        evidence: the study.
        names: in `FIGURES`, by default all.
        progress: called before each figure and once at the end.
        formats: in `FORMATS`; each figure is rendered in them before the next one is drawn.

    Raises:
        UnknownName: no such figure or format; nothing was drawn.
    """
    _check(formats)
    chosen = list(FIGURES) if names is None else list(names)
    figures: dict[str, Callable[[], Drawing | None]] = {}
    for name in chosen:
        figures |= _files_of(name, evidence)
    drawn = {}
    ordered = sorted(figures, key=lambda name: name.startswith(_LAST))
    for done, name in enumerate(ordered):
        if progress is not None:
            progress(name, done, len(figures))
        if (drawing := figures[name]()) is not None:
            drawn[name] = drawing
            for kind in formats:
                drawing.file(kind)
    if progress is not None:
        progress("", len(figures), len(figures))
    return {name: drawn[name] for name in figures if name in drawn}


def _files_of(name: str, evidence: Evidence) -> dict[str, Callable[[], Drawing | None]]:
    """File name → function that draws it: one figure, or one for each task."""
    figure = named(FIGURES, name, "figure")
    on = {} if name in OF_ALL_TASKS else on_tasks(evidence)
    if name == _LAST:
        for of_task in on.values() or [evidence]:
            of_task.importance.start()  # computed while the other figures are drawn
    if not on:
        return {name: partial(figure, evidence)}
    return {
        f"{name}_{slugify(task)}": partial(_on_task, figure, of_task, task)
        for task, of_task in on.items()
    }


def _on_task(
    figure: Callable[[Evidence], Drawing | None], evidence: Evidence, task: str
) -> Drawing | None:
    """A figure of one task, with the task in its title."""
    drawing = figure(evidence)
    if drawing is None:
        return None
    return replace(drawing, title=f"{drawing.title}, task {task}")


def embedded(drawn: Mapping[str, Drawing]) -> tuple[Figure, ...]:
    """Drawings as `sweep.report.save(figures=…)` takes them, each with the name of its table."""
    return tuple(
        Figure(
            f"{drawing.title}. {drawing.caption}",
            drawing.file("png"),
            name,
            _table_of(name),
        )
        for name, drawing in drawn.items()
    )


def _table_of(name: str) -> str:
    """The table that a figure is shown next to; for a figure of one task, the task's table."""
    for figure, table in BESIDE.items():
        if name == figure or name.startswith(f"{figure}_"):
            return table + name.removeprefix(figure)
    return ""


def contents(
    drawn: Mapping[str, Drawing], formats: Sequence[str] = WRITTEN
) -> dict[str, bytes]:
    """`<name>.<format>` for each drawing, and `captions.txt` with their titles and captions.

    Args:
        drawn: by file name.
        formats: in `FORMATS`.

    Raises:
        UnknownName: no such format.
    """
    _check(formats)
    files: dict[str, bytes] = {}
    captions: list[str] = []
    for name, drawing in drawn.items():
        for kind in formats:
            files[f"{name}.{kind}"] = drawing.file(kind)
        captions.append(f"{name}: {drawing.title}. {drawing.caption}\n")
    if captions:
        files[CAPTIONS] = "\n".join(captions).encode("utf-8", "backslashreplace")
    return files


def save(
    drawn: Mapping[str, Drawing], folder: Path, formats: Sequence[str] = WRITTEN
) -> list[Path]:
    """Write the files of `contents` to a folder; files of an earlier report are replaced.

    Raises:
        UnknownName: no such format; nothing was written.
        CannotWrite: a file cannot be written.
    """
    return durable.write_files(contents(drawn, formats), folder)


def _check(formats: Iterable[str]) -> None:
    for name in formats:
        named(PRINTED, name, "figure format")
