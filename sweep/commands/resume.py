"""`sweep resume`: go on with a study that was interrupted, or extend it."""

from __future__ import annotations

from typing import Annotated

import typer

from sweep.commands.arguments import (
    RESULTS,
    Accept,
    Address,
    Debug,
    Engine,
    EngineOption,
    Name,
    Results,
    StorageOption,
    Trust,
)
from sweep.commands.console import console


def resume(
    name: Name,
    extend: Annotated[
        bool, typer.Option("--extend", help="Take in more trials, seeds or arms")
    ] = False,
    accept_changes: Accept = False,
    trust: Trust = False,
    results: Results = RESULTS,
    engine: EngineOption = Engine.RAY,
    debug: Debug = False,
    address: Address = None,
    storage: StorageOption = None,
) -> None:
    """Go on with an interrupted study; what has ended is never run again."""
    from sweep import study
    from sweep.commands.asking import agreed
    from sweep.commands.conclusion import conclude
    from sweep.commands.progress import View

    screen = console()
    trusted = trust or agreed(name, results, accept_changes)
    with View(screen) as view:
        done = study.resume(
            name,
            results=results,
            engine="debug" if debug else engine.value,
            address=address,
            storage=storage,
            extend=extend,
            accept_changes=accept_changes,
            trust=trusted,
            listen=view,
        )
    conclude(screen, done)
