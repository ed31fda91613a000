"""A trial's folder, kept in a storage, for workers on machines without a shared disk.

In the storage, a trial's folder holds its files under names that end in the first digits of their
SHA-256 (`checkpoints/epoch-00007.pt.9f3a01c2b4d5e6f7`), never changed once written, and
`manifest.json`, which says which of them make up the folder. `send` stores what is new, then the
manifest, then removes what it no longer names: an upload cut in two leaves the manifest, and with
it every file it names, as it was.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import orjson

from sweep import durable
from sweep.errors import CannotWrite, CheckpointDamaged
from sweep.storage import Storage
from sweep.worker.checkpoint import FOLDER, sha256_of

MANIFEST = "manifest.json"
_UNFINISHED = ".writing"
_DIGITS = 16

Stamp = tuple[
    int, int
]  # size and time of change: a file with the same one is not hashed again


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
        """Make the folder what the manifest says; files that are here already and sound stay.

        Args:
            checkpoints: False leaves them in the storage.

        Returns:
            Sentences on files that are gone or damaged in the storage and are missing here now.

        Raises:
            CannotWrite: the storage does not answer, or this disk takes nothing.
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
        """Store the folder as it is now; call it when its files are whole.

        Raises:
            CannotWrite: the storage does not take it; what was stored before is as it was.
        """
        files, links = self._here()
        for file, digest in list(files.items()):
            if self._stored.get(file) != digest and not self._store(file, digest):
                files.pop(file)
                if file in self._stored:  # the one stored before
                    files[file] = self._stored[file]
        manifest = orjson.dumps(
            {"files": files, "links": links}, option=orjson.OPT_INDENT_2
        )
        self._storage.put(manifest, f"{self._name}/{MANIFEST}")
        gone = [(f, d) for f, d in self._stored.items() if files.get(f) != d]
        self._stored = files
        for file, digest in gone:
            self._storage.remove(f"{self._name}/{stored_as(file, digest)}")

    def _store(self, file: str, digest: str) -> bool:
        """Store one file; False if it changed or went away on the way: its writer is at work, and
        the next call's turn.

        Such files are a running program's; a trainer waits while its folder is sent.
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
            read = orjson.loads(data)
            files = {str(f): str(d) for f, d in read["files"].items() if _is_inside(f)}
            links = {
                str(n): str(t)
                for n, t in read["links"].items()
                if _is_inside(n) and "/" not in t
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotWrite(
                f"{self._storage.uri}/{self._name}/{MANIFEST} is not a manifest"
                f" ({error}): it was altered. Put it back, or remove it and the trial"
                " starts anew."
            ) from error
        return {"files": files, "links": links}

    def _here(self) -> tuple[dict[str, str], dict[str, str]]:
        """SHA-256 of every finished file of the folder, and where its links lead."""
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
        known = self._seen.get(name)
        if known is None or known[0] != stamp:
            known = self._seen[name] = stamp, sha256_of(path)
        return known[1]


def stored_as(file: str, digest: str) -> str:
    """What a file of a trial's folder is called in its folder in the storage."""
    return f"{file}.{digest[:_DIGITS]}"


def _is_checkpoint(file: str) -> bool:
    return PurePosixPath(file).parts[0] == FOLDER


def _is_inside(name: str) -> bool:
    """Whether a name of the manifest stays in the trial's folder; the storage may be
    someone else's to write.
    """
    return (
        bool(PurePosixPath(name).parts)
        and not PurePosixPath(name).is_absolute()
        and ".." not in PurePosixPath(name).parts
    )
