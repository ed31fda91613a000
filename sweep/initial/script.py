"""Find a script's arguments and metrics in its source, without running it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sweep.initial.arguments import Arguments, arguments
from sweep.initial.description import Parameter, TrainerDescription
from sweep.initial.logged import is_lightning, logged
from sweep.initial.printed import Printed, printed
from sweep.initial.source import imports, parsed

_LIGHTNING_LOGS = "lightning_logs/version_*/metrics.csv"
_LOGGER = "--trainer.logger=CSVLogger"
_SEEDS = ("seed", "seed_everything", "random_seed")


def script(path: Path, name: str) -> TrainerDescription:
    """Describe a script: its command line and its metrics.

    Args:
        path: the script.
        name: the script's name in the command.

    Raises:
        TrainerNotFound: the script is not Python.
    """
    tree = parsed(path)
    command_line = arguments(tree, path)
    seed, parameters = _without_seed(command_line.parameters)
    seed_words = () if seed is None else _seed_words(seed, command_line)
    wandb = "wandb" in imports(tree)
    prints = Printed() if wandb else printed(tree)
    description = TrainerDescription(
        name=None,
        parameters=parameters,
        metrics=prints.metrics,
        run=("python", name, *command_line.words, *seed_words),
        flags=command_line.flags,
        wandb=wandb,
        printed=prints,
    )
    names = logged(tree)
    if names and _LOGGER in command_line.words:
        return replace(
            description, metrics=names, printed=Printed(), logs=_LIGHTNING_LOGS
        )
    if wandb:
        return replace(description, metrics=names)
    if not prints.patterns and names and is_lightning(tree):
        return replace(description, metrics=names, logs=_LIGHTNING_LOGS)
    if not prints.metrics:
        return replace(description, metrics=names)
    return description


def _without_seed(
    parameters: tuple[Parameter, ...],
) -> tuple[str | None, tuple[Parameter, ...]]:
    """Return the name of the first seed, if there is one, and the other parameters."""
    for parameter in parameters:
        if parameter.name.rpartition(".")[2] in _SEEDS:
            others = [each for each in parameters if each.name != parameter.name]
            return parameter.name, tuple(others)
    return None, parameters


def _seed_words(name: str, command_line: Arguments) -> tuple[str, ...]:
    """Return the words that pass the seed, in the style of the script's other arguments."""
    if "${args_hydra}" in command_line.words:
        return (f"{name}=${{seed}}",)
    flag = name.replace("_", "-") if command_line.flags.get("hyphens") else name
    return f"--{flag}", "${seed}"
