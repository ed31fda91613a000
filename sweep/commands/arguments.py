"""The arguments and options that several commands share, with their shell completion."""

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


def _completed_by(function: str) -> Callable[[typer.Context, str], list[str]]:
    """A function of `sweep.commands.completion`, imported only when a shell completes."""

    def ask(ctx: typer.Context, incomplete: str) -> list[str]:
        offer: Callable[[typer.Context, str], list[str]] = getattr(
            import_module("sweep.commands.completion"), function
        )
        return offer(ctx, incomplete)

    return ask


File = Annotated[
    Path,
    typer.Argument(
        help="Study file, e.g. search_spaces/focal.yaml",
        metavar="FILE",
        autocompletion=_completed_by("study_files"),
    ),
]
Name = Annotated[
    str,
    typer.Argument(
        help="Name of a study, or its folder",
        metavar="STUDY",
        autocompletion=_completed_by("studies"),
    ),
]
Serve = Annotated[
    bool,
    typer.Option("--serve", help="Show the live report in a browser on this machine"),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Override a parameter or a dotted key, e.g. --set epochs=3",
        metavar="KEY=VALUE",
        autocompletion=_completed_by("assignments"),
    ),
]
TrainerOption = Annotated[
    str | None,
    typer.Option(
        "--trainer",
        help="file.py:function to train with, e.g. for a W&B file without a program",
        metavar="TRAINER",
        autocompletion=_completed_by("trainers_and_scripts"),
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        help="A profile of the study file, e.g. full",
        autocompletion=_completed_by("profiles"),
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
        "--debug", help="Run one trial after another in this process, for a debugger"
    ),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept-changes",
        help="Continue although code, data or libraries changed; tables mark the rows",
    ),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Run the code of a study that somebody else started"),
]
Probe = Annotated[
    bool,
    typer.Option(
        "--probe/--no-probe",
        help="If trials pause and resume: probe first whether resumed curves are equal",
    ),
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
        help="Storage for nodes without a shared disk: s3://…, gs://…, file:///…",
        metavar="URI",
    ),
]
Names = Annotated[
    list[str],
    typer.Argument(
        help="Names of studies, or their folders",
        metavar="STUDY…",
        autocompletion=_completed_by("studies"),
    ),
]
AnyName = Annotated[
    str | None,
    typer.Argument(
        help="Name of a study, or its folder",
        metavar="[STUDY]",
        autocompletion=_completed_by("studies"),
    ),
]
Trainer = Annotated[
    str,
    typer.Argument(
        help="clip, fusion, segmentation, file.py:function, module:function, or a script.py",
        metavar="TRAINER",
        autocompletion=_completed_by("trainers_and_scripts"),
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print JSON instead of text; its schema: sweep schema COMMAND"
    ),
]
RESULTS = Path("results")


def given(assignments: list[str] | None, trainer: str | None) -> dict[str, Any]:
    """The overrides of `--set` and `--trainer`."""
    from sweep import spec

    overrides = spec.parse_overrides(assignments or [])
    return overrides if trainer is None else {**overrides, "trainer": trainer}
