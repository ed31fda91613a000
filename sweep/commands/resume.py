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
    Serve,
    StorageOption,
    Trust,
)


def resume(
    name: Name,
    trials: Annotated[
        list[int] | None,
        typer.Argument(help="Trials to retry, with --retry-failed", metavar="[TRIAL…]"),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Train failed trials again: all, or TRIAL…"
        ),
    ] = False,
    extend: Annotated[
        bool, typer.Option("--extend", help="Take in more trials, seeds or arms")
    ] = False,
    accept_changes: Accept = False,
    trust: Trust = False,
    results: Results = RESULTS,
    engine: EngineOption = Engine.RAY,
    debug: Debug = False,
    serve: Serve = False,
    address: Address = None,
    storage: StorageOption = None,
) -> None:
    """Go on with an interrupted study; what has ended is never run again."""
    from sweep import study
    from sweep.commands.asking import agreed
    from sweep.commands.live import run_live
    from sweep.errors import UsageError

    if trials and not retry_failed:
        numbers = " ".join(map(str, trials))
        raise UsageError(
            f"which trials to train again is said with --retry-failed {numbers}"
        )
    trusted = trust or agreed(name, results, accept_changes)
    run_live(
        lambda engine_name, view: study.resume(
            name,
            results=results,
            engine=engine_name,
            address=address,
            storage=storage,
            extend=extend,
            accept_changes=accept_changes,
            trust=trusted,
            retry_failed=tuple(trials or ()) if retry_failed else None,
            listen=view,
        ),
        engine,
        debug=debug,
        page_of=results if serve else None,
    )
