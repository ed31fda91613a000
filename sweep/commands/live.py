"""A session that a command runs: its live view, and how the command ends."""

from __future__ import annotations

from collections.abc import Callable

from sweep.commands.arguments import Engine
from sweep.commands.conclusion import conclude
from sweep.commands.console import console
from sweep.commands.verdict_lines import verdicts_so_far
from sweep.progress import View
from sweep.session.run_target import EngineName
from sweep.study import Study


def run_live(begin: Callable[[EngineName, View], Study], engine: Engine, *, debug: bool) -> None:
    """Run a session with a live view, and end as its study does.

    Args:
        begin: runs the session, with the name of an engine and a listener.
        engine: where trials run.
        debug: in the driver's process instead.
    """
    screen = console()
    with View(screen, verdicts_so_far) as view:
        done = begin("debug" if debug else engine.value, view)
    conclude(screen, done)
