"""The command line. Parses, prints, turns errors into exit codes; imports the rest when it is
needed.

Exit codes: 0 done · 1 some trials failed · 2 usage or study-file error · 3 refused (changed study,
lock held, damaged log) · 4 the results cannot be written (disk full, quota, read-only), resumable ·
130/143 interrupted, resumable.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands.arguments import (
    RESULTS,
    Accept,
    Address,
    AnyName,
    Engine,
    EngineOption,
    File,
    Name,
    Names,
    Profile,
    Results,
    Set,
    StorageOption,
    Trainer,
)
from sweep.errors import StudyFileError, SweepError

if TYPE_CHECKING:
    from rich.console import Console

    from sweep.study import Study

app = typer.Typer(
    name="sweep",
    help="From a study file to a defensible ablation table, on every GPU you have, without losing a trial.",
    no_args_is_help=True,
    rich_markup_mode=None,  # loading Rich takes twice the time of all the rest of `sweep --help`
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


@app.command()
def run(
    file: File,
    overrides: Set = None,
    profile: Profile = None,
    results: Results = RESULTS,
    engine: EngineOption = Engine.RAY,
    address: Address = None,
    storage: StorageOption = None,
    go_on: Annotated[
        bool, typer.Option("--resume", help="If it is there already, go on: one line to requeue")
    ] = False,
    accept_changes: Accept = False,
) -> None:
    """Run a study from its file to its tables."""
    from sweep import spec, study
    from sweep.commands.progress import View

    _lasting()
    console = _console()
    with View(console) as view:
        done = study.run(
            study.find(file),
            results=results,
            overrides=spec.parse_overrides(overrides or []),
            profile=profile,
            engine=engine.value,
            address=address,
            storage=storage,
            go_on=go_on,
            accept_changes=accept_changes,
            listen=view,
        )
    _conclude(console, done)


@app.command()
def resume(
    name: Name,
    extend: Annotated[
        bool, typer.Option("--extend", help="Take in more trials, seeds or arms")
    ] = False,
    accept_changes: Accept = False,
    results: Results = RESULTS,
    engine: EngineOption = Engine.RAY,
    address: Address = None,
    storage: StorageOption = None,
) -> None:
    """Go on with an interrupted study; what has ended is never run again."""
    from sweep import study
    from sweep.commands.progress import View

    _lasting()
    console = _console()
    with View(console) as view:
        done = study.resume(
            name,
            results=results,
            engine=engine.value,
            address=address,
            storage=storage,
            extend=extend,
            accept_changes=accept_changes,
            listen=view,
        )
    _conclude(console, done)


@app.command()
def plan(
    file: File,
    overrides: Set = None,
    profile: Profile = None,
    probe: Annotated[bool, typer.Option(help="Train two epochs to estimate the cost")] = True,
) -> None:
    """Dry run: trials, cost from a timed probe, and the smallest effect these seeds can detect."""
    from sweep import spec, study
    from sweep.commands import printing

    _lasting()
    path = study.find(file)
    wanted = spec.load(
        path, overrides=spec.parse_overrides(overrides or []), profile=profile, import_trainer=True
    )
    _console().print(printing.plan(wanted, probe=probe))


@app.command()
def check(file: File, overrides: Set = None, profile: Profile = None) -> None:
    """Validate a study file; prints every violation with its line."""
    from sweep import spec, study

    path = study.find(file)
    wanted = spec.load(
        path, overrides=spec.parse_overrides(overrides or []), profile=profile, import_trainer=True
    )
    for note in wanted.notes:
        _console().print(f"note: {note}", style="yellow", highlight=False, markup=False)
    _console().print(
        f"{path}: a sound study of {len(wanted.parameters)} parameters", highlight=False
    )


@app.command()
def convert(file: File) -> None:
    """Print a W&B sweep file as a study file; what means something else here goes to stderr."""
    from sweep import spec

    text, notes = spec.convert(file)
    sys.stdout.write(text)
    for note in notes:
        sys.stderr.write(f"note: {note}\n")


@app.command()
def init(
    trainer: Trainer = "clip",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file; default: named after the trainer", metavar="FILE"
        ),
    ] = None,
) -> None:
    """Write a commented study file for a trainer; what is there is never overwritten."""
    from sweep import initial

    path = initial.write(trainer, output)
    _console().print(f"{path}: sweep check {path}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def schema() -> None:
    """Print the JSON schema of study files, for the completion and the red lines of an editor."""
    from sweep import spec

    sys.stdout.write(f"{json.dumps(spec.json_schema(), indent=1, ensure_ascii=False)}\n")


@app.command(name="try")
def try_(
    file: Annotated[
        Path, typer.Argument(help="Study file, or a trial's config.json", metavar="FILE")
    ],
    overrides: Set = None,
    profile: Profile = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the trial")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Keep the trial's files here", metavar="DIR")
    ] = None,
) -> None:
    """One trial in this process: for a first look, a debugger, or to repeat a trial alone."""
    from sweep import spec, study
    from sweep.commands import alone

    _lasting()
    alone.train(
        study.find(file),
        overrides=spec.parse_overrides(overrides or []),
        profile=profile,
        seed=seed,
        folder=folder,
        say=lambda line: _console().print(line, highlight=False, markup=False),
    )


@app.command()
def status(
    name: AnyName = None,
    results: Results = RESULTS,
) -> None:
    """What a study, or every study, has done so far; from the log alone, also while it runs."""
    from sweep import study
    from sweep.commands import printing

    found = [study.load(name, results=results)] if name else study.studies(results)
    _console().print(printing.status(found[0]) if name else printing.overview(found, results))


@app.command()
def report(
    name: Name,
    table: Annotated[list[str] | None, typer.Option(help="Only these tables")] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="Columns; arms are compared on the first")
    ] = None,
    output_format: Annotated[
        list[str] | None, typer.Option("--format", help="Only these formats")
    ] = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures too")] = True,
    results: Results = RESULTS,
) -> None:
    """Print a study's ablation table and write its report."""
    from sweep import study
    from sweep.commands import reporting

    console = _console()
    found = study.load(name, results=results)
    evidence = reporting.gather(found, metrics=metric, draw=figures)
    console.print(reporting.table(evidence, tables=table))
    with console.status("writing the report") as waiting:
        written = reporting.write(
            found,
            evidence,
            tables=table,
            formats=output_format,
            draw=figures,
            progress=lambda what, done, of: waiting.update(f"drawing {what} ({done}/{of})"),
        )
    _say_written(console, found, written)


@app.command()
def compare(
    names: Names,
    metric: Annotated[
        str | None, typer.Option(help="Default: the first study's first report metric")
    ] = None,
    results: Results = RESULTS,
) -> None:
    """Line studies up: the arms they share, the change from the first study, and what makes them unlike."""
    from sweep import study
    from sweep.commands import printing

    there = [study.load(name, results=results) for name in names]
    short = [found.folder.name for found in there]
    found = dict(
        zip(short if len(set(short)) == len(short) else map(str, names), there, strict=True)
    )
    _console().print(printing.compare(found, metric))


@app.command()
def show(
    name: Name,
    what: Annotated[
        str, typer.Argument(help="Number of a trial, or name of an arm", metavar="TRIAL|ARM")
    ],
    results: Results = RESULTS,
) -> None:
    """What stands behind a trial or an arm: configuration, epochs, files, and the command that repeats it."""
    from sweep import study
    from sweep.commands import printing

    _console().print(printing.show(study.load(name, results=results), what))


@app.command()
def verify(name: Name, results: Results = RESULTS) -> None:
    """Check the log, the checkpoints' hashes, and recompute every cell of the written tables."""
    from sweep import study
    from sweep.commands import verification

    console = _console()
    found = study.load(name, results=results)
    problems = verification.verify(
        found, say=lambda line: console.print(line, highlight=False, markup=False)
    )
    if problems:
        raise typer.Exit(1)


@app.command()
def export(
    name: Name,
    folder: Annotated[
        Path | None, typer.Option(help="Where to, default STUDY/export", metavar="DIR")
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(help="To this tracker instead: tensorboard, mlflow or wandb", metavar="NAME"),
    ] = None,
    results: Results = RESULTS,
) -> None:
    """Write trials and epochs as parquet and CSV, and the search as an Optuna journal; or the runs to a tracker."""
    from sweep import study
    from sweep.commands import exporting

    found = study.load(name, results=results)
    if to:
        exporting.track(found, to)
        return
    for path in exporting.write(found, folder or found.folder / "export"):
        _console().print(f"  {path}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def dashboard(
    name: Name,
    port: Annotated[
        int, typer.Option(help="Of this machine alone; 0: any that is free", min=0, max=65535)
    ] = 8080,
    results: Results = RESULTS,
) -> None:
    """Open the study's search in optuna-dashboard, on this machine alone; also while it runs."""
    from sweep import study
    from sweep.commands import dashboard

    _lasting()
    dashboard.serve(
        study.load(name, results=results),
        port=port,
        say=lambda line: _console().print(line, highlight=False, markup=False, soft_wrap=True),
    )


def _console() -> Console:
    from rich.console import Console

    console = Console()
    # A table in a log file or a pipe must not be folded to 80 columns.
    return console if console.is_terminal else Console(width=160)


def _conclude(console: Console, done: Study) -> None:
    """Print the table and the paths, and end with 1 if trials failed."""
    from sweep.commands import reporting
    from sweep.model.trial import State

    evidence = reporting.gather(done)
    console.print(reporting.table(evidence))
    with console.status("writing the report"):
        written = reporting.write(done, evidence)
    _say_written(console, done, written)
    failed = sum(t.state is State.FAILED for t in done.history.trials.values())
    if failed:
        console.print(
            f"{failed} trials failed: sweep status {done.folder}", style="red", highlight=False
        )
        raise typer.Exit(1)


def _say_written(console: Console, study: Study, written: list[Path]) -> None:
    """The files one opens, one by one, and the folder with the rest."""
    opened = [path for path in written if path.name in ("report.html", "report.md", "ablation.tex")]
    for path in opened:
        console.print(f"  {path}", highlight=False, markup=False, soft_wrap=True)
    rest = len(written) - len(opened)
    if rest:
        more = "more files" if opened else "files"
        console.print(
            f"  {rest} {more} in {study.folder / 'report'}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _lasting() -> None:
    """What trains or serves may make garbage for days."""
    gc.enable()


def main() -> None:
    """Entry point of `sweep`."""
    gc.disable()  # most commands take seconds, a fifth of which would go into looking for garbage
    try:
        app()
    except SweepError as error:
        # `file:line:` must stand first, where editors and terminals look for it.
        sys.stderr.write(f"{error}\n" if isinstance(error, StudyFileError) else f"sweep: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)  # `sweep status | head` is not an error


if __name__ == "__main__":
    main()
