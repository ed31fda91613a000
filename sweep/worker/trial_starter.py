"""Starts attempts in their own process, or in this one."""

from __future__ import annotations

from pathlib import Path

from sweep.model.trial import Assignment
from sweep.worker.attempt import Attempt
from sweep.worker.job import Job, LoadTrainer, RunningTrial
from sweep.worker.template import Template
from sweep.worker.trial_process import TrialProcess
from sweep.worker.watch import Watch


class TrialStarter:
    """Starts one attempt after another for a worker.

    Args:
        load: imports the trainer, or makes it from a command (`sweep.command.load`).
        here: train in this process and leave its output as it is, for a debugger.
    """

    def __init__(self, load: LoadTrainer, job: Job, *, here: bool = False):
        self._load, self._job, self._here = load, job, here
        # A program has its own process already.
        in_process = job.isolation == "process" and job.command is None and not here
        self._template = Template(job.path) if in_process else None
        # A program reads its files in its own process, outside any hook.
        self._watched = job.command is None and not in_process
        self._watch: Watch | None = None

    def prepare(self) -> None:
        """Start the slow preparations before there is an attempt."""
        if self._template is not None:
            self._template.prepare()

    def begin(self, assignment: Assignment, folder: Path | None = None) -> RunningTrial:
        """Start an attempt; the previous one must have ended.

        Args:
            folder: where this machine writes the trial's files, None: the trial's folder.
        """
        if self._template is not None:
            return TrialProcess(self._template, self._job, assignment, folder)
        if self._watched and self._watch is None:
            self._watch = Watch(self._job, alone=False)
        return Attempt(
            self._load,
            self._job,
            assignment,
            capture=not self._here,
            folder=folder,
            watch=self._watch,
        )

    def close(self) -> None:
        """End what `begin` kept running for the next attempt."""
        if self._template is not None:
            self._template.close()
        if self._watch is not None:
            self._watch.close()
            self._watch = None
