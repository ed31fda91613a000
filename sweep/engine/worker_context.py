"""Prepares a worker on any node of a cluster to train as it would on the driver's node."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ray

from sweep.engine.code_bundle import CodeBundle, lay_out
from sweep.engine.nodes import cannot_see, scratch_root, sees
from sweep.errors import EngineError
from sweep.model.trial import Assignment
from sweep.worker.job import Job, RunningTrial
from sweep.worker.trial_starter import TrialStarter

_AWS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
)


def credentials_for(storage: str | None) -> dict[str, str]:
    """Environment variables that workers on other nodes need to access the storage.

    They are sent inside the pickled class of the workers, which Ray does not log. Ray Tune's own
    way, the runtime environment, is logged.
    """
    if storage is None or not storage.startswith("s3:"):
        return {}
    return {name: os.environ[name] for name in _AWS if name in os.environ}


@dataclass(frozen=True)
class WorkerContext:
    """What the driver tells its workers.

    Attributes:
        node: Ray's id of the driver's node.
        study: identifies the study, see `sweep.engine.nodes.scratch_root`.
        code_bundle: the user's code; None on a single machine.
        probe: a file in the study's folder and its content; None if a storage is used.
        credentials: environment variables for the storage, set in workers that lack them.
    """

    node: str
    study: str
    code_bundle: CodeBundle | None = None
    probe: tuple[Path, str] | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether this is a local cluster, whose workers inherit the driver's environment."""
        return self.code_bundle is None

    def settle(self, job: Job) -> Job:
        """The job with paths that are right on this machine; called once in each worker."""
        if self.code_bundle is None or self._is_drivers():
            return job
        for name, value in self.credentials.items():
            os.environ.setdefault(name, value)
        return lay_out(self.code_bundle, job, scratch_root(self.study))

    def begin(
        self, starter: TrialStarter, job: Job, assignment: Assignment
    ) -> RunningTrial:
        """Start an attempt in a folder that holds the trial's earlier files.

        Raises:
            EngineError: this node cannot see the study's folder; the trial continues on another.
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
