"""The worker's side: a warm actor that trains one assignment after another."""

from __future__ import annotations

from typing import Any

from ray import tune

from sweep import command
from sweep.engine.assigning import ASSIGNMENT, hear
from sweep.engine.worker_context import WorkerContext
from sweep.model.trial import Assignment
from sweep.worker.job import Job, RunningTrial
from sweep.worker.trial_starter import TrialStarter

# keys of a result: the trainer's messages, and whether the actor asks for an assignment
MESSAGES, ASKS = "messages", "asks"
# seconds over which reports are collected, as each event of Ray costs the driver time
GATHER = 0.2


class Worker(tune.Trainable):  # type: ignore[misc]
    """A warm actor: keeps a template process and trains one assignment after another.

    Attributes:
        context: the cluster that this worker is in; see `bound`.
        job: what all trials share.
    """

    context: WorkerContext
    job: Job

    def setup(self, config: dict[str, Any]) -> None:
        """Start the template process.

        Args:
            config: the assignment at the time Ray began to start this worker. Another worker may
                have it by now, so `step` asks for one.
        """
        self._job = self.context.settle(self.job)
        self._starter = TrialStarter(command.load, self._job)
        self._starter.prepare()
        self._attempt: RunningTrial | None = None
        self._next: Assignment | None = None
        self._asked = False

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Finish the last assignment and take the next one."""
        self.end_attempt()
        self._next = new_config[ASSIGNMENT].assignment
        return True

    def step(self) -> dict[str, Any]:
        """The trainer's messages until it waits for an answer or ends, or `GATHER` seconds pass."""
        if self._next is None and not self._asked:
            self._asked = True
            return {ASKS: True, MESSAGES: [], "done": False}
        if self._attempt is None:
            assignment = hear(self.trial_id) if self._next is None else self._next
            self._attempt = self.context.begin(self._starter, self._job, assignment)
        messages = self._attempt.next_messages(GATHER)
        return {MESSAGES: messages, "done": messages[-1].kind != "epoch"}

    def cleanup(self) -> None:
        """End all processes."""
        self.end_attempt()
        self._starter.close()

    def end_attempt(self) -> str | None:
        """Let a trainer that was told to stop return, and wait until it has.

        Returns:
            SHA-256 of the manifest of the files that it stored then; None: it stored none.
        """
        if self._attempt is None:
            return None
        last = self._attempt.stop()
        self._attempt = None
        return None if last is None else last.stored

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """Nothing for Ray to keep: the trial's folder has its checkpoints."""
        return {}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Nothing to load: the trainer restores from its folder."""


def bound(context: WorkerContext, job: Job) -> type[Worker]:
    """The class of workers for this context and job, which are sent once per worker.

    `tune.with_parameters` is not used, as it puts them into the object store. If the raylet dies,
    objects that the driver put there are lost, and Ray's core ends the driver because the store is
    gone as well ("The connection to the plasma store is failed. Terminate the process", Ray 2.60):
    see `sweep.engine.node`. Ray Tune would read the class once per trial; see
    `sweep.engine.trainable_registry`.
    """

    class Bound(Worker):
        pass

    Bound.__name__, Bound.context, Bound.job = Worker.__name__, context, job
    return Bound
