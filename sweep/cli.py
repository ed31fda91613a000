"""The command line: collects the commands and turns errors into exit codes.

Exit codes: 0 done · 1 some trials failed · 2 usage or study-file error · 3 refused (changed study,
lock held, damaged log) · 4 the results cannot be written (disk full, quota, read-only), resumable ·
130/143 interrupted, resumable.
"""

from __future__ import annotations

import atexit
import gc
import io
import sys
from typing import Annotated

import typer

from sweep import __version__
from sweep.commands import COMMANDS
from sweep.errors import StudyFileError, SweepError
from sweep.safe_text import clean_lines

app = typer.Typer(
    name="sweep",
    no_args_is_help=True,
    rich_markup_mode=None,  # importing Rich would triple the time of `sweep --help`
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sweep {__version__}")
        raise typer.Exit


@app.callback()
def _sweep(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit",
        ),
    ] = False,
) -> None:
    """Run a study file on every GPU, lose no trial, and get a defensible ablation table."""


for name, command in COMMANDS.items():
    app.command(name=name)(command)


def _show_what_cannot_be_encoded() -> None:
    """Print the code point of a character that the terminal's encoding lacks, without an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Entry point of `sweep`."""
    _show_what_cannot_be_encoded()
    # At its end Python would look for garbage among all that was imported, which takes 0.4 s.
    atexit.register(gc.freeze)
    try:
        app()
    except SweepError as error:
        # `file:line:` must come first, where editors and terminals look for it.
        text = clean_lines(str(error))
        sys.stderr.write(
            f"{text}\n" if isinstance(error, StudyFileError) else f"sweep: {text}\n"
        )
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)  # `sweep status | head` is not an error


if __name__ == "__main__":
    main()
