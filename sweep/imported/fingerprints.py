"""SHA-256 of imported files, to detect that they have changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

_CHUNK = 1 << 20


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of all files in a folder."""
    digest = hashlib.sha256()
    if path.is_file():
        _add(path, digest)
        return digest.hexdigest()
    files = [entry for entry in path.rglob("*") if entry.is_file()]
    for file in sorted(files):
        digest.update(f"{file.relative_to(path)}\0".encode())
        _add(file, digest)
    return digest.hexdigest()


def _add(path: Path, digest: hashlib._Hash) -> None:
    """Add a file's contents to the digest."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)


def changed(files: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each file that has changed; a deleted file does not count as changed.

    Args:
        files: path → SHA-256 when it was imported.
    """
    for name, expected in files.items():
        path = Path(name)
        if path.exists():
            now = fingerprint(path)
            if now != expected:
                yield f"{name}: SHA-256 {now[:12]}…, at import it was {expected[:12]}…"
