"""A copy of a trial's folder in a storage, for workers on machines without a shared disk.

Nothing in the storage is ever overwritten. Each upload of a file has a name of its own: the file's,
the first digits of its SHA-256, and a random end (`checkpoints/epoch-00007.pt.9f3a01c2b4d5e6f7.
1c2d3e4f`). `send` stores new files, then a manifest that lists all files of the folder with their
hashes (`manifests/<its SHA-256>.json`). The study's log names the manifest that counts.

An attempt may upload late: its network hung, or it outlived its driver, while a later attempt has
stored more. No object that the log names changes by that, and the store needs no conditional
writes. An attempt removes nothing: only the session that writes the log does, by `drop` and
`sweep`, and once a copy of the log is stored that no longer names what it removes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from sweep import durable
from sweep.errors import CannotWrite, CheckpointDamaged
from sweep.storage import Storage
from sweep.worker.checkpoint import FOLDER, sha256_of

MANIFESTS = "manifests"
_UNFINISHED = ".writing"
_DIGITS = 16
_RANDOM_BYTES = 4  # of an upload's name

# Size and time of change: a file with the same stamp is not hashed again.
Stamp = tuple[int, int]


@dataclass(frozen=True)
class Stored:
    """One file of a manifest.

    Attributes:
        sha256: of its contents.
        object: its name in the trial's folder of the storage.
    """

    sha256: str
    object: str


@dataclass(frozen=True)
class Manifest:
    """The state of a trial's folder.

    Attributes:
        files: name → what is stored of it.
        links: name → target, in the same folder.
    """

    files: dict[str, Stored] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


class Mirror:
    """One trial's folder and its copy.

    Args:
        storage: of the study.
        name: of the trial's folder in it, e.g. `trials/00003-focal-seed0`.
        folder: the trial's folder on this machine.
    """

    def __init__(self, storage: Storage, name: str, folder: Path):
        self._storage, self._name, self._folder = storage, name, folder
        self._hashed: dict[str, tuple[Stamp, str]] = {}
        self._stored: dict[str, Stored] = {}  # as in the latest manifest

    def fetch(self, manifest: str | None, *, checkpoints: bool = True) -> list[str]:
        """Bring the folder to the state of a manifest; intact local files are not fetched.

        Args:
            manifest: its SHA-256, from the study's log; None: nothing is stored yet.
            checkpoints: False leaves them in the storage.

        Returns:
            Sentences on files that are missing or damaged in the storage and here.

        Raises:
            CannotWrite: the manifest was altered, the storage does not answer, or this disk is full
                or failing.
        """
        if manifest is None:
            return []
        state = self._read(manifest)
        if state is None:
            lost = f"{self._storage.uri}/{self._object_of(manifest)} does not exist"
            return [f"{lost}, and with it the files that the trial had stored"]
        self._stored = state.files
        problems = []
        for file, stored in state.files.items():
            if not checkpoints and _is_checkpoint(file):
                continue
            path = self._folder / file
            if path.is_file() and sha256_of(path) == stored.sha256:
                continue
            try:
                self._storage.get(f"{self._name}/{stored.object}", path, stored.sha256)
            except CheckpointDamaged as damage:
                problems.append(f"{damage}; it is left out")
        for link, target in state.links.items():
            if (self._folder / link).parent.joinpath(target).is_file():
                durable.link(self._folder / link, target)
        return problems

    def send(self) -> str:
        """Store the current state of the folder; its files must be complete.

        Returns:
            The SHA-256 of the manifest, for the study's log. Until the log names it, the state
            that the log named before is what counts.

        Raises:
            CannotWrite: the storage is full or failing; the states stored before are unchanged.
        """
        files, links = self._local_files()
        stored: dict[str, Stored] = {}
        for file, digest in files.items():
            entry = self._stored.get(file)
            if entry is None or entry.sha256 != digest:
                entry = self._store(file, digest) or entry  # or the version before
            if entry is not None:
                stored[file] = entry
        plain = {
            "files": {file: asdict(entry) for file, entry in stored.items()},
            "links": links,
            # No two manifests are equal, so that a removed one does not come back.
            "upload": secrets.token_hex(_RANDOM_BYTES),
        }
        content = orjson.dumps(plain, option=orjson.OPT_INDENT_2)
        manifest = hashlib.sha256(content).hexdigest()
        self._storage.put(content, self._object_of(manifest))
        self._stored = stored
        return manifest

    def drop(self, superseded: Sequence[str], current: str) -> None:
        """Remove what earlier manifests list and a later one does not.

        Args:
            superseded: SHA-256 of the earlier ones; no log names them any more.
            current: SHA-256 of the later one.

        Raises:
            CannotWrite: a manifest was altered, or the storage does not answer.
        """
        listed = self._listed(current)
        if listed is None:
            return
        for manifest in superseded:
            earlier = self._listed(manifest)
            if earlier is None:
                continue
            for name in sorted(earlier - listed):
                self._storage.remove(name)
            # Last, so that a removal that was interrupted can be repeated.
            self._storage.remove(self._object_of(manifest))

    def sweep(self, manifest: str) -> None:
        """Remove every object that a manifest does not list; no attempt may still store files.

        Raises:
            CannotWrite: the manifest was altered, or the storage does not answer.
        """
        listed = self._listed(manifest)
        if listed is None:
            return
        kept = listed | {self._object_of(manifest)}
        for name in self._storage.names(self._name):
            if name not in kept:
                self._storage.remove(name)

    def holds(self, manifest: str) -> bool:
        """Whether a manifest is in the storage, unaltered.

        Raises:
            CannotWrite: it was altered, or the storage does not answer.
        """
        return self._read(manifest) is not None

    def _listed(self, manifest: str) -> set[str] | None:
        """The names in the storage of what a manifest lists; None if it is not there."""
        state = self._read(manifest)
        if state is None:
            return None
        return {f"{self._name}/{entry.object}" for entry in state.files.values()}

    def _object_of(self, manifest: str) -> str:
        return f"{self._name}/{MANIFESTS}/{manifest}.json"

    def _store(self, file: str, digest: str) -> Stored | None:
        """Store one file; None if it changed or vanished meanwhile: the next call stores it.

        Only files of a running program change; a trainer waits while its folder is sent.
        """
        if not (self._folder / file).is_file():
            return None
        upload = secrets.token_hex(_RANDOM_BYTES)
        entry = Stored(digest, f"{stored_as(file, digest)}.{upload}")
        name = f"{self._name}/{entry.object}"
        if self._storage.put(self._folder / file, name) == digest:
            return entry
        self._hashed.pop(file)
        self._storage.remove(name)
        return None

    def _read(self, manifest: str) -> Manifest | None:
        """A manifest of the storage; None if it is not there."""
        name = self._object_of(manifest)
        data = self._storage.read(name)
        if data is None:
            return None
        found = hashlib.sha256(data).hexdigest()
        try:
            if found != manifest:
                raise ValueError(f"its SHA-256 is {found[:12]}…, the log's another")
            return _checked_manifest(orjson.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotWrite(
                f"{self._storage.uri}/{name} is not the manifest that was stored ({error}): it was"
                " altered. Restore it; or remove it, and the trial starts again from epoch 0."
            ) from error

    def _local_files(self) -> tuple[dict[str, str], dict[str, str]]:
        """SHA-256 of every finished file of the folder, and the targets of its links."""
        files: dict[str, str] = {}
        links: dict[str, str] = {}
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if path.is_symlink():
                if len(path.readlink().parts) == 1:  # ours: `latest.pt`, `best.pt`
                    links[name] = str(path.readlink())
            elif path.is_file() and not name.endswith(_UNFINISHED):
                files[name] = self._digest(name, path)
        return files, links

    def _digest(self, name: str, path: Path) -> str:
        about = path.stat()
        stamp = about.st_size, about.st_mtime_ns
        entry = self._hashed.get(name)
        if entry is None or entry[0] != stamp:
            entry = self._hashed[name] = stamp, sha256_of(path)
        return entry[1]


def stored_as(file: str, digest: str) -> str:
    """The beginning of the names under which a trial's file is stored."""
    return f"{file}.{digest[:_DIGITS]}"


def get_copy(storage: Storage, trial: str, file: str, path: Path, sha256: str) -> None:
    """Download a trial's file by its hash, whichever attempt has stored it.

    Args:
        trial: name of the trial's folder in the storage.
        file: its name in the trial's folder.

    Raises:
        CheckpointDamaged: no such file is there, or each was changed.
        CannotWrite: the store did not answer.
    """
    beginning = f"{trial}/{stored_as(file, sha256)}."
    folder = beginning.rpartition("/")[0]
    problem = CheckpointDamaged(f"{storage.uri}/{beginning}* does not exist")
    for name in storage.names(folder):
        if not name.startswith(beginning):
            continue
        try:
            storage.get(name, path, sha256)
        except CheckpointDamaged as damage:
            problem = damage
        else:
            return
    raise problem


def _checked_manifest(manifest: Any) -> Manifest:
    """The files and links of a manifest that stay in the trial's folder."""
    files: dict[str, Stored] = {}
    for name, entry in manifest["files"].items():
        stored = Stored(str(entry["sha256"]), str(entry["object"]))
        if _is_inside(name) and _is_inside(stored.object):
            files[str(name)] = stored
    links: dict[str, str] = {}
    for name, target in manifest["links"].items():
        if _is_inside(name) and "/" not in target:
            links[str(name)] = str(target)
    return Manifest(files, links)


def _is_checkpoint(file: str) -> bool:
    return PurePosixPath(file).parts[0] == FOLDER


def _is_inside(name: str) -> bool:
    """Whether a name of the manifest stays in the trial's folder.

    Others may be able to write to the storage, so that names are not trusted.
    """
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
