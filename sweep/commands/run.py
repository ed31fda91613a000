"""`sweep run`: run a study from its file to its tables."""

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
    File,
    Probe,
    Profile,
    Results,
    Serve,
    Set,
    StorageOption,
    TrainerOption,
    given,
)


def run(
    file: File,
    overrides: Set = None,
    profile: Profile = None,
    trainer: TrainerOption = None,
    results: Results = RESULTS,
    engine: EngineOption = Engine.RAY,
    debug: Debug = False,
    serve: Serve = False,
    address: Address = None,
    storage: StorageOption = None,
    go_on: Annotated[
        bool,
        typer.Option(
            "--resume", help="Resume the study if it exists, e.g. in a requeued job"
        ),
    ] = False,
    accept_changes: Accept = False,
    probe: Probe = True,
) -> None:
    """Run a study from its file to its tables."""
    from sweep import study, study_file
    from sweep.commands.live import run_live

    run_live(
        lambda engine_name, view: study.run(
            study_file.find(file),
            results=results,
            overrides=given(overrides, trainer),
            profile=profile,
            engine=engine_name,
            address=address,
            storage=storage,
            go_on=go_on,
            accept_changes=accept_changes,
            probe=probe,
            listen=view,
        ),
        engine,
        debug=debug,
        page_of=results if serve else None,
    )
