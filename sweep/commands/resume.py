"""`sweep resume`: continue a study that was interrupted, or extend it."""

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
    Probe,
    Results,
    Serve,
    StorageOption,
    Trust,
)

RetriedTrials = Annotated[
    list[int] | None,
    typer.Argument(help="Trials to retry, with --retry-failed", metavar="[TRIAL…]"),
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed", help="Train failed trials again: all of them, or TRIAL…"
    ),
]
Extend = Annotated[
    bool, typer.Option("--extend", help="Accept more trials, seeds or arms")
]


def resume(
    name: Name,
    trials: RetriedTrials = None,
    retry_failed: RetryFailed = False,
    extend: Extend = False,
    accept_changes: Accept = False,
    probe: Probe = True,
    trust: Trust = False,
    results: Results = RESULTS,
    engine: EngineOption = Engine.RAY,
    debug: Debug = False,
    serve: Serve = False,
    address: Address = None,
    storage: StorageOption = None,
) -> None:
    """Continue an interrupted study; trials that have ended are never run again."""
    from sweep import study
    from sweep.commands.asking import agreed
    from sweep.commands.live import run_live
    from sweep.errors import UsageError

    if trials and not retry_failed:
        numbers = " ".join(map(str, trials))
        raise UsageError(
            f"trials {numbers} are given without --retry-failed; to train them again:"
            f" --retry-failed {numbers}"
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
            probe=probe,
            trust=trusted,
            retry_failed=tuple(trials or ()) if retry_failed else None,
            listen=view,
        ),
        engine,
        debug=debug,
        page_of=results if serve else None,
    )
