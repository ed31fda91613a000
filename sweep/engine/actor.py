"""The worker's side: a warm actor that trains one assignment after another.

It does not import Ray Tune, which takes a worker most of a second of CPU time.
"""

from __future__ import annotations

import os
import time
from typing import Any

import ray

from sweep import command
from sweep.engine.assigning import ASSIGNMENT, hear
from sweep.engine.worker_context import WorkerContext
from sweep.model.trial import Assignment
from sweep.worker.job import Job, RunningTrial
from sweep.worker.trial_starter import TrialStarter

# keys of a result: the trainer's messages, and whether the actor asks for an assignment
MESSAGES, ASKS = "messages", "asks"
# key of the configuration that an actor gets: Ray's id of the trial
TRIAL_ID = "__trial_info__"
# seconds over which reports are collected, as each event of Ray costs the driver time
GATHER = 0.2


class Training:
    """Keeps a template process and trains one assignment after another.

    Attributes:
        context: the cluster that this worker is in; see `sweep.engine.trainable`.
        job: what all trials share.
        trial_id: Ray's id of the trial.
    """

    context: WorkerContext
    job: Job
    trial_id: Any

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


class Actor(Training):
    """What Ray Tune calls of a `ray.tune.Trainable`, without one.

    Args:
        config: of the first trial; see `Training.setup`.
        storage: for the files of a `Trainable`; this one has none.
    """

    def __init__(self, config: dict[str, Any] | None = None, storage: Any = None):
        self._results = 0
        self._node = ray.util.get_node_ip_address()
        self.trial_id = (config or {}).get(TRIAL_ID)
        self.setup(config or {})

    def train(self) -> dict[str, Any]:
        """The next result of the trial."""
        begin = time.monotonic()
        result = self.step()
        self._results += 1
        return {
            **result,
            **self.get_auto_filled_metrics(),
            "time_this_iter_s": time.monotonic() - begin,
            "training_iteration": self._results,
        }

    def reset(self, new_config: dict[str, Any], storage: Any = None) -> bool:
        """Begin another trial in this process."""
        self._results = 0
        self.trial_id = new_config.get(TRIAL_ID)
        return self.reset_config(new_config)

    def stop(self) -> None:
        """End all processes."""
        self.cleanup()

    def get_auto_filled_metrics(
        self, *, debug_metrics_only: bool = False
    ) -> dict[str, Any]:
        """Where the trial runs; Ray Tune asks for it before the first result."""
        return {"trial_id": self.trial_id, "pid": os.getpid(), "node_ip": self._node}


def bound(kind: type[Training], context: WorkerContext, job: Job) -> type[Training]:
    """A class of workers for this context and job, which are sent once per worker.

    `tune.with_parameters` is not used, as it puts them into the object store. If the raylet dies,
    objects that the driver put there are lost, and Ray's core ends the driver because the store is
    gone as well ("The connection to the plasma store is failed. Terminate the process", Ray 2.60):
    see `sweep.engine.node`. Ray Tune would read the class once per trial; see
    `sweep.engine.trainable_registry`.
    """

    class Bound(kind):  # type: ignore[valid-type, misc]
        pass

    Bound.__name__, Bound.context, Bound.job = kind.__name__, context, job
    return Bound
