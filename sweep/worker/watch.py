"""What trials depend on, watched from before their trainer's import to each one's end."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from sweep.model.trial import Assignment
from sweep.provenance import dependencies, distributions
from sweep.provenance.dependencies import Dependencies
from sweep.provenance.read_files import Reading, named_in
from sweep.worker.job import Job

_SHORT = 1.0  # seconds in which a trial's first report comes, and its end soon after


class Watch:
    """Files and distributions that this process and those forked from it come to use.

    Args:
        job: its trainer has not been imported here.
        alone: this process does nothing but train, so that what it imported before is the tool's.
    """

    def __init__(self, job: Job, *, alone: bool = True):
        self._base = Path(job.base)
        self._one_disk = job.storage is None
        self._own = frozenset(sys.modules) if alone else frozenset()
        self._found: Dependencies | None = None
        self._told = Dependencies()
        self._began, self._looks = time.monotonic(), 0  # of the trial
        with tempfile.TemporaryDirectory() as folder:  # the open file lives on
            self._reading = Reading(Path(folder, "read"), [self._base])

    def begin(self, assignment: Assignment, folder: Path) -> None:
        """A trial is about to start.

        Args:
            folder: where this machine writes its files.
        """
        self._told = Dependencies()
        self._began, self._looks = time.monotonic(), 0
        study = Path(assignment.folder).parents[1]
        self._reading.also(named_in(assignment.config, self._base), [study, folder])

    def news(self) -> Dependencies | None:
        """What the trial has depended on so far, without what this process told of it before.

        With a storage, files elsewhere than beside the trainer are of this machine alone, and left
        out. The first look at a short trial is a quick one, since the next comes soon.
        """
        self._looks += 1
        is_quick = self._looks == 1 and time.monotonic() - self._began < _SHORT
        found = self._look(mapped=not is_quick)
        if not self._one_disk:
            files = {k: v for k, v in found.files.items() if not Path(k).is_absolute()}
            found = Dependencies(files, 0, found.distributions)
        new = found.beyond(self._told)
        self._told = found
        return new if new.files or new.distributions else None

    def learn(self) -> None:
        """Find out now what trials that are forked from here would find out each."""
        if self._reading.learn():
            self._look()

    def prepare(self) -> None:
        """Look up what takes a moment."""
        distributions.resolve()
        self._look()

    def _look(self, *, mapped: bool = True) -> Dependencies:
        self._found = dependencies.found(
            self._reading, self._base, self._found, self._own, mapped=mapped
        )
        return self._found

    def close(self) -> None:
        """Watch no longer."""
        self._reading.close()
