"""What a script says of itself in its source, which is read and not run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sweep.initial.arguments import arguments
from sweep.initial.found import Found
from sweep.initial.logged import is_lightning, logged
from sweep.initial.printed import Printed, printed
from sweep.initial.source import imports, parsed

_LIGHTNING_LOGS = "lightning_logs/version_*/metrics.csv"


def script(path: Path, named: str) -> Found:
    """A script's command line and metrics.

    Args:
        named: what the command calls it.

    Raises:
        TrainerNotFound: it is not Python.
    """
    tree = parsed(path)
    line = arguments(tree, path)
    seeded = any(each.name == "seed" for each in line.parameters)
    hyphens = line.words == ("${args}",)
    seed = (("--seed", "${seed}") if hyphens else ("seed=${seed}",)) if seeded else ()
    wandb = "wandb" in imports(tree)
    says = Printed() if wandb else printed(tree)
    found = Found(
        trainer=None,
        parameters=tuple(each for each in line.parameters if each.name != "seed"),
        metrics=says.metrics,
        run=("python", named, *line.words, *seed),
        flags=line.flags,
        wandb=wandb,
        printed=says,
    )
    names = logged(tree)
    if wandb:
        return replace(found, metrics=names)
    if not says.patterns and names and is_lightning(tree):
        return replace(found, metrics=names, logs=_LIGHTNING_LOGS)
    return found if says.metrics else replace(found, metrics=names)
