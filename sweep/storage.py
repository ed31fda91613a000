"""A storage that all nodes reach, through fsspec: `s3://bucket/runs`, `gs://…`, `file:///nfs/runs`.

A file is complete or does not exist. An object store shows only complete objects; on a file system,
a file is written under a temporary name and renamed. Still, each download checks the SHA-256.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from sweep import durable
from sweep.errors import CannotWrite, CheckpointDamaged, UsageError

Result = TypeVar("Result")

# at each transfer, with 1, 2 and 4 s between them: object stores ask for retries
ATTEMPTS = 4
_LOCAL = "file"
# Where an object appears only when it is complete; a rename there would be a second upload.
_WHOLE_OBJECTS = frozenset({"s3", "gs", "abfs", "oci", "memory"})
_CHUNK = 1 << 22  # bytes read at a time


class Storage:
    """A folder in a store.

    Args:
        uri: `protocol://…`; a plain path is a folder of this machine.
        pause: waits for some seconds between attempts.

    Raises:
        UsageError: the protocol is unknown, its package is not installed, or the store refuses.
    """

    def __init__(self, uri: str, pause: Callable[[float], None] = time.sleep):
        self.uri = uri.rstrip("/")
        self._pause = pause
        self._system, self._root = _open(self.uri)
        protocol = self._system.protocol
        names = {protocol} if isinstance(protocol, str) else set(protocol)
        self._local, self._aside = _LOCAL in names, not names & _WHOLE_OBJECTS

    def put(self, data: Path | bytes, name: str) -> str:
        """Store a file, or bytes, under a name (with `/` for folders); replace an existing file.

        Returns:
            The SHA-256 of the stored content; it differs if the file changed during the upload.

        Raises:
            CannotWrite: the store failed in several attempts.
        """
        target = self._path(name)
        place = f"{target}.{uuid.uuid4().hex[:8]}.writing" if self._aside else target

        def transfer() -> str:
            if self._aside:
                self._system.makedirs(target.rpartition("/")[0], exist_ok=True)
            sent = hashlib.sha256()
            source = BytesIO(data) if isinstance(data, bytes) else data.open("rb")
            with source, self._system.open(place, "wb") as stored:
                while chunk := source.read(_CHUNK):
                    sent.update(chunk)
                    stored.write(chunk)
            if self._local:
                _sync(Path(place))
                durable.replace(Path(place), Path(target))
            elif self._aside:
                self._system.mv(place, target)
            return sent.hexdigest()

        try:
            return self._retried(transfer)
        except FileNotFoundError as error:
            raise CannotWrite(self._failed(f"take {name}", error)) from error

    def get(self, name: str, path: Path, sha256: str) -> None:
        """Download a file to `path`, completely and unchanged, or not at all.

        Raises:
            CheckpointDamaged: the file does not exist, or was changed.
            CannotWrite: the store did not answer.
        """
        found = hashlib.sha256()

        def fetch() -> None:
            nonlocal found
            found = hashlib.sha256()
            with self._system.open(self._path(name), "rb") as stored:
                durable.write_aside(aside, lambda file: copy(stored, file), sync=False)

        def copy(stored: Any, file: durable.Sink) -> None:
            for chunk in _chunks(stored):
                found.update(chunk)
                file.write(chunk)

        durable.make_folder(path.parent)
        aside = path.with_name(path.name + ".writing")
        try:
            self._retried(fetch)
        except FileNotFoundError as error:
            raise CheckpointDamaged(f"{self.uri}/{name} does not exist") from error
        if (digest := found.hexdigest()) != sha256:
            durable.remove(aside)
            raise CheckpointDamaged(
                f"{self.uri}/{name} has SHA-256 {digest[:12]}…, expected {sha256[:12]}…"
            )
        durable.replace(aside, path)

    def read(self, name: str) -> bytes | None:
        """The contents of a small file; None if it does not exist."""
        try:
            return self._retried(lambda: bytes(self._system.cat_file(self._path(name))))
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        """The names of all files in a folder and its subfolders, as for `put`."""

        def find() -> list[str]:
            self._system.invalidate_cache()
            return [str(path) for path in self._system.find(self._path(folder))]

        try:
            found = self._retried(find)
        except FileNotFoundError:
            return []
        return sorted(path.removeprefix(f"{self._root}/") for path in found)

    def remove(self, name: str) -> None:
        """Remove a file, if it exists."""
        try:
            self._retried(lambda: self._system.rm_file(self._path(name)))
        except FileNotFoundError:
            return

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _retried(self, transfer: Callable[[], Result]) -> Result:
        """Call `transfer`, again if the store or the network fails; return its result.

        Raises:
            FileNotFoundError: raised at the first attempt.
            CannotWrite: all attempts failed.
        """
        for attempt in range(ATTEMPTS):
            try:
                return transfer()
            except (FileNotFoundError, CannotWrite):
                raise
            except Exception as error:  # each store has errors of its own
                if attempt == ATTEMPTS - 1:
                    raise CannotWrite(self._failed("answer", error)) from error
                self._pause(2.0**attempt)
        raise AssertionError("unreachable")

    def _failed(self, what: str, error: Exception) -> str:
        said = next(iter(str(error).splitlines()), "") or type(error).__name__
        return (
            f"the storage {self.uri} did not {what} in {ATTEMPTS} attempts: {said}. "
            "Check the network, your credentials and the free space; then `sweep "
            "resume` continues."
        )


def absolute(uri: str) -> str:
    """A URI that is valid in every process; a plain path becomes an absolute URI."""
    return (
        uri.rstrip("/") if "://" in uri else Path(uri).expanduser().resolve().as_uri()
    )


def _open(uri: str) -> tuple[Any, str]:
    """The file system of a URI, and the path inside it."""
    from fsspec.core import url_to_fs

    protocol = uri.partition("://")[0]
    try:
        system, root = url_to_fs(uri)
    except ImportError as error:
        raise UsageError(
            f"--storage {uri}: {error}. Install it on every node; for s3:// that is:"
            " pip install 'sweep-ablation[s3]'"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"--storage {uri}: {error}; write s3://bucket/folder, "
            "gs://bucket/folder, file:///a/shared/folder, or another protocol that "
            f"fsspec knows, which {protocol} is not"
        ) from error
    except (
        Exception
    ) as error:  # credentials, an unknown host: each store has errors of its own
        raise UsageError(
            f"--storage {uri} cannot be opened: {type(error).__name__}: {error}"
        ) from error
    return system, str(root).rstrip("/")


class _Unread(Exception):
    """A store failed in the middle of a download; the local disk is not the reason."""


def _chunks(stored: Any) -> Iterator[bytes]:
    try:
        while chunk := stored.read(_CHUNK):
            yield chunk
    except OSError as error:
        raise _Unread(str(error)) from error


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        durable.disk().sync(file.fileno())
