"""Hashes of the files that results depend on, up to a limit.

The smallest files come first, since sources and tables of labels are small. Beyond 1 000 files or
1 GB, size and modification time replace the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sweep.shortened import first_texts

MOST_FILES = 1_000
MOST_BYTES = 1_000_000_000
_DIGITS = 16  # hex digits of a SHA-256 that are kept
# Path, size, times of change of contents and of the rest in ns, inode.
Looks = tuple[str, int, int, int, int]
_ONE_BY_ONE = 20  # lines of a difference before the rest is counted


@dataclass(frozen=True)
class FileHashes:
    """The hashes of a set of files.

    Attributes:
        files: name → SHA-256 of the contents, 16 hex digits; beyond the limit `size:time`.
        by_looks: number of files with `size:time`.
    """

    files: Mapping[str, str]
    by_looks: int = 0

    def __str__(self) -> str:
        looks = (
            f", {self.by_looks} of them by size and time of change"
            if self.by_looks
            else ""
        )
        return f"{len(self.files)} files{looks}"


def file_hashes(
    paths: Iterable[Path],
    root: Path,
    *,
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
    known: dict[Looks, str] | None = None,
) -> FileHashes:
    """Hash files; a file that vanishes or cannot be read is left out.

    Args:
        paths: absolute.
        root: names are relative to it where they lie below it, and absolute elsewhere.
        known: hashes of files that still look the same; new ones are added to it.
    """
    known = {} if known is None else known
    there = []
    for path in set(paths):
        try:
            status = path.stat()
        except OSError:
            continue
        looks = (
            str(path),
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            status.st_ino,
        )
        there.append((status.st_size, str(path), looks, path))
    found: dict[str, str] = {}
    read = by_looks = 0
    for number, (size, _, looks, path) in enumerate(
        sorted(there, key=lambda each: each[:2])
    ):
        read += size
        if number >= most_files or read > most_bytes:
            found[_name(path, root)] = f"{size}:{looks[2]}"
            by_looks += 1
            continue
        if looks not in known:
            try:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                continue
            known[looks] = digest[:_DIGITS]
        found[_name(path, root)] = known[looks]
    return FileHashes(dict(sorted(found.items())), by_looks)


def changed_files(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Changes of files that both sides know, or that are gone: `labels.json changed`.

    A file that only one side has read does not count: trials read what their configurations name.

    Args:
        now: of the files named `before`, as they are now; one that is missing here is gone.
    """
    lines = []
    for name, digest in before.items():
        if name not in now:
            lines.append(f"{name} is gone")
        elif now[name] != digest:
            lines.append(f"{name} changed")
    return first_texts(lines, _ONE_BY_ONE, "more files changed")


def again(before: Mapping[str, str], root: Path) -> dict[str, str]:
    """The current hashes of the same files, computed in the same way, without missing files."""
    now: dict[str, str] = {}
    for name, known in before.items():
        limit = 0 if ":" in known else 1
        hashed = file_hashes([root / name], root, most_files=limit)
        now.update(
            dict.fromkeys([name], *hashed.files.values()) if hashed.files else {}
        )
    return now


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
