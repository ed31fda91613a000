"""The dependencies of a trial's results, found in its process at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.provenance import distributions
from sweep.provenance.environment import IDLE
from sweep.provenance.file_hashes import (
    FileHashes,
    Looks,
    again,
    changed_files,
    file_hashes,
)
from sweep.provenance.read_files import Reading

GONE = ""  # instead of a hash
_OWN = "sweep-ablation"  # this program's distribution
_TOLD_BEFORE = (
    "torch",
    "numpy",
)  # a session records their versions, see `environment.describe`
_hashed: dict[Looks, str] = {}  # of this process and those forked from it


@dataclass(frozen=True)
class Dependencies:
    """Files read or imported, and distributions imported.

    Attributes:
        files: name relative to the project's root, or absolute → hash.
        by_looks: how many of them are known by size and time of change alone.
        distributions: name → version.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    by_looks: int = 0
    distributions: Mapping[str, str] = field(default_factory=dict)

    def beyond(self, known: Dependencies) -> Dependencies:
        """The dependencies that are not in `known`; a study records each of them once."""
        files = {k: v for k, v in self.files.items() if _differs(known.files.get(k), v)}
        others = {
            k: v
            for k, v in self.distributions.items()
            if known.distributions.get(k) != v
        }
        by_looks = sum(":" in digest for digest in files.values())
        return Dependencies(files, by_looks, others)

    def plain(self) -> dict[str, Any]:
        """As a record of the log keeps them."""
        return {
            "files": dict(self.files),
            "by_looks": self.by_looks,
            "distributions": dict(self.distributions),
        }


def _differs(known: str | None, digest: str) -> bool:
    """Whether it is new or changed; a hash and a size cannot be compared."""
    return known is None or (known != digest and (":" in known) == (":" in digest))


def found(
    reading: Reading,
    root: Path,
    before: Dependencies | None = None,
    own: Set[str] = frozenset(),
    *,
    mapped: bool = True,
) -> Dependencies:
    """What this process has depended on so far.

    Args:
        reading: of the template and this trial.
        root: the project's folder.
        before: what the last call found, None: this is the first.
        own: modules that do not count, since this program imported them.
        mapped: see `Reading.paths`.
    """
    modules = [name for name in reading.new_modules() if name not in own]
    imported = {} if before is None else before.distributions
    if modules:
        imported = {**imported, **distributions.imported(modules)}
    hashed: FileHashes = file_hashes(reading.paths(mapped=mapped), root, known=_hashed)
    return Dependencies(hashed.files, hashed.by_looks, imported)


def changes(before: Dependencies, root: Path) -> list[str]:
    """One line for each dependency of a study that has changed; empty if none has."""
    now = as_now(before, root)
    return [
        *changed_files(before.files, {k: v for k, v in now.files.items() if v != GONE}),
        *distributions.changed(before.distributions, now.distributions),
    ]


def without_own(found: Mapping[str, str]) -> dict[str, str]:
    """Distributions that results may depend on, without those that only run and record trials."""
    return {
        name: version for name, version in found.items() if name not in (*IDLE, _OWN)
    }


def untold(found: Mapping[str, str]) -> dict[str, str]:
    """Those of them whose versions a session's environment does not tell anyway."""
    others = without_own(found)
    return {
        name: version for name, version in others.items() if name not in _TOLD_BEFORE
    }


def beside_code(
    files: Mapping[str, str], found: Mapping[str, str], code: Set[str]
) -> Dependencies:
    """Dependencies of trials that neither their code's hash nor their environment covers.

    Args:
        files: name → hash.
        found: distribution → version.
        code: hashes of the trainer's own source files.
    """
    others = {name: digest for name, digest in files.items() if digest not in code}
    return Dependencies(others, 0, untold(found))


def as_now(before: Dependencies, root: Path) -> Dependencies:
    """The current state of the same files and distributions; a missing file is `GONE`."""
    files = dict.fromkeys(before.files, GONE) | again(before.files, root)
    installed = {name: distributions.installed(name) for name in before.distributions}
    return Dependencies(files, before.by_looks, installed)


def named_files(names: Iterable[str], root: Path) -> Dependencies:
    """The files in the study file's `depends_on`; for a folder, all files in it."""
    paths: list[Path] = []
    for name in names:
        place = root / Path(name).expanduser()
        paths += (
            [path for path in place.rglob("*") if path.is_file()]
            if place.is_dir()
            else [place]
        )
    hashed = file_hashes(paths, root)
    return Dependencies(hashed.files, hashed.by_looks)
