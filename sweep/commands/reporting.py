"""Make a study's report: tables for the terminal, and all files in `report/`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rich.console import RenderableType

from sweep import durable, report
from sweep.errors import CannotWrite, StudyLocked
from sweep.history.event_records import to_record
from sweep.history.garbage import collector_paused
from sweep.history.history import History
from sweep.history.opening import resumed
from sweep.model.events import ReportWritten
from sweep.report import Evidence
from sweep.report.files import Options, contents
from sweep.report.task_evidence import on_tasks
from sweep.report.versions import versions
from sweep.study import REPORT, Study


def gather(
    study: Study,
    *,
    metrics: Sequence[str] | None = None,
    draw: bool = True,
    pages: Options | None = None,
) -> Evidence:
    """Collect the evidence that a report shows.

    Args:
        study: the study.
        metrics: metrics to show; arms are compared on the first. Default: `report.metrics`.
        draw: whether figures will be drawn; if so, their slowest computation starts in another
            process.
        pages: profile, columns and notes of the pages; None: those of the study file.

    Raises:
        UnknownName: see `sweep.report.layout.layout_of`, and `sweep.report.gather`.
    """
    layout = (pages or Options()).layout(study.history)
    with collector_paused():
        evidence = report.gather(study.history, metrics=metrics or None, layout=layout)
        if draw:
            for of_task in on_tasks(evidence).values() or [evidence]:
                of_task.importance.start()
        return evidence


def table(evidence: Evidence, *, tables: Sequence[str] | None = None) -> RenderableType:
    """The table for a terminal: the requested ones, else the ablation table, else the search."""
    spec = evidence.history.spec
    if tables:
        return report.show(evidence, tables)
    if spec.ablation is not None:
        return report.show(evidence)
    if spec.search is not None and spec.search.objectives:
        return report.show(evidence, ("search", "pareto"))
    return report.show(evidence, ("search",))


def write(
    study: Study,
    evidence: Evidence,
    *,
    tables: Sequence[str] | None = None,
    formats: Sequence[str] | None = None,
    draw: bool = True,
    pages: Options | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Path]:
    """Write `report/` and return its files, tables first.

    Args:
        study: the study.
        evidence: from `gather`.
        tables, formats: see `sweep.report.save`.
        draw: also write figures, as files in `report/figures/` and inside the HTML page.
        pages: as for `gather`.
        progress: called before each figure is drawn, with its name, the number of finished figures
            and the total.
    """
    options = replace(
        pages or Options(),
        tables=tuple(tables) if tables else None,
        formats=tuple(formats) if formats else report.DEFAULT_FORMATS,
        metrics=_requested_metrics(evidence),
        figures=draw,
    )
    with collector_paused():
        files = contents(evidence, options, progress)
        written = durable.write_files(files, study.folder / REPORT)
    _record(study, options, files)
    return written


def _requested_metrics(evidence: Evidence) -> tuple[str, ...] | None:
    """The metrics of a report; None if they are those of the study file."""
    spec = evidence.history.spec
    defaults = tuple(spec.report.metrics) or (spec.metric.name,)
    return None if evidence.metrics == defaults else evidence.metrics


def _record(study: Study, options: Options, files: Mapping[str, bytes]) -> None:
    """Record what the report was made from, so that `sweep verify` can reproduce it.

    If another process runs the study, nothing is recorded: that process writes a report when it
    ends.
    """
    event = ReportWritten(
        records=study.history.records,
        options=options.plain(),
        versions=dict(versions()),
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )
    with suppress(StudyLocked, CannotWrite):
        log, history = resumed(study.folder)
        with log:
            if not _is_known(history, event):
                log.append(to_record(event))


def _is_known(history: History, event: ReportWritten) -> bool:
    """Whether the last recorded report equals this one, apart from the length of the log."""
    if not history.reports:
        return False
    return replace(history.reports[-1].event, records=event.records) == event
