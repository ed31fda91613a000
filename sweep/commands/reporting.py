"""A study's report: tables for the terminal, and every table and figure under `report/`."""

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
    """What a report is made of.

    Args:
        study: the study.
        metrics: columns; arms are compared on the first. Default: `report.metrics`.
        draw: figures will be drawn from it; their slowest computation starts in another process.
        pages: profile, columns and notes of the pages; None: those of the study file.

    Raises:
        UnknownName: see `sweep.report.layout.layout_of`, and `sweep.report.gather`.
    """
    layout = (pages or Options()).layout(study.history)
    with collector_paused():
        evidence = report.gather(study.history, metrics=metrics or None, layout=layout)
        if draw:
            for one in on_tasks(evidence).values() or [evidence]:
                one.importance.start()
        return evidence


def table(evidence: Evidence, *, tables: Sequence[str] | None = None) -> RenderableType:
    """What a terminal shows: the requested tables, else the ablation table, else the search."""
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
        evidence: of it.
        tables, formats: see `sweep.report.save`.
        draw: also the figures, on their own under `report/figures/` and inside the HTML.
        pages: what the evidence was gathered with.
        progress: called with the name of each figure before it is drawn, and how many are done of
            how many.
    """
    options = replace(
        pages or Options(),
        tables=tuple(tables) if tables else None,
        formats=tuple(formats) if formats else report.DEFAULT_FORMATS,
        metrics=_requested_metrics(evidence),
        figures=draw,
    )
    with collector_paused():
        made = contents(evidence, options, progress)
        written = durable.write_files(made, study.folder / REPORT)
    _record(study, options, made)
    return written


def _requested_metrics(evidence: Evidence) -> tuple[str, ...] | None:
    """The metrics of a report; None if they are those of the study file."""
    spec = evidence.history.spec
    defaults = tuple(spec.report.metrics) or (spec.metric.name,)
    return None if evidence.metrics == defaults else evidence.metrics


def _record(study: Study, options: Options, made: Mapping[str, bytes]) -> None:
    """Record what the report was written from, so that `sweep verify` can reproduce it.

    While another process runs the study, the report is not recorded; that process writes one at its
    end.
    """
    event = ReportWritten(
        records=study.history.records,
        options=options.plain(),
        versions=dict(versions()),
        files={name: hashlib.sha256(data).hexdigest() for name, data in made.items()},
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
