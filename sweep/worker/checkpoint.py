"""Checkpoints on disk, written so that a killed process never leaves a damaged one.

A trial's `checkpoints/` holds `epoch-00007.pt` files, `index.json` with the SHA-256 of each, and
the links `latest.pt` and `best.pt`. A checkpoint and the index with its hash are written to
temporary files and synced, then renamed. Older checkpoints are removed once the report of the new
one is durable in the event log; the best one is never removed. The next index omits removed ones.

Files are read with `weights_only=True`: a checkpoint holds tensors, numbers, strings, lists and
dicts, and reading one executes no code.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import orjson

from sweep import durable
from sweep.errors import CannotWrite, CheckpointDamaged
from sweep.worker import pickling

State = dict[str, Any]

FOLDER = "checkpoints"
_INDEX = "index.json"


class Checkpoints:
    """The checkpoints of one trial.

    Args:
        folder: the trial's folder.
        notify: called with a sentence for every damaged checkpoint that is skipped.
    """

    def __init__(
        self, folder: Path, notify: Callable[[str], None] = lambda message: None
    ):
        self.folder = folder / FOLDER
        self._notify = notify
        self._proved = self._tidied = False
        index = self.folder / _INDEX
        try:
            self._hashes = self._existing(_read_index(index))
        except FileNotFoundError:
            self._hashes = {}
        except (ValueError, AttributeError):
            notify(f"{index} is unreadable; the checkpoints it listed are not used")
            self._hashes = {}

    @property
    def epochs(self) -> list[int]:
        """Epochs that have a checkpoint, ascending."""
        return sorted(self._hashes)

    def digest(self, epoch: int) -> str:
        """The SHA-256 of the checkpoint of an epoch that has one."""
        return self._hashes[epoch]

    def path(self, epoch: int) -> Path:
        """The path of an epoch's checkpoint, whether it exists or not."""
        return self.folder / f"epoch-{epoch:05d}.pt"

    def save(self, epoch: int, state: State) -> str:
        """Write the checkpoint of an epoch durably and return its SHA-256.

        Raises:
            TypeError: the state holds objects other than data, and could not be read back.
            CannotWrite: the disk is full or failing; older checkpoints are unchanged.
        """
        durable.make_folder(self.folder)
        path, written = self.path(epoch), hashlib.sha256()
        aside = path.with_suffix(".writing")
        durable.write_aside(
            aside,
            lambda file: pickling.save(state, cast("IO[bytes]", file)),
            taken=written.update,
        )
        digest = written.hexdigest()
        if not self._proved:
            # Once: an unreadable state fails at the first epoch, not when the trial resumes.
            _prove(aside, digest)
            self._proved = True
        hashes = {**self._hashes, epoch: digest}
        try:
            index = self._index_aside(hashes)
        except CannotWrite:
            with suppress(CannotWrite):
                durable.remove(aside)  # without an index entry the file has no use
            raise
        durable.replace(aside, path, (index, self.folder / _INDEX))
        self._hashes = hashes
        durable.link(self.folder / "latest.pt", path.name)
        return digest

    def adopt(self, epoch: int, digest: str, fetch: Callable[[Path], None]) -> None:
        """Replace all checkpoints of this trial by another trial's checkpoint.

        A second call changes nothing.

        Args:
            epoch: of the checkpoint, in both trials.
            digest: its SHA-256.
            fetch: writes its content to a path.

        Raises:
            CheckpointDamaged: the fetched file has another SHA-256.
            CannotWrite: the disk is full or failing.
        """
        path = self.path(epoch)
        if self._hashes.get(epoch) != digest or not _is_sound(path, digest):
            self._fetch(epoch, digest, fetch)
        for name in ("latest.pt", "best.pt"):
            durable.link(self.folder / name, path.name)
        self.keep([epoch])

    def _fetch(self, epoch: int, digest: str, fetch: Callable[[Path], None]) -> None:
        """Write another trial's checkpoint, and an index with this checkpoint alone."""
        path = self.path(epoch)
        durable.make_folder(self.folder)
        aside = path.with_suffix(".writing")
        fetch(aside)
        fetched_digest = sha256_of(aside)
        if fetched_digest != digest:
            durable.remove(aside)
            raise CheckpointDamaged(
                f"the checkpoint of epoch {epoch} to be copied has SHA-256 {fetched_digest[:12]}…, "
                f"expected {digest[:12]}…"
            )
        index = self._index_aside({epoch: digest})
        durable.replace(aside, path, (index, self.folder / _INDEX))
        self._hashes = {epoch: digest}

    def mark_best(self, epoch: int) -> None:
        """Let `best.pt` name the checkpoint of an epoch."""
        durable.link(self.folder / "best.pt", self.path(epoch).name)

    def keep(self, epochs: Iterable[int]) -> None:
        """Remove all other checkpoints, and temporary files that killed processes left."""
        keep = set(epochs)
        removed = [epoch for epoch in self._hashes if epoch not in keep]
        for epoch in removed:
            del self._hashes[epoch]
        # An index may list removed checkpoints only if a later one exists.
        if removed and max(removed) > max(self._hashes, default=-1):
            durable.replace(self._index_aside(self._hashes), self.folder / _INDEX)
        for epoch in removed:
            durable.remove(self.path(epoch))
        if not self._tidied:  # once: only earlier processes can have left files
            self._tidied = True
            self._remove_strays({self.path(epoch).name for epoch in keep})

    def _remove_strays(self, keep: set[str]) -> None:
        """Remove every checkpoint file whose name is not among these."""
        for path in sorted(self.folder.glob("epoch-*")):
            if path.name not in keep:
                durable.remove(path)

    def load(
        self,
        at_most: int | None = None,
        expected: Mapping[int, str] | None = None,
        completes: Callable[[State], bool] | None = None,
    ) -> tuple[int, State] | None:
        """The newest sound checkpoint, no later than epoch `at_most`; None when there is none.

        Args:
            at_most: the last epoch in the event log; no decision was based on a later checkpoint.
            expected: SHA-256 by epoch from the event log. They take precedence over the folder's
                index, and replace a lost one.
            completes: whether a later checkpoint may be used all the same, given its content.
        """
        if not self._hashes:
            self._hashes = {
                epoch: digest
                for epoch, digest in (expected or {}).items()
                if self.path(epoch).exists()
            }
        for epoch in reversed(self.epochs):
            is_later = at_most is not None and epoch > at_most
            if is_later and completes is None:
                continue
            try:
                state = read(
                    self.path(epoch), (expected or {}).get(epoch, self._hashes[epoch])
                )
            except CheckpointDamaged as damage:
                self._notify(f"{damage}; the checkpoint before it is used")
                continue
            if not is_later or (completes is not None and completes(state)):
                return epoch, state
        return None

    def _existing(self, hashes: dict[int, str]) -> dict[int, str]:
        """The index without older checkpoints that `keep` removed after it was written.

        The last entry stays even if its file is missing, so that this is noticed.
        """
        return {
            epoch: h
            for epoch, h in hashes.items()
            if epoch == max(hashes) or self.path(epoch).exists()
        }

    def _index_aside(self, hashes: Mapping[int, str]) -> Path:
        """Write the index to a temporary file, to be renamed by the caller."""
        aside = self.folder / f"{_INDEX}.writing"
        content = orjson.dumps(
            {str(epoch): digest for epoch, digest in sorted(hashes.items())}
        )
        durable.write_aside(aside, lambda file: file.write(content))
        return aside


def _read_index(path: Path) -> dict[int, str]:
    """SHA-256 by epoch."""
    entries = orjson.loads(path.read_bytes())
    return {int(epoch): str(digest) for epoch, digest in entries.items()}


def read(path: Path, sha256: str) -> State:
    """Read one checkpoint.

    Raises:
        CheckpointDamaged: the file is missing, was altered, or holds objects other than data.
    """
    import torch

    try:
        file_digest = sha256_of(path)
    except OSError as error:
        raise CheckpointDamaged(f"{path} cannot be read: {error.strerror}") from error
    if file_digest != sha256:
        raise CheckpointDamaged(
            f"{path} does not match its hash (SHA-256 {file_digest[:12]}…, expected {sha256[:12]}…)"
        )
    try:
        state: State = torch.load(path, map_location="cpu", weights_only=True)
    # A hostile file can provoke any exception in torch's reader.
    except Exception as error:
        why = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise CheckpointDamaged(
            f"{path} is not a checkpoint of plain tensors: {why}"
        ) from error
    return state


def _is_sound(path: Path, digest: str) -> bool:
    return path.is_file() and sha256_of(path) == digest


def _prove(path: Path, sha256: str) -> None:
    try:
        read(path, sha256)
    except CheckpointDamaged as error:
        raise TypeError(
            "the objects given to run.restore have a state that cannot be read back"
            f" safely: {error}. A checkpoint holds tensors, numbers, strings, lists and"
            " dicts; convert NumPy values with .item() or torch.from_numpy"
        ) from error


def random_states() -> State:
    """The states of the global random generators: Python, NumPy, torch CPU and GPUs."""
    import numpy as np
    import torch

    kind, keys, position, has_gauss, cached = np.random.get_state()  # noqa: NPY002  (trainers may use the legacy state)
    version, words, gauss = random.getstate()
    # A tensor: 625 single numbers would cost milliseconds.
    python = [version, torch.tensor(words), gauss]
    return {
        "python": python,
        "numpy": [
            kind,
            torch.from_numpy(np.asarray(keys, dtype=np.int64)),
            position,
            has_gauss,
            cached,
        ],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def set_random_states(state: State) -> None:
    """Restore the states that `random_states` returned.

    GPU states are restored for as many GPUs as this machine has.
    """
    import numpy as np
    import torch

    version, words, gauss = state["python"]
    random.setstate((version, tuple(map(int, words)), gauss))
    kind, keys, position, has_gauss, cached = state["numpy"]
    keys = keys.numpy().astype(np.uint32)
    np.random.set_state((kind, keys, position, has_gauss, cached))  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available():
        for device, cuda_state in enumerate(state["cuda"][: torch.cuda.device_count()]):
            torch.cuda.set_rng_state(cuda_state, device)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's contents, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
