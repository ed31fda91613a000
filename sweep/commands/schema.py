"""`sweep schema`: print the JSON schema of study files."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer


def schema(
    command: Annotated[
        str | None,
        typer.Argument(
            help="Of what this command prints with --json", metavar="[COMMAND]"
        ),
    ] = None,
) -> None:
    """Print the JSON schema of study files, for an editor; or that of a command's --json."""
    from sweep import spec
    from sweep.commands.answers import ANSWERS
    from sweep.errors import named

    if command is None:
        printed = spec.json_schema()
    else:
        printed = named(ANSWERS, command, "command with --json").model_json_schema()
    sys.stdout.write(f"{json.dumps(printed, indent=1, ensure_ascii=False)}\n")
