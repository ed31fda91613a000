"""Any program as a trainer. It knows `sweep.spec.Command` and `sweep.worker.local_run`, and nothing
of Ray.

    train = load(trainer, base, command)          # the function behind a study's `trainer` or
    `command` train(config, run)

| file | job |
|---|---|
| `macros` | the command's words, environment and configuration files for one trial |
| `sources` | what a program writes (JSON lines, JSON, CSV, its output) → records, while it runs |
| `epochs` | records → epochs |
| `rendezvous` | a port of its own at which a trial's processes find each other |
| `process` | the program in a process group of its own; `supervisor` ends it, whatever becomes of us |
| `training` | all of it as `train(config, run)` |
| `wandb_hook` | put in front of a Python program that calls `wandb.log` |

What the program is told, beside its arguments: SWEEP_SEED, SWEEP_FOLD, SWEEP_FOLDS (if there are
folds), SWEEP_FOLDER, SWEEP_CHECKPOINT_DIR, SWEEP_START_EPOCH, SWEEP_CONFIG (a JSON file),
SWEEP_METRICS (the file that is read), and MASTER_PORT and PET_MASTER_PORT unless they are set.

A program that was interrupted is started again with the same folders; it may go on from what it
left in SWEEP_CHECKPOINT_DIR or begin anew. Epochs that the study knows are passed over. A program
that goes on has to name its epochs (the field or pattern `epoch`): where they are counted, each
attempt counts from its first one.
"""  # noqa: E501  a table

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep import trainer as own

if TYPE_CHECKING:
    from sweep.spec import Command


def load(
    name: str, base: Path | str, command: Command | Mapping[str, Any] | None
) -> Callable[..., None]:
    """The function that trains: made from `command`, or imported as `name` says when there is none.

    Raises:
        TrainerNotFound: see `sweep.trainer.load`.
    """
    if command is None:
        return own.load(own.resolve(name, base))
    from sweep.command.training import (
        trainer,
    )  # a worker that trains in Python does without the study file's language
    from sweep.spec import Command

    return trainer(
        command if isinstance(command, Command) else Command.model_validate(command),
        Path(base),
    )
