"""The console that commands print on, and the lines that several commands print.

`sweep --help` imports every command's module. So a command imports slow modules inside its
function.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from sweep.report.table import Table

_OPENED = (
    "report.html",
    "report.md",
    "ablation.tex",
)  # the files of a report that people open


def console(*, stderr: bool = False) -> Console:
    """A console on standard output, or on standard error if a program reads the output.

    Commands print only through such a console.
    """
    from sweep.commands.safe_console import SafeConsole

    here = SafeConsole(stderr=stderr)
    # A table in a log file or a pipe must not be folded to 80 columns.
    return here if here.is_terminal else SafeConsole(width=160, stderr=stderr)


def say(line: str) -> None:
    """Print one line unchanged, without markup, emoji, colours or line breaks."""
    console().print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)


def say_files(files: list[Path], folder: Path) -> None:
    """Print the report files that people open, and the number of other files."""
    opened = [path for path in files if path.name in _OPENED]
    for path in opened:
        say(f"  {path}")
    rest = len(files) - len(opened)
    if rest:
        more = "more files" if opened else "files"
        say(f"  {rest} {more} in {folder}")


def one_table(title: str, table: Table) -> RenderableType:
    """A report table under a title, for the console."""
    from sweep.report.formats import terminal
    from sweep.report.table import Document

    return terminal.renderable(Document(title, (), (table,), ()))
