"""`sweep schema`: the JSON schema of study files."""

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
        found = spec.json_schema()
    else:
        found = named(ANSWERS, command, "command with --json").model_json_schema()
    sys.stdout.write(f"{json.dumps(found, indent=1, ensure_ascii=False)}\n")
