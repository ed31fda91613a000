"""`sweep report`: print a study's tables and write its report."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands.arguments import RESULTS, Json, Name, Results
from sweep.commands.console import console, say_files

if TYPE_CHECKING:
    from rich.status import Status


Tables = Annotated[list[str] | None, typer.Option(help="Only these tables")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(help="Metrics to show; arms are compared on the first"),
]
Formats = Annotated[
    list[str] | None, typer.Option("--format", help="Only these formats")
]
PageProfile = Annotated[
    str | None,
    typer.Option(help="paper: the five columns that papers print, short notes"),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(help="Only these groups of columns, in this order"),
]
Notes = Annotated[str | None, typer.Option(help="full, short or separate footnotes")]


def report(
    name: Name,
    table: Tables = None,
    metric: Metrics = None,
    output_format: Formats = None,
    profile: PageProfile = None,
    column: Columns = None,
    notes: Notes = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures too")] = True,
    write: Annotated[bool, typer.Option(help="Write the report's files")] = True,
    results: Results = RESULTS,
    as_json: Json = False,
) -> None:
    """Print a study's ablation table and write its report."""
    from sweep import study
    from sweep.commands import answering, reporting
    from sweep.report.files import Options
    from sweep.session import edited_study_file

    loaded = study.load(name, results=results)
    pages = Options(
        profile=profile, columns=tuple(column) if column else None, notes=notes
    )
    evidence = reporting.gather(
        loaded, metrics=metric, draw=figures and write, pages=pages
    )
    screen = console(stderr=as_json)
    text = reporting.table(evidence, tables=table)
    files: list[Path] = []
    if write:
        with screen.status("writing the report") as status:
            files = reporting.write(
                loaded,
                evidence,
                tables=table,
                formats=output_format,
                draw=figures,
                pages=pages,
                progress=partial(_show_progress, status),
            )
    edited = edited_study_file.edits(loaded.history, loaded.folder)
    if as_json:
        answering.tell(answering.report(loaded, evidence, table, files, edited))
        return
    screen.print(text)
    for line in edited:
        screen.print(f"note: {line}", style="yellow", highlight=False, markup=False)
    if write:
        say_files(files, loaded.folder / study.REPORT)


def _show_progress(status: Status, figure: str, done: int, total: int) -> None:
    """Show which figure is drawn."""
    status.update(f"drawing {figure} ({done}/{total})")
