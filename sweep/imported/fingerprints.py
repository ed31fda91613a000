"""What imported files were when they were read: their SHA-256, and whether they still are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

_CHUNK = 1 << 20


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, or of a folder: of the names and contents of all files in it."""
    digest = hashlib.sha256()
    if path.is_file():
        _add(path, digest)
        return digest.hexdigest()
    for file in sorted(found for found in path.rglob("*") if found.is_file()):
        digest.update(f"{file.relative_to(path)}\0".encode())
        _add(file, digest)
    return digest.hexdigest()


def _add(path: Path, digest: hashlib._Hash) -> None:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)


def changed(files: Mapping[str, str]) -> Iterator[str]:
    """The files that are not what they were, in sentences; one that is gone is no change."""
    for name, expected in files.items():
        path = Path(name)
        if path.exists():
            now = fingerprint(path)
            if now != expected:
                yield f"{name}: SHA-256 {now[:12]}…, imported was {expected[:12]}…"
