"""The arguments and options that several commands share, with what a shell offers for them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer


class Engine(StrEnum):
    """Where trials run."""

    RAY = "ray"
    SERIAL = "serial"


def _offered(what: str) -> Callable[[typer.Context, str], list[str]]:
    """A function of `sweep.commands.completion`, which is loaded only when a shell asks."""

    def ask(ctx: typer.Context, incomplete: str) -> list[str]:
        offer: Callable[[typer.Context, str], list[str]] = getattr(
            import_module("sweep.commands.completion"), what
        )
        return offer(ctx, incomplete)

    return ask


File = Annotated[
    Path,
    typer.Argument(
        help="Study file, e.g. search_spaces/focal.yaml",
        metavar="FILE",
        autocompletion=_offered("study_files"),
    ),
]
Name = Annotated[
    str,
    typer.Argument(
        help="Name of a study, or its folder",
        metavar="STUDY",
        autocompletion=_offered("studies"),
    ),
]
Serve = Annotated[
    bool,
    typer.Option(
        "--serve", help="Show the report in a browser of this machine while it runs"
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Overrides a parameter or a dotted key: --set epochs=3",
        metavar="KEY=VALUE",
        autocompletion=_offered("assignments"),
    ),
]
TrainerOption = Annotated[
    str | None,
    typer.Option(
        "--trainer",
        help="file.py:function to train with, e.g. for a W&B file without a program",
        metavar="TRAINER",
        autocompletion=_offered("trainers_and_scripts"),
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        help="A profile of the study file, e.g. full",
        autocompletion=_offered("profiles"),
    ),
]
Results = Annotated[
    Path, typer.Option(help="Folder that holds the studies", metavar="DIR")
]
EngineOption = Annotated[
    Engine,
    typer.Option(help="ray: on every CPU and GPU; serial: one trial after another"),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug", help="One trial after another in this process, for a debugger"
    ),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept-changes",
        help="Go on though code, data or libraries changed; the table marks the rows",
    ),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Run the code of a study that somebody else started"),
]
Address = Annotated[
    str | None,
    typer.Option(
        help="A Ray cluster to run on: auto, or host:port of its head",
        envvar="RAY_ADDRESS",
        metavar="ADDRESS",
    ),
]
StorageOption = Annotated[
    str | None,
    typer.Option(
        help="For nodes without a shared disk: files travel through s3://…, file:///…",
        metavar="URI",
    ),
]
Names = Annotated[
    list[str],
    typer.Argument(
        help="Names of studies, or their folders",
        metavar="STUDY…",
        autocompletion=_offered("studies"),
    ),
]
AnyName = Annotated[
    str | None,
    typer.Argument(
        help="Name of a study, or its folder",
        metavar="[STUDY]",
        autocompletion=_offered("studies"),
    ),
]
Trainer = Annotated[
    str,
    typer.Argument(
        help="clip, fusion, segmentation, file.py:function, module:function, or a script.py",
        metavar="TRAINER",
        autocompletion=_offered("trainers_and_scripts"),
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print JSON in place of text; its form: sweep schema COMMAND"
    ),
]
RESULTS = Path("results")


def given(assignments: list[str] | None, trainer: str | None) -> dict[str, Any]:
    """The overrides of `--set` and `--trainer`."""
    from sweep import spec

    overrides = spec.parse_overrides(assignments or [])
    return overrides if trainer is None else {**overrides, "trainer": trainer}
