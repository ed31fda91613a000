"""The page on what a `command:` is told: macros, variables, `wandb` as it finds it."""

from __future__ import annotations

from sweep.command.macros import VARIABLES
from sweep.spec.command import MACROS

_OPENING = """# Macros and variables of a command

`command:` in a study file runs any program as the trainer. The words of the command may hold
macros, and the program finds variables in its environment.

## Macros

A macro that is a whole word becomes as many words as it has; inside a word it is put in as text,
quoted as for a shell. `$${now}` is `${now}` to the program. `${envvar:NAME}` is a variable of the
environment that sweep was started in. An unknown macro is refused with the nearest name.

| macro | becomes |
|---|---|
"""
_VARIABLES = """
## Variables

| variable | holds |
|---|---|
"""


def text() -> str:
    """The page, in Markdown."""
    macros = "\n".join(
        f"| `${{{name}}}` | {_cell(meaning)} |" for name, meaning in MACROS.items()
    )
    variables = "\n".join(
        f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()
    )
    return f"{_OPENING}{macros}\n{_VARIABLES}{variables}\n"


def _cell(meaning: str) -> str:
    return meaning.replace("|", "\\|")
