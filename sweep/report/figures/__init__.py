"""The figures of a report, from the log alone: sized for a paper, honest about what is missing, the
same every time.

    from sweep.report import figures, gather

    evidence = gather(history)
    drawn = figures.drawings(evidence)  # every figure that the study can fill
    figures.save(drawn, folder)  # as PDF and PNG
    figures.draw("forest", evidence).figure  # one of them, a matplotlib Figure

Importing this package loads Matplotlib. What `importance` shows is worked out by Optuna in a
process beside this one.
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

Progress = Callable[
    [str, int, int], None
]  # the figure now being drawn, how many are done, how many there are

# Name → figure; None where the study has nothing to draw.
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
    "pareto": pareto,
    "importance": importance,
    "slices": slices,
    "parallel": parallel,
    "timeline": timeline,
}
# Of a study with tasks, those that are of all tasks; the others are drawn once for each.
OF_ALL_TASKS = ("critical_difference", "verdicts_over_tasks", "timeline")
# Figure → the table that it is shown beside; the others stand by themselves.
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
    "pareto": "pareto",
}
CAPTIONS = "captions.txt"
WRITTEN = ("pdf", "png")  # what a report has of each figure
_LAST = "importance"


def draw(name: str, evidence: Evidence) -> Drawing | None:
    """One figure; None where the study has nothing to draw.

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
    """Name → figure, in the order asked for, without those that the study has nothing to fill with.

    Args:
        evidence: the study.
        names: in `FIGURES`, default all.
        progress: called before each figure and once at the end.
        formats: in `FORMATS`; each figure is rendered in them at once, before the next one is
            drawn.

    Raises:
        UnknownName: no such figure or format; nothing was drawn.
    """
    _check(formats)
    chosen = list(FIGURES) if names is None else list(names)
    figures: dict[str, Callable[[], Drawing | None]] = {}
    for name in chosen:
        figures |= _of(name, evidence)
    found = {}
    for done, name in enumerate(
        sorted(figures, key=lambda name: name.startswith(_LAST))
    ):
        if progress is not None:
            progress(name, done, len(figures))
        if (drawing := figures[name]()) is not None:
            found[name] = drawing
            for kind in formats:
                drawing.file(kind)
    if progress is not None:
        progress("", len(figures), len(figures))
    return {name: found[name] for name in figures if name in found}


def _of(name: str, evidence: Evidence) -> dict[str, Callable[[], Drawing | None]]:
    """File name → what draws it: one figure, or one for each task."""
    figure = named(FIGURES, name, "figure")
    each = {} if name in OF_ALL_TASKS else on_tasks(evidence)
    if name == _LAST:
        for one in each.values() or [evidence]:
            one.importance.start()  # drawn last: it is worked out while the others are drawn
    if not each:
        return {name: partial(figure, evidence)}
    return {
        f"{name}_{slugify(task)}": partial(_on_task, figure, there, task)
        for task, there in each.items()
    }


def _on_task(
    figure: Callable[[Evidence], Drawing | None], there: Evidence, task: str
) -> Drawing | None:
    """A figure of one task, which its title names."""
    drawn = figure(there)
    return (
        None if drawn is None else replace(drawn, title=f"{drawn.title}, task {task}")
    )


def embedded(drawn: Mapping[str, Drawing]) -> tuple[Figure, ...]:
    """Drawings as `sweep.report.save(figures=…)` takes them, each beside the table it
    belongs to.
    """
    return tuple(
        Figure(f"{each.title}. {each.caption}", each.file("png"), name, _table_of(name))
        for name, each in drawn.items()
    )


def _table_of(name: str) -> str:
    """The table that a figure stands beside: on a task, that of the task."""
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
    files = {
        f"{name}.{kind}": d.file(kind) for name, d in drawn.items() for kind in formats
    }
    if drawn:
        captions = (f"{name}: {d.title}. {d.caption}\n" for name, d in drawn.items())
        files[CAPTIONS] = "\n".join(captions).encode("utf-8", "backslashreplace")
    return files


def save(
    drawn: Mapping[str, Drawing], folder: Path, formats: Sequence[str] = WRITTEN
) -> list[Path]:
    """Write what `contents` gives into a folder; files of an earlier report are replaced.

    Raises:
        UnknownName: no such format; nothing was written.
        CannotWrite: a file cannot be written.
    """
    return durable.write_files(contents(drawn, formats), folder)


def _check(formats: Iterable[str]) -> None:
    for name in formats:
        named(PRINTED, name, "figure format")
