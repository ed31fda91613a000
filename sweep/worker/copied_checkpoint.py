"""Copies another trial's checkpoint into a trial's folder, for members of a population.

The log identifies the file by its SHA-256. A copy that a kill interrupted is made again; once the
trial has trained an epoch from it, the trial's own checkpoints are used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from sweep import durable
from sweep.errors import CheckpointDamaged
from sweep.model.trial import Copied
from sweep.storage import Storage
from sweep.worker.checkpoint import FOLDER, Checkpoints
from sweep.worker.mirror import get_copy

_CHUNK = 1 << 20  # bytes


def take_over(
    copied: Copied,
    folder: Path,
    storage: Storage | None,
    notify: Callable[[str], None] = lambda message: None,
) -> None:
    """Put the checkpoint into a trial's folder, replacing the trial's own checkpoints.

    Args:
        folder: where this machine writes the trial's files.
        storage: of the study; None: all machines see the study's folder.
        notify: see `Checkpoints`.

    Raises:
        CheckpointDamaged: it is missing, or has another SHA-256 than the log says.
        CannotWrite: this disk, or the storage, is full or failing.
    """
    checkpoints = Checkpoints(folder, notify)
    source = Path(copied.folder)
    name = f"{FOLDER}/{checkpoints.path(copied.epoch).name}"

    def from_folder(aside: Path) -> None:
        try:
            with (source / name).open("rb") as file:
                durable.write_aside(aside, lambda sink: _copy(file, sink))
        except FileNotFoundError as error:
            raise CheckpointDamaged(
                f"{source / name}, which this trial continues from, does not "
                "exist any more"
            ) from error

    def from_storage(aside: Path) -> None:
        trial = f"trials/{source.name}"
        get_copy(cast("Storage", storage), trial, name, aside, copied.sha256)

    fetch = from_folder if storage is None else from_storage
    checkpoints.adopt(copied.epoch, copied.sha256, fetch)


def _copy(file: IO[bytes], sink: durable.Sink) -> None:
    while chunk := file.read(_CHUNK):
        sink.write(chunk)
