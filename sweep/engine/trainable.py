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

MESSAGES, ASKS = (
    "messages",
    "asks",
)  # keys of a result: what the trainer says; "what do I train?"
# seconds of reports that nobody waits for go to the driver together: each of Ray's
# events costs it work
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
        """Make ready.

        Args:
            config: the assignment that was to be trained when Ray began to start this worker.
                Another worker may have it by now; `step` asks.
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
        """What the trainer says until it waits for an answer or ends, and for a moment at most."""
        if self._next is None and not self._asked:
            self._asked = True
            return {ASKS: True, MESSAGES: [], "done": False}
        if self._attempt is None:
            assignment = hear(self.trial_id) if self._next is None else self._next
            self._attempt = self.context.begin(self._starter, self._job, assignment)
        messages = self._attempt.several(GATHER)
        return {MESSAGES: messages, "done": messages[-1].kind != "epoch"}

    def cleanup(self) -> None:
        """Leave nothing running."""
        self.end_attempt()
        self._starter.close()

    def end_attempt(self) -> None:
        """Let a trainer that was told to stop return, and wait until it has."""
        if self._attempt is not None:
            self._attempt.stop()
            self._attempt = None

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """Nothing for Ray to keep: the trial's folder has its checkpoints."""
        return {}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Nothing to load: the trainer restores from its folder."""


def bound(context: WorkerContext, job: Job) -> type[Worker]:
    """The workers of this context and job: both are part of the class, and travel once
    a worker, not with every trial.

    Not by `tune.with_parameters`, which puts them into the object store. What a driver has put
    there is lost with its raylet, Ray's core wants to note that in the store, and ends the driver
    because the store is gone too ("The connection to the plasma store is failed. Terminate the
    process", Ray 2.60): see `sweep.engine.node`. The price: Ray Tune reads the class once a trial,
    which took 1 ms, and 31 ms where 10 MB of code lay beside the trainer.
    """

    class Bound(Worker):
        pass

    Bound.__name__, Bound.context, Bound.job = Worker.__name__, context, job
    return Bound
