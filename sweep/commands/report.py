"""`sweep report`: print a study's tables and write its report again."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import RESULTS, Json, Name, Results
from sweep.commands.console import console, say_files


def report(
    name: Name,
    table: Annotated[list[str] | None, typer.Option(help="Only these tables")] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="Columns; arms are compared on the first")
    ] = None,
    output_format: Annotated[
        list[str] | None, typer.Option("--format", help="Only these formats")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="paper: the five columns that papers print, short notes")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Only these groups of columns, in this order")
    ] = None,
    notes: Annotated[str | None, typer.Option(help="full, short or separate footnotes")] = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures too")] = True,
    write: Annotated[bool, typer.Option(help="Write the report's files")] = True,
    results: Results = RESULTS,
    as_json: Json = False,
) -> None:
    """Print a study's ablation table and write its report."""
    from sweep import study
    from sweep.commands import answering, reporting
    from sweep.report.files import Options

    screen = console(stderr=as_json)
    loaded = study.load(name, results=results)
    pages = Options(profile=profile, columns=tuple(column) if column else None, notes=notes)
    evidence = reporting.gather(loaded, metrics=metric, draw=figures and write, pages=pages)
    shown = reporting.table(evidence, tables=table)
    if not write:
        if as_json:
            answering.tell(answering.report(loaded, evidence, table, []))
        else:
            screen.print(shown)
        return
    with screen.status("writing the report") as waiting:
        files = reporting.write(
            loaded,
            evidence,
            tables=table,
            formats=output_format,
            draw=figures,
            pages=pages,
            progress=lambda what, done, of: waiting.update(f"drawing {what} ({done}/{of})"),
        )
    if as_json:
        answering.tell(answering.report(loaded, evidence, table, files))
        return
    screen.print(shown)
    say_files(files, loaded.folder / study.REPORT)
