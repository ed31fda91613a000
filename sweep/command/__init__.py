"""Use any program as a trainer. It uses `sweep.spec.Command` and `sweep.worker.local_run`, not Ray.

    train = load(trainer, base, command)  # the function behind a study's `trainer` or `command`
    train(config, run)

| file | job |
|---|---|
| `macros` | the command's words, environment and configuration files for one trial |
| `sources` | read records from what a program writes (JSON lines, JSON, CSV, its output) |
| `epochs` | combine records to epochs |
| `rendezvous` | a separate port where a trial's processes find each other |
| `program` | run the program in its own process group; `supervisor` ends it in any case |
| `training` | all of it as `train(config, run)` |
| `wandb_hook` | imported by a Python program that calls `wandb.log` |

Besides its arguments, the program gets the variables SWEEP_SEED, SWEEP_FOLD and SWEEP_FOLDS (with
folds), SWEEP_FOLDER, SWEEP_CHECKPOINT_DIR, SWEEP_START_EPOCH, SWEEP_CONFIG (a JSON file),
SWEEP_METRICS (the file that is read), and MASTER_PORT and PET_MASTER_PORT unless they are set.

A program that was interrupted is started again with the same folders. It may continue from its
files in SWEEP_CHECKPOINT_DIR or start over; epochs that the study has are ignored. A program that
continues must report its epochs' numbers (the field or pattern `epoch`), since otherwise each
attempt is counted from its first epoch.
"""

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
    """The function that trains: made from `command`, or without a command imported by `name`.

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
