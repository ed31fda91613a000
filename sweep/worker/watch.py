"""Records what trials depend on, from before the import of their trainer to their end."""

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

_SHORT = 1.0  # seconds; a trial whose first report comes sooner is short


class Watch:
    """Files and distributions that this process and its forks use.

    Args:
        job: of the study; its trainer must not be imported here yet.
        alone: this process only trains, so that modules imported before belong to `sweep`.
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
        """Prepare for the next trial.

        Args:
            folder: where this machine writes the trial's files.
        """
        self._told = Dependencies()
        self._began, self._looks = time.monotonic(), 0
        study = Path(assignment.folder).parents[1]
        self._reading.also(named_in(assignment.config, self._base), [study, folder])

    def news(self) -> Dependencies | None:
        """The trial's dependencies so far, without those that earlier calls returned.

        With a storage, files that are not beside the trainer exist on this machine alone, and are
        left out. The first call for a short trial is a quick one, since the next comes soon.
        """
        self._looks += 1
        is_quick = self._looks == 1 and time.monotonic() - self._began < _SHORT
        dependencies_now = self._look(mapped=not is_quick)
        if not self._one_disk:
            files = {
                k: v
                for k, v in dependencies_now.files.items()
                if not Path(k).is_absolute()
            }
            dependencies_now = Dependencies(files, 0, dependencies_now.distributions)
        new = dependencies_now.beyond(self._told)
        self._told = dependencies_now
        return new if new.files or new.distributions else None

    def learn(self) -> None:
        """Look up here what each forked trial would otherwise look up itself."""
        if self._reading.learn():
            self._look()

    def prepare(self) -> None:
        """Do the slow look-ups before the first trial."""
        distributions.resolve()
        self._look()

    def _look(self, *, mapped: bool = True) -> Dependencies:
        """Look for files and modules used since the last time."""
        self._found = dependencies.found(
            self._reading, self._base, self._found, self._own, mapped=mapped
        )
        return self._found

    def close(self) -> None:
        """Stop recording."""
        self._reading.close()
