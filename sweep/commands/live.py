"""Run a session with a live view, and end the command with its exit code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sweep.commands.arguments import Engine
from sweep.commands.console import console
from sweep.commands.served import ANY_PORT, Served
from sweep.commands.verdict_lines import lines_so_far
from sweep.progress import View
from sweep.session.recorder import Listener
from sweep.session.run_target import EngineName
from sweep.study import Study


def run_live(
    begin: Callable[[EngineName, Listener], Study],
    engine: Engine,
    *,
    debug: bool,
    page_of: Path | None = None,
) -> None:
    """Run a session with a live view, then print the conclusion.

    Args:
        begin: runs the session; takes the name of an engine and a listener.
        engine: where trials run.
        debug: run trials in the driver's process instead.
        page_of: the results folder, to show the study in a browser as well; None: no page.
    """
    screen = console()
    with View(screen, lines_so_far) as view, _shown(view, page_of) as listener:
        done = begin("debug" if debug else engine.value, listener)
    # It imports pandas and the report, and would delay the first trial by half a second.
    from sweep.commands.conclusion import conclude

    conclude(screen, done)


def _shown(view: View, page_of: Path | None) -> AbstractContextManager[Listener]:
    """The view alone, or the view and a page in a browser."""
    if page_of is None:
        return nullcontext(view)
    return Served(view, page_of, port=ANY_PORT)
