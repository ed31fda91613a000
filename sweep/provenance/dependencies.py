"""What one trial's numbers depended on, as found in its own process at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.provenance import distributions
from sweep.provenance.file_hashes import FileHashes, again, changed_files, file_hashes
from sweep.provenance.read_files import Reading


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
        """What of this is not in `known`: a study records each file and distribution once."""
        files = {k: v for k, v in self.files.items() if known.files.get(k) != v}
        others = {k: v for k, v in self.distributions.items() if known.distributions.get(k) != v}
        by_looks = sum(":" in digest for digest in files.values())
        return Dependencies(files, by_looks, others)

    def plain(self) -> dict[str, Any]:
        """As a record of the log keeps them."""
        return {
            "files": dict(self.files),
            "by_looks": self.by_looks,
            "distributions": dict(self.distributions),
        }


def found(reading: Reading, root: Path) -> Dependencies:
    """What this process has depended on so far.

    Args:
        reading: of the template and this trial.
        root: the project's folder.
    """
    hashed: FileHashes = file_hashes(reading.paths(), root)
    return Dependencies(hashed.files, hashed.by_looks, distributions.imported())


def changes(before: Dependencies, root: Path) -> list[str]:
    """What of all that a study has depended on is another now, one line each; empty: nothing."""
    installed = {name: distributions.installed(name) for name in before.distributions}
    return [
        *changed_files(before.files, again(before.files, root)),
        *distributions.changed(before.distributions, installed),
    ]
