"""Floor 8: a study's report: the tables for the terminal, and every file under `report/`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from sweep import report
from sweep.study import REPORT, Study


def table(study: Study, *, tables: Sequence[str] | None = None, metrics: Sequence[str] | None = None) -> RenderableType:
    """What a terminal shows: the ablation table, or the tables asked for; a study without arms shows its search."""
    default = ("ablation",) if study.history.spec.ablation is not None else ("search",)
    return report.terminal(study.history, tables=tables or default, metrics=metrics or None)


def write(
    study: Study,
    *,
    tables: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
    formats: Sequence[str] | None = None,
) -> list[Path]:
    """Write `report/` and return its files."""
    folder = study.folder / REPORT
    chosen = formats or report.DEFAULT_FORMATS
    return report.write(study.history, folder, chosen, tables=tables or None, metrics=metrics or None)
