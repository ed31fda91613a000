"""A study's report: tables for the terminal, and every table and figure under `report/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import RenderableType

from sweep import report
from sweep.history.garbage import collector_paused
from sweep.report import Evidence, cross_validation
from sweep.report.table import Figure
from sweep.study import REPORT, Study

FIGURES = "figures"


def gather(study: Study, *, metrics: Sequence[str] | None = None, draw: bool = True) -> Evidence:
    """What a report is made of.

    Args:
        study: the study.
        metrics: columns; arms are compared on the first. Default: `report.metrics`.
        draw: figures will be drawn of it; what takes longest for them is begun beside this process.
    """
    with collector_paused():
        evidence = report.gather(study.history, metrics=metrics or None)
        if draw:
            evidence.explained.start()
        return evidence


def table(evidence: Evidence, *, tables: Sequence[str] | None = None) -> RenderableType:
    """What a terminal shows: the tables asked for, else the ablation table, else the search."""
    spec = evidence.history.spec
    tried = (
        ("search", "pareto") if spec.search is not None and spec.search.objectives else ("search",)
    )
    return report.show(evidence, tables or (("ablation",) if spec.ablation is not None else tried))


def write(
    study: Study,
    evidence: Evidence,
    *,
    tables: Sequence[str] | None = None,
    formats: Sequence[str] | None = None,
    draw: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Path]:
    """Write `report/` and return its files, tables first.

    Args:
        study: the study.
        evidence: of it.
        tables, formats: see `sweep.report.save`.
        draw: also the figures, on their own under `report/figures/` and inside the HTML.
        progress: called with the name of each figure before it is drawn, and how many are done of
            how many.
    """
    folder = study.folder / REPORT
    embedded: Sequence[Figure] = ()
    with collector_paused():
        files = cross_validation.write(evidence, folder)
        if draw:
            from sweep.report import figures  # Matplotlib takes a second to load

            drawn = figures.drawings(evidence, progress=progress, formats=figures.WRITTEN)
            files += figures.save(drawn, folder / FIGURES)
            embedded = figures.embedded(drawn)
        written = report.save(
            evidence, folder, formats or report.DEFAULT_FORMATS, tables or None, embedded
        )
    return [*written, *files]
