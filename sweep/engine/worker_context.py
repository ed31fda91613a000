"""What a worker needs to know of the cluster it is in, to train there as it would beside the driver."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

import ray

from sweep.engine.code_bundle import CodeBundle, lay_out
from sweep.engine.nodes import cannot_see, scratch_root, sees
from sweep.errors import EngineError
from sweep.model.trial import Assignment
from sweep.worker.job import Job, RunningTrial
from sweep.worker.trial_starter import TrialStarter


@dataclass(frozen=True)
class WorkerContext:
    """What the driver says of itself.

    Attributes:
        node: Ray's id of the driver's node.
        study: what tells the study from others, see `sweep.engine.nodes.scratch_root`.
        code_bundle: the user's code, None on a machine of one's own.
        probe: a file in the study's folder and the word in it, None where a storage is used.
    """

    node: str
    study: str
    code_bundle: CodeBundle | None = None
    probe: tuple[Path, str] | None = None

    def settle(self, job: Job) -> Job:
        """The job with paths that are right on this machine; called once in each worker."""
        if self.code_bundle is None or self._is_drivers():
            return job
        return lay_out(self.code_bundle, job, scratch_root(self.study))

    def begin(self, starter: TrialStarter, job: Job, assignment: Assignment) -> RunningTrial:
        """Start an attempt, on a disk that has what the trial has done so far.

        Raises:
            EngineError: this machine does not see the study's folder; the trial goes on elsewhere.
        """
        if self._is_drivers():
            return starter.begin(assignment)
        if job.storage is not None:
            name = Path(assignment.folder).name
            return starter.begin(assignment, scratch_root(self.study) / "trials" / name)
        if self.probe is not None and not sees(*self.probe):
            raise EngineError(cannot_see(socket.gethostname(), self.probe[0].parent))
        return starter.begin(assignment)

    def _is_drivers(self) -> bool:
        return str(ray.get_runtime_context().get_node_id()) == self.node
