"""Find a script's arguments and metrics in its source, without running it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sweep.initial.arguments import Arguments, arguments
from sweep.initial.found import Found
from sweep.initial.logged import is_lightning, logged
from sweep.initial.printed import Printed, printed
from sweep.initial.source import imports, parsed

_LIGHTNING_LOGS = "lightning_logs/version_*/metrics.csv"


_LOGGER = "--trainer.logger=CSVLogger"
_SEEDS = ("seed", "seed_everything", "random_seed")


def script(path: Path, named: str) -> Found:
    """A script's command line and metrics.

    Args:
        named: the script's name in the command.

    Raises:
        TrainerNotFound: the script is not Python.
    """
    tree = parsed(path)
    line = arguments(tree, path)
    seed_name = next((p.name for p in line.parameters if _is_seed(p.name)), None)
    seed = () if seed_name is None else _seed_words(seed_name, line)
    wandb = "wandb" in imports(tree)
    says = Printed() if wandb else printed(tree)
    found = Found(
        trainer=None,
        parameters=tuple(each for each in line.parameters if each.name != seed_name),
        metrics=says.metrics,
        run=("python", named, *line.words, *seed),
        flags=line.flags,
        wandb=wandb,
        printed=says,
    )
    names = logged(tree)
    if names and _LOGGER in line.words:
        return replace(found, metrics=names, printed=Printed(), logs=_LIGHTNING_LOGS)
    if wandb:
        return replace(found, metrics=names)
    if not says.patterns and names and is_lightning(tree):
        return replace(found, metrics=names, logs=_LIGHTNING_LOGS)
    return found if says.metrics else replace(found, metrics=names)


def _is_seed(name: str) -> bool:
    return name.rpartition(".")[2] in _SEEDS


def _seed_words(name: str, line: Arguments) -> tuple[str, ...]:
    """The words that hand the seed over, in the style of the script's other arguments."""
    if "${args_hydra}" in line.words:
        return (f"{name}=${{seed}}",)
    flag = name.replace("_", "-") if line.flags.get("hyphens") else name
    return f"--{flag}", "${seed}"
