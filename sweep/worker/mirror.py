"""A copy of a trial's folder in a storage, for workers on machines without a shared disk.

In the storage, the names of a trial's files end in the first digits of their SHA-256
(`checkpoints/epoch-00007.pt.9f3a01c2b4d5e6f7`), and a stored file never changes. `manifest.json`
lists the files that make up the folder. `send` stores new files, then the manifest, then removes
files that the manifest no longer lists. An interrupted upload therefore leaves the old manifest
and every file that it lists unchanged.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from sweep import durable
from sweep.errors import CannotWrite, CheckpointDamaged
from sweep.storage import Storage
from sweep.worker.checkpoint import FOLDER, sha256_of

MANIFEST = "manifest.json"
_UNFINISHED = ".writing"
_DIGITS = 16

# Size and time of change: a file with the same stamp is not hashed again.
Stamp = tuple[int, int]


class Mirror:
    """One trial's folder and its copy.

    Args:
        storage: of the study.
        name: of the trial's folder in it, e.g. `trials/00003-focal-seed0`.
        folder: the trial's folder on this machine.
    """

    def __init__(self, storage: Storage, name: str, folder: Path):
        self._storage, self._name, self._folder = storage, name, folder
        self._seen: dict[str, tuple[Stamp, str]] = {}
        self._stored: dict[str, str] = {}  # file → SHA-256, as in the manifest

    def fetch(self, *, checkpoints: bool = True) -> list[str]:
        """Bring the folder to the state of the manifest; intact local files are not fetched.

        Args:
            checkpoints: False leaves them in the storage.

        Returns:
            Sentences on files that are missing or damaged in the storage and here.

        Raises:
            CannotWrite: the storage does not answer, or this disk is full or failing.
        """
        manifest = self._manifest()
        self._stored = manifest["files"]
        problems = []
        for file, digest in self._stored.items():
            if not checkpoints and _is_checkpoint(file):
                continue
            path = self._folder / file
            if path.is_file() and sha256_of(path) == digest:
                continue
            try:
                self._storage.get(
                    f"{self._name}/{stored_as(file, digest)}", path, digest
                )
            except CheckpointDamaged as damage:
                problems.append(f"{damage}; it is left out")
        for link, target in manifest["links"].items():
            if (self._folder / link).parent.joinpath(target).is_file():
                durable.link(self._folder / link, target)
        return problems

    def send(self) -> None:
        """Store the current state of the folder; its files must be complete.

        Raises:
            CannotWrite: the storage is full or failing; the state stored before is unchanged.
        """
        files, links = self._local_files()
        for file, digest in list(files.items()):
            if self._stored.get(file) != digest and not self._store(file, digest):
                files.pop(file)
                if file in self._stored:  # keep the version stored before
                    files[file] = self._stored[file]
        manifest = orjson.dumps(
            {"files": files, "links": links}, option=orjson.OPT_INDENT_2
        )
        self._storage.put(manifest, f"{self._name}/{MANIFEST}")
        replaced = [(f, d) for f, d in self._stored.items() if files.get(f) != d]
        self._stored = files
        for file, digest in replaced:
            self._storage.remove(f"{self._name}/{stored_as(file, digest)}")

    def _store(self, file: str, digest: str) -> bool:
        """Store one file; False if it changed or vanished meanwhile: the next call stores it.

        Only files of a running program change; a trainer waits while its folder is sent.
        """
        name = f"{self._name}/{stored_as(file, digest)}"
        if not (self._folder / file).is_file():
            return False
        if self._storage.put(self._folder / file, name) == digest:
            return True
        self._seen.pop(file)
        self._storage.remove(name)
        return False

    def _manifest(self) -> dict[str, dict[str, str]]:
        data = self._storage.read(f"{self._name}/{MANIFEST}")
        if data is None:
            return {"files": {}, "links": {}}
        try:
            return _checked_manifest(orjson.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotWrite(
                f"{self._storage.uri}/{self._name}/{MANIFEST} is not a manifest"
                f" ({error}): it was altered. Put it back, or remove it and the trial"
                " starts anew."
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
        entry = self._seen.get(name)
        if entry is None or entry[0] != stamp:
            entry = self._seen[name] = stamp, sha256_of(path)
        return entry[1]


def stored_as(file: str, digest: str) -> str:
    """The name of a trial's file in the storage."""
    return f"{file}.{digest[:_DIGITS]}"


def _checked_manifest(manifest: Any) -> dict[str, dict[str, str]]:
    """The files and links of a manifest that stay in the trial's folder."""
    files: dict[str, str] = {}
    for name, digest in manifest["files"].items():
        if _is_inside(name):
            files[str(name)] = str(digest)
    links: dict[str, str] = {}
    for name, target in manifest["links"].items():
        if _is_inside(name) and "/" not in target:
            links[str(name)] = str(target)
    return {"files": files, "links": links}


def _is_checkpoint(file: str) -> bool:
    return PurePosixPath(file).parts[0] == FOLDER


def _is_inside(name: str) -> bool:
    """Whether a name of the manifest stays in the trial's folder.

    Others may be able to write to the storage, so that names are not trusted.
    """
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
